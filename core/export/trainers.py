"""Records as trainers read them: Alpaca's fields, ShareGPT's turns; texts byte for byte, other fields beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.corpus.formats.conversations import SHAREGPT_KEYS
from core.corpus.formats.record import Turn
from core.corpus.formats.turns import decoded, text_of
from core.corpus.verbatim import Verbatim, verbatim
from core.export.records import Row

ALPACA = ("instruction", "input", "output", "history", "system")
SHAREGPT = ("conversations", "system")
_ROLES = {"user": "human", "assistant": "gpt", "tool": "observation"}
_CONTENT = frozenset({*SHAREGPT_KEYS, "messages", "instruction", "input", "output", "response", "history"})


def alpaca_record(row: Row) -> dict[str, Any]:
    """instruction / input / output, with history and system where there are any; the record's other fields first."""
    held = verbatim(row)
    record = _alpaca(held, row["original"])
    if held.parsed.system:
        record["system"] = held.parsed.system
    return {**{name: value for name, value in row["original"].items() if name not in record}, **record}


def sharegpt_record(row: Row) -> dict[str, Any]:
    """conversations of {from, value}, with what else stood at each turn, and system; the record's other fields first.

    Fields that hold what the turns now say are left out. What stood beside a leading system turn is named system_….
    """
    held = verbatim(row)
    said = held.turns or _single(held)
    turns = [
        {
            "from": _ROLES.get(turn["role"], turn["role"]),
            "value": turn["content"],
            **{f"original_{key}" if key in ("from", "value") else key: value for key, value in beside.items()},
        }
        for turn, beside in zip(said, held.beside, strict=True)
    ]
    record: dict[str, Any] = {"conversations": turns}
    if held.parsed.system:
        record["system"] = held.parsed.system
    original: Mapping[str, Any] = row["original"]
    record.update({f"system_{key}": value for key, value in held.beside_system.items()})
    content = _CONTENT & held.shape.uses if held.shape else _CONTENT
    return {**{name: value for name, value in original.items() if name not in content and name not in record}, **record}


def _alpaca(held: Verbatim, original: Mapping[str, Any]) -> dict[str, Any]:
    if held.shape and held.shape.name == "history" and held.whole:
        pairs = decoded(original.get("history")) or []
        return {
            "instruction": text_of(original["instruction"]),
            "input": text_of(original.get("input")),
            "output": text_of(original.get("output", original.get("response"))),
            "history": [[text_of(asked), text_of(answered)] for asked, answered in pairs],
        }
    said = list(_exchanges(held.turns))
    if said:
        *before, (asked, answered) = said
        return {"instruction": asked, "input": "", "output": answered, "history": [list(pair) for pair in before]}
    return {"instruction": held.parsed.instruction, "input": held.parsed.input, "output": held.parsed.response}


def _single(held: Verbatim) -> list[Turn]:
    asked = held.parsed.instruction + (f"\n\n{held.parsed.input}" if held.parsed.input else "")
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": held.parsed.response}]


def _exchanges(turns: list[Turn]) -> Iterator[tuple[str, str]]:
    """Pairs of what the user said and what the assistant answered; tool turns join the answer's side."""
    asked: list[str] = []
    answered: list[str] = []
    for turn in turns:
        if turn["role"] == "system":
            continue
        if turn["role"] == "user" and answered:
            yield "\n".join(asked), "\n".join(answered)
            asked, answered = [], []
        (asked if turn["role"] == "user" else answered).append(turn["content"])
    if asked or answered:
        yield "\n".join(asked), "\n".join(answered)
