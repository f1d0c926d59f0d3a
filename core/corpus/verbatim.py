"""The texts of a row as they came, before cleaning: export gives back every byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.corpus.clean import clean, whole_pairs
from core.corpus.formats.conversations import SHAREGPT_KEYS
from core.corpus.formats.record import BadRecord, Parsed, Shape, Turn
from core.corpus.formats.registry import shape_of
from core.corpus.formats.turns import CONTENTS, decoded, exchanges, turns_of
from core.corpus.reading import clean_row

_TURN_KEYS = frozenset({"role", "from", "tool_calls", "function_call"})


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
    for piece in _pieces(shape, original):
        if clean_row(piece)[0] == row["id"]:
            beside, beside_system = _beside(shape, original, piece.all_turns)
            return Verbatim(
                system=piece.system,
                tools=piece.tools,
                turns=piece.all_turns,
                shape=shape,
                beside=beside,
                beside_system=beside_system,
            )
    raw = {clean(text): text for text in _texts(original)}
    texts = {name: raw.get(row[name] or "", row[name] or "") for name in ("instruction", "response", "input", "system")}
    said = [{**turn, "content": raw.get(turn["content"], turn["content"])} for turn in row.get("turns") or []]
    turns = Parsed(**texts, turns=said).all_turns
    return Verbatim(
        system=texts["system"],
        tools=row.get("tools") or "",
        turns=turns,
        shape=None,
        beside=[{} for _ in turns],
        beside_system={},
    )


def _pieces(shape: Shape | None, original: dict[str, Any]) -> Iterator[Parsed]:
    if shape is None or shape.refused:
        return
    try:
        read = shape.parse(original)
    except (BadRecord, RecursionError):
        return
    for whole in read:
        yield whole
        if whole.turns:
            yield from exchanges(whole)


def _beside(
    shape: Shape | None, original: Mapping[str, Any], turns: list[Turn]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The other keys of each turn's entry, and those of a leading system turn; empty where entries are not objects."""
    keys = ("messages",) if shape and shape.name == "messages" else SHAREGPT_KEYS
    nothing: list[dict[str, Any]] = [{} for _ in turns]
    if shape is None or shape.name not in ("messages", "sharegpt"):
        return nothing, {}
    entries = decoded(original[next(key for key in keys if key in original)])
    turns_beside = [(turn, _others(entry)) for index, entry in enumerate(entries) for turn in turns_of(entry, index)]
    system = turns_beside.pop(0)[1] if turns_beside and turns_beside[0][0]["role"] == "system" else {}
    if [turn for turn, _ in turns_beside[: len(turns)]] != turns:
        return nothing, system
    return [others for _, others in turns_beside[: len(turns)]], system


def _others(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, Mapping):
        return {}
    said = next((key for key in CONTENTS if entry.get(key) is not None), "")
    return {key: value for key, value in entry.items() if key not in _TURN_KEYS and key != said}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
