"""A model's answer for one text, and the journal to which every answer is written as soon as it arrives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from core.endpoint.client import Endpoint, Gate
from core.endpoint.journal import JournalFile
from core.endpoint.spent import Spent
from core.features.tags import parse, prompt
from core.workspace import atomic


@dataclass(frozen=True, kw_only=True)
class TagAnswer:
    """The tags of one text, or why there are none.

    ``refused`` are tags that the checking model did not confirm. ``failed`` is the reason of a failure, else empty;
    ``stage`` says which question failed ("tag", "check"), ``snippet`` is the start of a reply that could not be read.
    """

    text: int  # the text's index among the distinct texts
    tags: tuple[tuple[str, str], ...] = ()  # (tag, explanation)
    refused: tuple[str, ...] = ()
    failed: str = ""
    stage: str = ""
    snippet: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    counted: bool = True  # whether the endpoint itself counted the tokens
    seconds: float = 0.0

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> TagAnswer:
        given = {**values, "tags": tuple(tuple(pair) for pair in values["tags"]), "refused": tuple(values["refused"])}
        return cls(**given)


@dataclass(frozen=True, kw_only=True)
class Models:
    """The models that tag and check, and the endpoint where they are asked."""

    endpoint: Endpoint
    model: str
    check_model: str = ""
    check_endpoint: Endpoint | None = None

    def answer(self, place: int, text: str, component: str, gate: Gate) -> TagAnswer:
        """Ask for a text's tags and, if there is a checking model, which of them it confirms.

        A question whose reply cannot be read is asked once more. Raises as :meth:`Endpoint.ask` does.
        """
        spent = Spent()
        reply, tags = "", None
        asked = prompt.messages(text, component)
        for _ in range(2):
            reply = spent.add(self.endpoint.ask(self.model, asked, gate=gate), asked)
            tags = parse.parse_tags(reply)
            if tags is not None:
                break
        if tags is None:
            return _answer(spent, place, failed="no list of tags in the reply", stage="tag", snippet=reply)
        if not self.check_model or not tags:
            return _answer(spent, place, tags=tuple(tags))
        names = [tag for tag, _ in tags]
        other = self.check_endpoint or self.endpoint
        asked = prompt.check_messages(text, component, names)
        reply = spent.add(other.ask(self.check_model, asked, gate=gate), asked)
        kept = parse.parse_kept(reply, names)
        if kept is None:
            return _answer(spent, place, failed="no list of confirmed tags in the reply", stage="check", snippet=reply)
        refused = tuple(name for name in names if name not in kept)
        return _answer(spent, place, tags=tuple(pair for pair in tags if pair[0] in kept), refused=refused)


def _answer(spent: Spent, place: int, *, snippet: str = "", **values: Any) -> TagAnswer:
    return TagAnswer(
        text=place,
        **spent.tokens_and_seconds,
        counted=spent.counted,
        snippet=" ".join(snippet[:400].split())[:200],
        **values,
    )


class Journal:
    """The answers of a job, each written as soon as it arrives."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = JournalFile(path)

    def read(self) -> dict[int, TagAnswer]:
        """The answers by text; a broken line (the last of a killed job) is left out."""
        answers: dict[int, TagAnswer] = {}
        for record in self._file.records():
            try:
                answer = TagAnswer.of(record)
            except (KeyError, TypeError):
                continue
            answers[answer.text] = answer
        return answers

    def add(self, answer: TagAnswer) -> None:
        """Write one answer. Raises :class:`core.errors.WorkspaceError` when the disk is full."""
        self._file.add(asdict(answer))

    def write(self, answers: Iterable[TagAnswer]) -> None:
        """Write all ``answers`` at once, in the order of their texts."""
        lines = [orjson.dumps(asdict(answer)) for answer in sorted(answers, key=lambda answer: answer.text)]
        atomic.write_bytes(self._path, b"\n".join(lines))
