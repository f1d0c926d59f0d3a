"""A parsed record as the clean row that is compared, counted and stored."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from core.corpus.clean import clean
from core.corpus.fingerprint import row_id
from core.corpus.formats.record import Parsed, Turn


class CleanRow(NamedTuple):
    """One row's id and texts; ``turns`` as JSON, None for a single exchange; ``pictures`` is how many it has."""

    id: int
    instruction: str
    input: str
    response: str
    system: str
    tools: str
    turns: str | None
    thinking: str
    pictures: int


def clean_row(parsed: Parsed, *, reader: int = 2) -> CleanRow:
    """The clean row of ``parsed``; a conversation's two sides are the joined clean turns.

    ``reader`` 1: without thinking and pictures, as rows were identified before these counted as content.
    """
    instruction, given, response = clean(parsed.instruction), clean(parsed.input), clean(parsed.response)
    system, tools = parsed.system and clean(parsed.system), parsed.tools and clean(parsed.tools)
    thinking = clean(parsed.thinking) if parsed.thinking and reader > 1 else ""
    if not parsed.turns:
        ident = row_id(instruction, given, response, system=system, tools=tools, thinking=thinking)
        return CleanRow(ident, instruction, given, response, system, tools, None, thinking, 0)
    turns: list[Turn] = [
        {"role": turn["role"], "content": clean(turn["content"])} if len(turn) == 2 else _turn(turn, reader)
        for turn in parsed.turns
    ]
    ident = row_id(instruction, given, response, system=system, turns=turns, tools=tools, thinking=thinking)
    pictures = sum([len(turn["pictures"]) for turn in turns if len(turn) > 2 and "pictures" in turn])
    stored = orjson.dumps(turns).decode()
    return CleanRow(ident, instruction, given, response, system, tools, stored, thinking, pictures)


def _turn(turn: Turn, reader: int) -> Turn:
    made: Turn = {"role": turn["role"], "content": clean(turn["content"])}
    if reader > 1:
        thinking = clean(turn.get("thinking", ""))
        if thinking:
            made["thinking"] = thinking
        if "pictures" in turn:
            made["pictures"] = [clean(name) for name in turn["pictures"]]
    return made
