"""Finds the rows of equal ids among sorted runs, a part of the range of ids at a time, and says which of them stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.corpus.runs import SortedRun

EXTRA = "x:"  # prefix of the columns that a file brought itself
PRECEDENCE = ("source", "category", "original", "conversation", "turn")
DECIDING = ("id", "place", *PRECEDENCE, "extras", "file", "record", "line")


@dataclass(frozen=True, eq=False)
class IdPart:
    """All rows read whose ids lie in one part of the range, those of equal ids side by side in reading order.

    ``ids`` (rows kept,): ascending. ``group_of`` (rows read,): which of the rows that stay each becomes. ``kept`` (rows
    kept,): which of the rows read it is that stays. ``counts`` (rows kept,): how often it came. ``sources``: the
    sources of those rows that have several, by their number. ``copies``: (copy, row that stays) of each duplicate.
    """

    ids: NDArray[np.uint64]
    group_of: NDArray[np.int64]
    kept: NDArray[np.int64]
    counts: NDArray[np.int64]
    sources: dict[int, list[str]]
    copies: list[tuple[int, int]]
    _table: pa.Table = field(repr=False)
    _order: NDArray[np.int64] = field(repr=False)

    def __len__(self) -> int:
        """Rows read."""
        return len(self.group_of)

    def rows_read(self, columns: Sequence[str], places: NDArray[np.int64] | None = None) -> pa.Table:
        """``columns`` of the rows read, or of those at ``places``; ``place`` is that among all rows read."""
        order = self._order if places is None else self._order[places]
        return self._table.select(columns).take(pa.array(order))

    def rows_kept(self, columns: Sequence[str]) -> pa.Table:
        """``columns`` of the rows that stay, in the order of ``ids``."""
        return self.rows_read(columns, self.kept)


def part_of(runs: Sequence[SortedRun], bounds: tuple[int, int], columns: Sequence[str]) -> IdPart:
    """The rows of ``runs``, which stand in reading order, in the buckets of ``bounds``.

    Equal rows have the same content but may differ in other fields. Those fields are taken from the row with the
    lowest (source, category, original, turn), so that neither the order of files nor that of rows matters.
    A row that came from several sources keeps them all. ``columns`` holds id, place and those.
    """
    befores = np.cumsum([0, *map(len, runs)])
    parts = []
    for run, before in zip(runs, befores.tolist(), strict=False):
        if run.counts[bounds[0] : bounds[1]].any():
            part = run.read(*bounds, columns)
            place = part["place"].to_numpy().astype(np.int64) + before
            parts.append(part.set_column(part.schema.get_field_index("place"), "place", pa.array(place)))
    table = pa.concat_tables(parts).combine_chunks() if parts else runs[0].read(0, 0, columns)
    ids = table["id"].to_numpy()
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    first = np.concatenate(([True], ids[1:] != ids[:-1])) if len(ids) else np.zeros(0, dtype=bool)
    starts = np.flatnonzero(first)
    counts = np.diff(np.append(starts, len(ids)))
    kept = starts.copy()
    copies: list[tuple[int, int]] = []
    sources: dict[int, list[str]] = {}
    several = np.flatnonzero(counts > 1)
    for group, members in zip(several.tolist(), _members(table, order, starts[several], counts[several]), strict=True):
        stays = min(range(len(members)), key=members.__getitem__)
        start = int(starts[group])
        kept[group] = start + stays
        copies += [(start + place, start + stays) for place in range(len(members)) if place != stays]
        named = {member[0] for member in members}
        if len(named) > 1:
            sources[group] = sorted(named)
    return IdPart(ids[starts], np.cumsum(first) - 1, kept, counts, sources, copies, table, order)


def _members(
    table: pa.Table, order: NDArray[np.int64], starts: NDArray[np.int64], counts: NDArray[np.int64]
) -> Iterator[list[tuple[Any, ...]]]:
    """(source, category, original, conversation, turn) of the rows of each group that has several, in reading order."""
    places = np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    values = table.select(PRECEDENCE).take(pa.array(order[places]))
    columns = [[value or "" for value in values[name].to_pylist()] for name in PRECEDENCE[:-1]]
    rows = list(zip(*columns, values["turn"].to_pylist(), strict=True))
    at = 0
    for count in counts.tolist():
        yield rows[at : at + count]
        at += count
