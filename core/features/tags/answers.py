"""A model's answer for one text, and the journal to which every answer is written as soon as it arrives."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from core.features.tags import parse, prompt
from core.features.tags.client import Endpoint, Gate, Reply
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
        spent = _Spent()
        reply, tags = "", None
        asked = prompt.messages(text, component)
        for _ in range(2):
            reply = spent.add(self.endpoint.ask(self.model, asked, gate=gate), asked)
            tags = parse.parse_tags(reply)
            if tags is not None:
                break
        if tags is None:
            return spent.into(place, failed="no list of tags in the reply", stage="tag", snippet=reply)
        if not self.check_model or not tags:
            return spent.into(place, tags=tuple(tags))
        names = [tag for tag, _ in tags]
        other = self.check_endpoint or self.endpoint
        asked = prompt.check_messages(text, component, names)
        reply = spent.add(other.ask(self.check_model, asked, gate=gate), asked)
        kept = parse.parse_kept(reply, names)
        if kept is None:
            return spent.into(place, failed="no list of confirmed tags in the reply", stage="check", snippet=reply)
        refused = tuple(name for name in names if name not in kept)
        return spent.into(place, tags=tuple(pair for pair in tags if pair[0] in kept), refused=refused)


class _Spent:
    """Tokens and seconds of the questions behind one answer."""

    def __init__(self) -> None:
        self.prompt_tokens = self.completion_tokens = 0
        self.seconds = 0.0
        self.counted = True

    def add(self, reply: Reply, asked: list[dict[str, str]]) -> str:
        # Where the endpoint does not count, four characters count as one token: the rule of thumb for English.
        rough = sum(len(message["content"]) for message in asked) // 4
        self.counted &= reply.prompt_tokens is not None and reply.completion_tokens is not None
        self.prompt_tokens += rough if reply.prompt_tokens is None else reply.prompt_tokens
        self.completion_tokens += len(reply.text) // 4 if reply.completion_tokens is None else reply.completion_tokens
        self.seconds += reply.seconds
        return reply.text

    def into(self, place: int, *, snippet: str = "", **values: Any) -> TagAnswer:
        return TagAnswer(
            text=place,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            seconds=round(self.seconds, 3),
            counted=self.counted,
            snippet=" ".join(snippet[:400].split())[:200],
            **values,
        )


class Journal:
    """An append-only file of answers, one on each line: a kill loses at most the line being written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[int, TagAnswer]:
        """The answers by text; a broken line (the last of a killed job) is left out."""
        answers: dict[int, TagAnswer] = {}
        try:
            lines = self._path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return answers
        for line in lines:
            try:
                answer = TagAnswer.of(orjson.loads(line))
            except (orjson.JSONDecodeError, KeyError, TypeError):
                continue
            answers[answer.text] = answer
        return answers

    def add(self, answer: TagAnswer) -> None:
        """Write one answer. Raises :class:`core.errors.WorkspaceError` when the disk is full."""
        with atomic.explained(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Each entry begins with a line break, so that it is separate from an earlier entry that was cut short.
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                os.write(descriptor, b"\n" + orjson.dumps(asdict(answer)))
            finally:
                os.close(descriptor)

    def write(self, answers: Iterable[TagAnswer]) -> None:
        """Write all ``answers`` at once, in the order of their texts."""
        lines = [orjson.dumps(asdict(answer)) for answer in sorted(answers, key=lambda answer: answer.text)]
        atomic.write_bytes(self._path, b"\n".join(lines))
