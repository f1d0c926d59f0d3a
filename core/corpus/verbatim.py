"""The texts of a row as they came, before cleaning: export gives back every byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.corpus.clean import clean, whole_pairs
from core.corpus.clean_row import clean_row
from core.corpus.formats.conversations import entries_of
from core.corpus.formats.record import BadRecord, Parsed, Roles, Shape, Turn
from core.corpus.formats.roles import with_answers
from core.corpus.formats.shapes import shape_of
from core.corpus.formats.turns import answered_part, exchanges, turns_of
from core.corpus.formats.turns import beside as others_beside


@dataclass(frozen=True, kw_only=True)
class Verbatim:
    """A row's texts as they came. ``shape`` is the record's shape, None where columns were mapped by hand.

    ``turns`` are all turns after a leading system turn; a single exchange has two. ``beside`` holds, for each turn, the
    other keys of its entry in the record; ``beside_system`` holds those of a leading system turn.
    """

    system: str
    tools: str
    turns: list[Turn]
    shape: Shape | None
    beside: list[dict[str, Any]]
    beside_system: dict[str, Any]


def verbatim(row: Mapping[str, Any]) -> Verbatim:
    """The texts of ``row``, as :meth:`core.corpus.store.Corpus.rows` gives it, as they stand in its record.

    The record is read again and the part with the row's id is taken. If no part has it (columns mapped by hand), each
    text of the row is replaced by the text of the record that cleans to it; a text joined from several stays cleaned.
    """
    try:
        return _verbatim(row, row["original"])
    except TypeError:  # halves of surrogate pairs, where a list or an object is to become text
        return _verbatim(row, whole_pairs(row["original"]))


def _verbatim(row: Mapping[str, Any], original: dict[str, Any]) -> Verbatim:
    shape = shape_of(original)
    roles = with_answers(row.get("roles") or {})
    for piece in _pieces(shape, original, roles):
        if clean_row(piece).id == row["id"] or clean_row(piece, reader=1).id == row["id"]:
            turns = [_as_written(turn) for turn in piece.all_turns]
            beside, beside_system = _beside(shape, original, turns, roles)
            return Verbatim(
                system=piece.system,
                tools=piece.tools,
                turns=turns,
                shape=shape,
                beside=beside,
                beside_system=beside_system,
            )
    raw = {clean(text): text for text in _texts(original)}
    texts = {name: raw.get(row[name] or "", row[name] or "") for name in ("instruction", "response", "input", "system")}
    thinking = row.get("thinking") or ""
    single = Parsed(texts["instruction"], texts["response"], texts["input"], thinking=raw.get(thinking, thinking))
    turns = _with_raw(row, raw) or single.all_turns
    return Verbatim(
        system=texts["system"],
        tools=row.get("tools") or "",
        turns=turns,
        shape=None,
        beside=[{} for _ in turns],
        beside_system={},
    )


def _as_written(turn: Turn) -> Turn:
    """``turn`` with its words as they came, marks of pictures included."""
    return {**turn, "content": turn["written"]} if "written" in turn else turn


def _with_raw(row: Mapping[str, Any], raw: Mapping[str, str]) -> list[Turn]:
    """The turns of ``row`` as cleaned, each text as it stands in the record where that cleans to it."""
    turns: list[Turn] = answered_part(row.get("turns") or [])
    made: list[Turn] = []
    for turn in turns:
        made.append({**turn, "content": raw.get(turn["content"], turn["content"])})
        if "thinking" in turn:
            made[-1]["thinking"] = raw.get(turn["thinking"], turn["thinking"])
    for picture in row.get("pictures") or ():
        if picture["turn"] <= len(made):
            made[picture["turn"] - 1].setdefault("pictures", []).append(picture["name"])
    return made


def _pieces(shape: Shape | None, original: dict[str, Any], roles: Roles) -> Iterator[Parsed]:
    if shape is None or shape.refused:
        return
    try:
        read = shape.parse(original, roles)
    except (BadRecord, RecursionError):
        return
    for whole in (way for row in read for way in (row, row.formerly) if way is not None):
        yield whole
        if whole.turns:
            yield from exchanges(whole)


def _beside(
    shape: Shape | None, original: Mapping[str, Any], turns: list[Turn], roles: Roles
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The other keys of each turn's entry, and those of a leading system turn; nothing where entries are no objects."""
    nothing: list[dict[str, Any]] = [{} for _ in turns]
    if shape is None or shape.name not in ("messages", "sharegpt", "gemini"):
        return nothing, {}
    try:
        pairs = [
            (turn, others_beside(entry))
            for index, entry in enumerate(entries_of(original))
            for turn in turns_of(entry, index, roles)
            if turn["role"] != "thinking"
        ]
    except BadRecord:
        return nothing, {}
    system = pairs.pop(0)[1] if pairs and pairs[0][0]["role"] == "system" else {}
    if [(turn["role"], turn["content"]) for turn, _ in pairs[: len(turns)]] != [
        (turn["role"], turn["content"]) for turn in turns
    ]:
        return nothing, system
    return [others for _, others in pairs[: len(turns)]], system


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
