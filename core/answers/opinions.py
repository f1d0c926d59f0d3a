"""What a model says about texts when it is asked for JSON: asked once for each content, kept, priced before.

An opinion is kept in ``opinions/`` by the model and the words of its question, whichever corpus asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from core.endpoint.asking import ask_many
from core.endpoint.client import Endpoint, Gate, Sampling
from core.endpoint.journal import JournalFile
from core.endpoint.json_reply import object_in
from core.endpoint.spent import Spent, rough_tokens
from core.progress import Progress, silent
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

FOLDER = "opinions"
VERSION = 1
ENOUGH = 10  # opinions of a model from which their mean is used in place of what is usual
Messages = Sequence[Mapping[str, str]]
Reader = Callable[[Mapping[str, Any]], dict[str, Any] | None]


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """The fields of an opinion, or why there is none (``failed``)."""

    key: str
    fields: dict[str, Any] = field(default_factory=dict)
    failed: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Enquiry:
    """A kind of question: ``usual`` tokens of a reply, at most ``longest``; ``read`` makes the opinion's fields of the
    reply's object, None where it holds none. ``noun`` and ``done`` are for the progress."""

    kind: str
    read: Reader
    noun: str
    done: str
    usual: int = 60
    longest: int = 512


@dataclass(frozen=True, kw_only=True)
class EnquiryCost:
    """``calls`` are still to be made, ``kept`` opinions are there. Tokens are estimated, four characters each."""

    calls: int
    kept: int
    prompt_tokens: int
    completion_tokens: int


def question_key(messages: Messages) -> str:
    """The name of a question by its words."""
    return digest(["opinion", VERSION, [dict(message) for message in messages]])


def kept_opinions(workspace: Workspace, enquiry: Enquiry, model: str) -> dict[str, Opinion]:
    """The opinions of ``model``, by the key of their question; one that failed is asked for again."""
    opinions: dict[str, Opinion] = {}
    for record in _file(workspace, enquiry, model).records():
        try:
            opinion = Opinion(**record)
        except TypeError:
            continue
        if not opinion.failed:
            opinions[opinion.key] = opinion
    return opinions


def enquiry_cost(workspace: Workspace, enquiry: Enquiry, questions: Mapping[str, Messages], model: str) -> EnquiryCost:
    """What it costs to ask; nothing is sent."""
    kept = kept_opinions(workspace, enquiry, model)
    left = [messages for key, messages in questions.items() if key not in kept]
    lengths = [opinion.completion_tokens for opinion in kept.values() if opinion.completion_tokens]
    reply = sum(lengths) / len(lengths) if len(lengths) >= ENOUGH else enquiry.usual
    sent = sum(rough_tokens("".join(message["content"] for message in messages)) for messages in left)
    return EnquiryCost(
        calls=len(left),
        kept=len(questions) - len(left),
        prompt_tokens=sent,
        completion_tokens=round(len(left) * reply),
    )


@dataclass(frozen=True, kw_only=True)
class _Asked:
    questions: Mapping[str, Messages]
    enquiry: Enquiry
    endpoint: Endpoint
    model: str
    file: JournalFile
    hint: str = "Check the model's name; a smaller model may not follow the question."

    @property
    def noun(self) -> str:
        return self.enquiry.noun

    @property
    def done(self) -> str:
        return self.enquiry.done

    def ask(self, key: str, endpoint: Endpoint, gate: Gate) -> Opinion:
        """Ask once, and once more where the reply cannot be read."""
        asked = [dict(message) for message in self.questions[key]]
        spent, fields, reply = Spent(), None, ""
        for _ in range(2):
            sampling = Sampling(max_tokens=self.enquiry.longest)
            reply = spent.add(endpoint.ask(self.model, asked, gate=gate, sampling=sampling), asked)
            said = object_in(reply)
            fields = None if said is None else self.enquiry.read(said)
            if fields is not None:
                break
        return Opinion(
            key=key,
            fields=fields or {},
            failed="" if fields is not None else f"no usable JSON in the reply: {' '.join(reply.split())[:120]}",
            **spent.tokens_and_seconds,
        )

    def refusal(self, key: str, reason: str) -> Opinion:
        return Opinion(key=key, failed=reason)

    def keep(self, key: str, answer: Opinion) -> None:
        self.file.add(asdict(answer))


def ask_opinions(
    workspace: Workspace,
    enquiry: Enquiry,
    questions: Mapping[str, Messages],
    *,
    endpoint: Endpoint,
    model: str,
    concurrency: int = 8,
    progress: Progress = silent,
) -> dict[str, Opinion]:
    """The opinion on each of ``questions``, by its key; what is kept is not asked again.

    Raises as :func:`core.endpoint.asking.ask_many` does; every opinion that came before is kept.
    """
    opinions = {key: said for key, said in kept_opinions(workspace, enquiry, model).items() if key in questions}
    asked = _Asked(
        questions=questions,
        enquiry=enquiry,
        endpoint=endpoint,
        model=model,
        file=_file(workspace, enquiry, model),
    )
    ask_many(asked, list(questions), answers=opinions, concurrency=concurrency, progress=progress)
    return opinions


def _file(workspace: Workspace, enquiry: Enquiry, model: str) -> JournalFile:
    return JournalFile(workspace.home / FOLDER / f"{enquiry.kind}-{digest([VERSION, model])}.jsonl")
