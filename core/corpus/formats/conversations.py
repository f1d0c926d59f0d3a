"""ShareGPT ``conversations``, chat ``messages``, and LIMA-like ``history``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.corpus.formats.record import BadRecord, Parsed, Shape, Turn
from core.corpus.formats.turns import conversation, decoded, read_turns, text_of

SHAREGPT_KEYS = ("conversations", "conversation", "dialog", "dialogue", "turns")


def _holds_turns(value: Any) -> bool:
    if isinstance(value, str):
        return value.lstrip().startswith("[")
    return isinstance(value, list) or (
        isinstance(value, Mapping) and bool(value) and all(isinstance(column, list) for column in value.values())
    )


def _system(record: Mapping[str, Any]) -> str:
    return text_of(record.get("system") or record.get("system_prompt"))


def _chat(record: Mapping[str, Any]) -> list[Parsed]:
    return [conversation(read_turns(record["messages"]), system=_system(record), tools=record.get("tools"))]


def _sharegpt(record: Mapping[str, Any]) -> list[Parsed]:
    key = next(key for key in SHAREGPT_KEYS if key in record)
    return [conversation(read_turns(record[key]), system=_system(record), tools=record.get("tools"))]


def _history(record: Mapping[str, Any]) -> list[Parsed]:
    turns: list[Turn] = []
    for exchange in decoded(record.get("history")) or []:
        if not isinstance(exchange, (list, tuple)) or len(exchange) != 2:
            raise BadRecord("The history is no list of [question, answer].")
        turns += [
            {"role": "user", "content": text_of(exchange[0])},
            {"role": "assistant", "content": text_of(exchange[1])},
        ]
    instruction, given = text_of(record["instruction"]), text_of(record.get("input"))
    response = text_of(record.get("output", record.get("response")))
    if not turns:
        return [Parsed(instruction, response, given, _system(record))]
    turns += Parsed(instruction, response, given).all_turns
    return [conversation(turns, system=_system(record))]


SHAPES = (
    Shape(
        name="history",
        title="Alpaca with history (LIMA-like)",
        looks_like='{"instruction": …, "output": …, "history": [[question, answer], …]}',
        matches=lambda record: {"instruction", "history"} <= {*record} and bool({"output", "response"} & {*record}),
        parse=_history,
        uses=frozenset({"instruction", "input", "output", "response", "history", "system", "system_prompt"}),
    ),
    Shape(
        name="messages",
        title="Chat messages",
        looks_like='{"messages": [{"role": "user", "content": text or parts}, …]}',
        matches=lambda record: _holds_turns(record.get("messages")),
        parse=_chat,
        uses=frozenset({"messages", "system", "system_prompt", "tools"}),
    ),
    Shape(
        name="sharegpt",
        title="ShareGPT",
        looks_like='{"conversations": [{"from": "human", "value": …}, {"from": "gpt", "value": …}, …]}',
        matches=lambda record: any(_holds_turns(record.get(key)) for key in SHAREGPT_KEYS),
        parse=_sharegpt,
        uses=frozenset({*SHAREGPT_KEYS, "system", "system_prompt", "tools"}),
    ),
)  # fmt: skip
