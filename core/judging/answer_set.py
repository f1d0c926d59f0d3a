"""Answer sets: what one model said to the questions of a prompt set, and which subset it was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import orjson

from core.errors import InputError, listed_in_short, quoted
from core.judging.prompt_set import Prompt, PromptSet
from core.workspace import atomic
from core.workspace.artefacts import Artefact, Workspace
from core.workspace.digests import digest

KIND = "answers"
VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Author:
    """Who answered. ``subset`` is the digest of the rows that the model was trained on, "" where nobody said;
    ``base`` the model that was trained, ``seed`` the seed of the training. ``proxy``: a small model that was trained
    here and stands for a larger one, as its scores then say."""

    name: str
    subset: str = ""
    base: str = ""
    seed: int | None = None
    proxy: bool = False

    def __post_init__(self) -> None:
        clean = " ".join(self.name.split())
        if not clean or len(clean) > 300 or not clean.isprintable():
            raise InputError("Answers have a name of 1 to 300 printable characters.", remedy="Name the model.")


@dataclass(frozen=True, kw_only=True)
class AnswerRecord:
    """One answer as a file has it: the question's words or its id ("" where the file lacks it), and the words."""

    output: str
    question: str = ""
    given: str = ""
    generator: str = ""


@dataclass(frozen=True, kw_only=True)
class Matched:
    """Answers by the id of their prompt, and how many were ``missing`` (prompts without one), ``extra`` (of no
    prompt), ``repeated`` (of a prompt that has one: the first counts), ``empty`` (without a word; they count)."""

    answers: Mapping[str, str]
    missing: int
    extra: int
    repeated: int
    empty: int


def match_answers(records: Sequence[AnswerRecord], prompts: Sequence[Prompt]) -> Matched:
    """The answers of the prompts: by the question's words where the file has them, else by the file's ids."""
    known = {prompt.id for prompt in prompts}
    by_given = {prompt.given: prompt.id for prompt in prompts if prompt.given}
    answers: dict[str, str] = {}
    extra = repeated = 0
    for record in records:
        own = Prompt.of(record.question).id if record.question.strip() else ""
        found = own if own in known else by_given.get(record.given, "") if record.given else ""
        if not found:
            extra += 1
        elif found in answers:
            repeated += 1
        else:
            answers[found] = record.output
    return Matched(
        answers=answers,
        missing=len(known) - len(answers),
        extra=extra,
        repeated=repeated,
        empty=sum(not output.strip() for output in answers.values()),
    )


@dataclass(frozen=True, eq=False)
class AnswerSet:
    """Stored answers of one model to one prompt set."""

    artefact: Artefact

    @property
    def key(self) -> str:
        return self.artefact.key

    @property
    def author(self) -> Author:
        return Author(**self.artefact.manifest["author"])

    @property
    def name(self) -> str:
        return self.author.name

    @property
    def prompts(self) -> str:
        """The key of the prompt set."""
        return str(self.artefact.manifest["prompts"])

    def __len__(self) -> int:
        return int(self.artefact.manifest["answers"])

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The answers by the id of their prompt."""
        lines = self.artefact.path("answers.jsonl").read_bytes().splitlines()
        return {line["id"]: line["output"] for line in map(orjson.loads, lines)}


@dataclass(frozen=True, kw_only=True)
class Made:
    """How answers were made: ``how`` names the way ("file", "model", "endpoint"), ``facts`` are for the manifest."""

    how: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def answers_key(prompts: PromptSet, author: Author, made: Made, answers: Mapping[str, str]) -> str:
    """The key of answers: the questions, who answered, and every word."""
    return digest(["answers", VERSION, prompts.key, asdict(author), made.how, sorted(answers.items())])


def keep_answers(workspace: Workspace, prompts: PromptSet, author: Author, matched: Matched, made: Made) -> AnswerSet:
    """Store answers under a key made of their content. Raises :class:`InputError` where there is none."""
    if not matched.answers:
        raise InputError(
            f"No answer of {author.name} belongs to a prompt of {prompts.name}.",
            remedy="Answers are matched by the words of “instruction”, or by an id that both files have.",
        )
    key = answers_key(prompts, author, made, matched.answers)
    if not workspace.has(KIND, key):
        lines = [
            orjson.dumps({"id": prompt.id, "output": matched.answers[prompt.id]})
            for prompt in prompts.prompts
            if prompt.id in matched.answers
        ]
        manifest = {
            "version": VERSION,
            "author": asdict(author),
            "prompts": prompts.key,
            "prompts_name": prompts.name,
            "answers": len(matched.answers),
            "missing": matched.missing,
            "extra": matched.extra,
            "repeated": matched.repeated,
            "empty": matched.empty,
            "characters": sum(map(len, matched.answers.values())),
            "made": {"how": made.how, **made.facts},
        }
        with workspace.create(KIND, key, manifest) as folder:
            atomic.write_bytes(folder / "answers.jsonl", b"\n".join(lines))
    return AnswerSet(workspace.open(KIND, key))


def list_answers(workspace: Workspace, prompts: str | None = None) -> list[AnswerSet]:
    """The stored answers, newest first; those to one prompt set where its key is given."""
    artefacts = workspace.list(KIND)
    return [AnswerSet(item) for item in artefacts if prompts in (None, item.manifest["prompts"])]


def open_answers(workspace: Workspace, key: str) -> AnswerSet:
    """The answers with this key. Raises :class:`core.errors.WorkspaceError` when they are gone."""
    return AnswerSet(workspace.open(KIND, key))


def answers_named(workspace: Workspace, name: str, *, prompts: str | None = None) -> AnswerSet:
    """The answers with this name, or whose key begins with it. Raises :class:`InputError` otherwise."""
    known = list_answers(workspace, prompts)
    for fits in (lambda kept: kept.name == name, lambda kept: kept.key.startswith(name)):
        fitting = [kept for kept in known if name and fits(kept)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            listed = listed_in_short(f"{kept.key} ({kept.artefact.manifest['prompts_name']})" for kept in fitting)
            raise InputError(f"{quoted(name)} fits several answer sets.", remedy=f"Give a key: {listed}.")
    listed = listed_in_short(f"{kept.key} ({kept.name})" for kept in known)
    raise InputError(f"{quoted(name)} names no answers.", remedy=f"There are: {listed}.")
