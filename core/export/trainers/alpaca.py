"""Alpaca: one question, one answer, and the exchanges before them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.corpus.formats.record import Turn
from core.corpus.verbatim import Verbatim
from core.export.format import Problem
from core.export.trainers import readable
from core.export.trainers.trainer import Trainer

CHOOSE_TURNS = "choose ShareGPT JSON, which keeps turns as turns"
OTHER_ROLES = Problem(
    "turns of tools, of calls, or of the system in between", "Alpaca has no place for them", CHOOSE_TURNS
)
OTHER_ORDER = Problem(
    "turns that do not alternate between question and answer", "Alpaca has no place for them", CHOOSE_TURNS
)


PICTURES = Problem("pictures or other media", "Alpaca has no place for them", CHOOSE_TURNS)


class Alpaca(Trainer):
    """instruction / input / output, with history, system and tools where any row has them.

    The instruction is the whole question: an input follows the instruction after a blank line, as in every other
    format, and ``input`` is empty. LLaMA-Factory would put a single line end between the two. A row without a question,
    whose answer follows the system prompt, has that prompt as its instruction. The thinking before the last answer is
    written as ``reasoning_content``.
    """

    def problem(self, turns: Sequence[Turn], tools: str) -> Problem | None:
        roles = [turn["role"] for turn in turns]
        if not {*roles} <= {"user", "assistant"}:
            return OTHER_ROLES
        if any("pictures" in turn for turn in turns):
            return PICTURES
        unreadable = readable.unreadable(turns, tools)
        if unreadable is None and roles != ["user", "assistant"] * (len(roles) // 2):
            return OTHER_ORDER
        return unreadable

    def record(self, texts: Verbatim) -> dict[str, Any]:
        said = [turn["content"] for turn in texts.turns]
        *before, (asked, answered) = zip(said[::2], said[1::2], strict=True)
        opens = not before and not asked.strip()
        return {
            "instruction": texts.system if opens else asked,
            "input": "",
            "output": answered,
            "history": [list(exchange) for exchange in before],
            "system": "" if opens else texts.system,
            "tools": texts.tools,
            **readable.thought(texts, texts.turns[-1], {}),
        }

    def config(self, stem: str, fields: Collection[str]) -> Mapping[str, bytes]:
        names = {"instruction": "prompt", "input": "query", "output": "response"}
        return readable.dataset_info(stem, {"columns": {names.get(field, field): field for field in fields}})


FORMAT = Alpaca(
    name="alpaca",
    title="Alpaca JSON",
    suffix=".json",
    looks_like="instruction / input (empty) / output, with history, system and tools where any row has them; in a zip "
    "beside LLaMA-Factory's dataset_info.json",
    layout=("instruction", "input", "output", "history", "system", "tools"),
    optional=frozenset({"history", "system", "tools"}),
)
