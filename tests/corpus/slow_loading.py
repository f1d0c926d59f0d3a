"""Loading the slow and obvious way: all rows in memory, one table of those that stay, one pass over each column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.corpus.deduplicate import EXTRA
from core.corpus.reading import Reader, ReadingOptions, Rows
from core.corpus.scripts import script_of
from core.corpus.sources import SourceFile, distinct
from core.corpus.typed_column import Kind, OddCells, can_be_column, odd_cells, plain_cell, scalar_column, without_odd
from core.corpus.unpack import unpack
from core.corpus.word_counts import word_count

MOST_COLUMNS = 64


@dataclass(frozen=True)
class Assembled:
    """The stored table, the columns that users see, and where each row came from."""

    table: pa.Table
    kinds: dict[str, Kind]
    positions: pa.Table  # row, file, record, line; ascending
    duplicates: int
    not_taken: list[str]  # fields that are not scalars, or beyond the first 64
    odd: list[OddCells]
    copies: list[tuple[int, int]]  # (copy, row kept) of each duplicate, as places in the rows read


def read_in_memory(files: Sequence[SourceFile], reading: ReadingOptions) -> Reader:
    """Every row of ``files`` in memory, in reading order."""
    reader = Reader(reading)
    for file in distinct(files):
        for part in unpack(file):
            reader.read(part)
    return reader


def words_of(table: pa.Table) -> dict[str, list[int]]:
    """(rows,) words of the instruction with its input, and of the response."""
    rows = table.select(["instruction", "input", "response"]).to_pylist()
    return {
        "instruction": [word_count(row["instruction"]) + word_count(row["input"]) for row in rows],
        "response": [word_count(row["response"]) for row in rows],
    }


def assemble(rows: Rows, *, text_files: Sequence[int] = ()) -> Assembled:
    """Collapse equal ids (multiplicity counts them) and order by id.

    Equal rows have the same content but may differ in other fields. Those fields are taken from the row with the
    lowest (source, category, original, turn), so that neither the order of files nor that of rows matters.
    A row that came from several sources keeps them all. Thinking, pictures and several sources are columns only where
    there are any.
    ``text_files`` are the files whose fields are all text: there a column of numerals becomes a column of numbers.
    """
    ids = np.array(rows.ids, dtype=np.uint64)
    order = np.argsort(ids, kind="stable")
    ordered = ids[order]
    first = np.concatenate(([True], ordered[1:] != ordered[:-1])) if len(ids) else np.zeros(0, dtype=bool)
    starts = np.flatnonzero(first)
    counts = np.diff(np.append(starts, len(ids)))
    kept = order[starts]
    copies: list[tuple[int, int]] = []
    sources: dict[int, list[str]] = {}  # of those rows that have several
    for group in np.flatnonzero(counts > 1).tolist():
        members = order[starts[group] : starts[group] + counts[group]].tolist()
        kept[group] = first_of_all = min(members, key=lambda row: _precedence(rows, row))
        copies += [(row, first_of_all) for row in members if row != first_of_all]
        named = {rows.source[row] for row in members}
        if len(named) > 1:
            sources[group] = sorted(named)
    group_of = np.cumsum(first) - 1
    positions = _positions(rows, order, group_of)
    picked = kept.tolist()
    columns: dict[str, Any] = {"id": pa.array(ordered[starts])}
    for name in ("instruction", "input", "response", "system", "tools", "turns", "source", "category", "original"):
        values = getattr(rows, name)
        columns[name] = pa.array(list(map(values.__getitem__, picked)), type=pa.string())
    if sources:
        every = [sources.get(group) or [rows.source[row]] for group, row in enumerate(picked)]
        columns["sources"] = pa.array(every, pa.list_(pa.string()))
    if any(rows.thinking):
        thinking = [rows.thinking[row] for row in picked]
        columns["thinking"] = pa.array(thinking, type=pa.string())
        columns["thinking_characters"] = pa.array(np.array(list(map(len, thinking)), dtype=np.int32))
    if any(rows.pictures):
        columns["pictures"] = pa.array(np.array(rows.pictures, dtype=np.int32)[kept])
    columns["conversation"] = pa.array([rows.conversation[row] for row in picked], type=pa.string())
    columns["turn"] = pa.array(np.array(rows.turn, dtype=np.int32)[kept])
    columns["multiplicity"] = pa.array(counts.astype(np.int32))
    columns["instruction_characters"] = pa.array(_lengths(rows, picked))
    columns["response_characters"] = pa.array(np.array([len(rows.response[row]) for row in picked], dtype=np.int32))
    columns["turns_count"] = pa.array(np.array([_exchanges(rows.turns[row]) for row in picked], dtype=np.int32))
    columns["script"] = pa.array([_script(rows, row) for row in picked], type=pa.string())
    extras, kinds, not_taken, odd = _extras(rows, picked, set(text_files))
    table = pa.table({**columns, **{EXTRA + name: values for name, values in extras.items()}})
    return Assembled(table, kinds, positions, int(len(ids) - len(kept)), not_taken, odd, copies)


def _precedence(rows: Rows, row: int) -> tuple[str, str, str, str, int]:
    return (
        rows.source[row],
        rows.category[row] or "",
        rows.original[row],
        rows.conversation[row] or "",
        rows.turn[row],
    )


def _positions(rows: Rows, order: NDArray[np.int64], group_of: NDArray[np.int64]) -> pa.Table:
    file, record, line = (np.array(values, dtype=np.int64)[order] for values in (rows.file, rows.record, rows.line))
    ranked = np.lexsort((record, file, group_of))
    return pa.table(
        {
            "row": group_of[ranked].astype(np.int32),
            "file": file[ranked].astype(np.int32),
            "record": record[ranked],
            "line": line[ranked],
        }
    )


def _lengths(rows: Rows, picked: list[int]) -> NDArray[np.int32]:
    """(rows,) characters of the instruction component: the instruction, a blank line and the input."""
    return np.array(
        [len(rows.instruction[row]) + (len(rows.input[row]) + 2 if rows.input[row] else 0) for row in picked],
        dtype=np.int32,
    )


def _exchanges(turns: str | None) -> int:
    return 1 if turns is None else max(turns.count('{"role":"user"'), 1)


def _script(rows: Rows, row: int) -> str:
    script = script_of(rows.response[row])
    return script if script != "Other" else script_of(rows.instruction[row])


def _extras(
    rows: Rows, picked: list[int], text_files: set[int]
) -> tuple[dict[str, pa.Array], dict[str, Kind], list[str], list[OddCells]]:
    filled: dict[str, dict[int, Any]] = {}  # of each name, the values by their place: rows may have names of their own
    for place, row in enumerate(picked):
        extras = rows.extras[row]
        if extras:
            for name, value in extras.items():
                if value is not None and value != "":
                    by_place = filled.get(name)
                    if by_place is None:
                        by_place = filled[name] = {}
                    by_place[place] = value
    filled = {name: {place: plain_cell(cell) for place, cell in cells.items()} for name, cells in filled.items()}
    scalar = [name for name, values in filled.items() if can_be_column(list(values.values()))]
    taken = sorted(sorted(scalar, key=lambda name: (-len(filled[name]), name))[:MOST_COLUMNS])
    columns: dict[str, pa.Array] = {}
    kinds: dict[str, Kind] = {}
    odd: list[OddCells] = []
    for name in taken:
        by_place = filled[name]
        # Where JSON and CSV fill one column, a number is a number in the one and a text in the other.
        text_numbers = bool(text_files) and all(
            rows.file[picked[place]] in text_files for place, value in by_place.items() if isinstance(value, str)
        )
        cells = odd_cells(name, by_place, picked, text=text_numbers)
        if cells:
            odd.append(cells)
            if cells.kept:
                by_place = without_odd(by_place, text=text_numbers)
        values = [by_place.get(place) for place in range(len(picked))]
        columns[name], kinds[name] = scalar_column(values, text_numbers=text_numbers)
    return columns, kinds, sorted(filled.keys() - columns.keys()), odd
