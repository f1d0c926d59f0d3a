"""Why each of many rows is left out of an answer: a kind for each row, and the kept row that covers it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.gather import gather
from core.row_positions import PoolRows
from core.selection.incidence import Incidence, rows_of_types, times
from core.selection.reason import Reason

BLOCK = 65_536  # rows that a thread takes at a time
LeftOutKind = Literal[
    "outside",  # no answer of the plan can hold it: it has no type, or no place in the order
    "covered",  # a kept row shares types with it
    "uncovered",  # no kept row shares a type with it
    "before_window",  # its place in the order is before the window
    "after_window",  # its place in the order is after the window
    "passed_over",  # its place is in the window, and a rule, a quota or the budget kept it out
    "other_group",  # the order has groups, and the window of its group does not reach it
    "not_drawn",  # a seeded draw decided
    "other",  # a plan of a user's own says something else
]
KINDS: tuple[LeftOutKind, ...] = get_args(LeftOutKind)
CODES: dict[LeftOutKind, int] = {kind: code for code, kind in enumerate(KINDS)}


@dataclass(frozen=True, eq=False, kw_only=True)
class LeftOutRows:
    """The reasons of rows that an answer does not hold.

    ``codes`` (rows,) int8 are indices into :data:`KINDS`; ``covering`` (rows,) int64 are positions in the pool of the
    kept rows that cover them, −1 for none.
    """

    codes: NDArray[np.int8]
    covering: NDArray[np.int64]

    @property
    def kinds(self) -> list[LeftOutKind]:
        """(rows,) the kind of each row's reason."""
        return [KINDS[code] for code in self.codes.tolist()]


def by_reasons(reasons: Sequence[Reason]) -> LeftOutRows:
    """The reasons of rows left out as :class:`LeftOutRows`: what plans without a faster way use."""
    codes = np.array([CODES[kind_of(reason)] for reason in reasons], dtype=np.int8)
    covering = [-1 if reason.covered_by is None else int(reason.covered_by) for reason in reasons]
    return LeftOutRows(codes=codes, covering=np.array(covering, dtype=np.int64))


def kind_of(reason: Reason) -> LeftOutKind:
    """The kind that the facts of one row's reason come to."""
    if reason.fact("outside"):
        return "outside"
    if reason.covered_by is not None:
        return "covered"
    if reason.fact("missing_types"):
        return "uncovered"
    if reason.fact("beyond_order"):
        return "after_window"
    place, window = reason.fact("order_place"), reason.fact("window")
    if place is None or window is None:
        return "other"
    if reason.fact("group"):
        return "other_group"
    first, last = window.places
    return "before_window" if place.places[0] < first else "after_window" if place.places[0] > last else "passed_over"


def covering_rows(incidence: Incidence, *, kept: PoolRows, rows: PoolRows) -> NDArray[np.int64]:
    """(rows,) int64: the row of ``kept`` that shares most types with each of ``rows``, −1 where none shares any.

    Ties go to the row with the rarer shared types (the larger sum of 1 / document frequency), then to the lower row.
    Work: for each of ``rows`` the entries of ``kept`` that have one of its types, counted in memory that grows with
    ``kept``; blocks of rows are divided among threads. A row with one type takes the lowest kept row of that type.
    """
    ascending = np.unique(np.asarray(kept, dtype=np.int64))
    indptr, types = gather(incidence.indptr, incidence.types, ascending)
    counts = times(types, len(incidence.keys))
    starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    holders = rows_of_types(indptr, types, starts)  # within a type the kept rows stay ascending
    rarity = 1.0 / np.maximum(incidence.df, 1)

    def cover(block: NDArray[np.int64]) -> NDArray[np.int64]:
        return _cover(block, incidence.indptr, incidence.types, starts, holders, ascending, indptr, types, rarity)

    wanted = np.asarray(rows, dtype=np.int64)
    blocks = [wanted[start : start + BLOCK] for start in range(0, len(wanted), BLOCK)]
    if len(blocks) < 2:
        return cover(wanted)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return np.concatenate(list(threads.map(cover, blocks)))


@njit(cache=True, nogil=True)
def _cover(rows, indptr, types, starts, holders, kept, kept_indptr, kept_types, rarity):  # type: ignore[no-untyped-def]  # compiled
    """(rows,) the covering row of each; ``holders`` are places in ``kept``, by type from ``starts`` on."""
    covering = np.full(len(rows), -1, dtype=np.int64)
    shared = np.zeros(len(kept), dtype=np.uint16)  # types that each kept row has in common with the row at hand
    rare = np.zeros(len(kept), dtype=np.float64)
    tied = np.empty(len(kept), dtype=np.int32)  # the kept rows that have the most types in common
    for place in range(len(rows)):
        first, last = indptr[rows[place]], indptr[rows[place] + 1]
        if last - first == 1:
            kind = types[first]
            if starts[kind + 1] > starts[kind]:
                covering[place] = kept[holders[starts[kind]]]
            continue
        ties, most, read = 0, 1, 0
        for entry in range(first, last):
            kind = types[entry]
            read += starts[kind + 1] - starts[kind]
            for at in range(starts[kind], starts[kind + 1]):
                holder = holders[at]
                now = shared[holder] + 1
                shared[holder] = now
                if now >= most:
                    if now > most:
                        most, ties = now, 0
                    tied[ties] = holder
                    ties += 1
        if ties == 0:
            continue
        # The sums of both ways run over the same types in the same order, so that ties are told alike.
        summed = ties > 1 and ties * 2 * (last - first) > read
        if summed:
            for entry in range(first, last):
                kind = types[entry]
                for at in range(starts[kind], starts[kind + 1]):
                    rare[holders[at]] += rarity[kind]
        elif ties > 1:
            for at in range(ties):
                rare[tied[at]] = _rarity_in_common(
                    types, first, last, kept_types, kept_indptr[tied[at]], kept_indptr[tied[at] + 1], rarity
                )
        best = tied[0]
        for at in range(1, ties):
            holder = tied[at]
            if rare[holder] > rare[best] or (rare[holder] == rare[best] and holder < best):
                best = holder
        covering[place] = kept[best]
        for at in range(ties):
            rare[tied[at]] = 0.0
        if read > len(kept):
            shared[:] = 0
            if summed:
                rare[:] = 0.0
            continue
        for entry in range(first, last):
            kind = types[entry]
            for at in range(starts[kind], starts[kind + 1]):
                shared[holders[at]] = 0
                if summed:
                    rare[holders[at]] = 0.0
    return covering


@njit(cache=True, nogil=True)
def _rarity_in_common(types, first, last, others, begin, end, rarity):  # type: ignore[no-untyped-def]  # compiled
    """The sum of ``rarity`` over the types that two ascending lists share."""
    total = 0.0
    while first < last and begin < end:
        if types[first] == others[begin]:
            total += rarity[types[first]]
            first += 1
            begin += 1
        elif types[first] < others[begin]:
            first += 1
        else:
            begin += 1
    return total


def coded(rows: PoolRows, kind: LeftOutKind) -> NDArray[np.int8]:
    """(rows,) the code of ``kind`` for every row."""
    return np.full(len(rows), CODES[kind], dtype=np.int8)
