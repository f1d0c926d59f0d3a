"""A stand-in endpoint whose models have known abilities, and the rows whose difficulty it knows."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.workspace.artefacts import Workspace

FIRST = 100  # the first number that a question asks to double


def rows_of(difficulties: Mapping[int, float] | int) -> list[dict[str, str]]:
    """A row for each question: doubling a number. The response is the number, in words of its own."""
    count = difficulties if isinstance(difficulties, int) else len(difficulties)
    return [
        {"instruction": f"Double the number {FIRST + number}.", "output": f"It is {2 * (FIRST + number)}."}
        for number in range(count)
    ]


def corpus_of_questions(workspace: Workspace, count: int, *, name: str = "doubles") -> Corpus:
    data = b"\n".join(json.dumps(row).encode() for row in rows_of(count))
    return ingest(workspace, [from_bytes(f"{name}.jsonl", data)], name=name)


def number_in(question: str) -> int:
    """Which question it is, from 0."""
    return int(question.split("number ")[1].split(".")[0]) - FIRST


def luck(*parts: object) -> float:
    """A number from 0 to 1 that depends on the parts alone."""
    state = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(state, "big") / 2**64


class Abilities:
    """Answers as a model of an ability does: right with probability σ(ability − difficulty).

    A wrong answer is one of two numbers, so that answers disagree in few ways. ``told``: log-probabilities come along.
    """

    def __init__(self, abilities: Mapping[str, float], difficulties: Mapping[int, float], *, told: bool = True) -> None:
        self.abilities, self.difficulties, self.told = abilities, difficulties, told

    def chance(self, model: str, number: int) -> float:
        return 1 / (1 + math.exp(self.difficulties[number] - self.abilities[model]))

    def answer(self, model: str, number: int, seed: int) -> str:
        right = luck(model, number, seed) < self.chance(model, number)
        value = 2 * (FIRST + number)
        return f"The answer is {value}." if right else f"I think {value + 1 + (seed % 2)}."

    def __call__(self, request: int, body: dict[str, Any]) -> Any:
        said = body["messages"][-1]["content"]
        text = self.answer(body["model"], number_in(said), int(body.get("seed") or 0))
        words = text.split()
        choice: dict[str, Any] = {"message": {"content": text}, "finish_reason": "stop"}
        if body.get("logprobs") and self.told:
            choice["logprobs"] = {"content": [{"token": word, "logprob": -0.25} for word in words]}
        usage = {"prompt_tokens": len(said.split()), "completion_tokens": len(words)}
        return 200, {}, json.dumps({"choices": [choice], "usage": usage}).encode()
