"""Why each of many rows is left out of an answer: a kind for each row, and the kept row that covers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.row_positions import PoolRows
from core.selection.incidence import Incidence
from core.selection.reason import Reason

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
    Work: for each of ``rows`` the entries of ``kept`` that have one of its types; a row with one type takes the lowest
    kept row of that type at once.
    """
    ascending = np.unique(np.asarray(kept, dtype=np.int64))
    entries = incidence.entries_of(ascending)
    which = np.repeat(ascending, incidence.per_row[ascending])
    order = np.argsort(entries, kind="stable")  # within a type the kept rows stay ascending
    starts = np.searchsorted(entries[order], np.arange(len(incidence.keys) + 1))
    return _cover(
        np.asarray(rows, dtype=np.int64),
        incidence.indptr,
        incidence.types,
        starts.astype(np.int64),
        which[order].astype(np.int64),
        1.0 / np.maximum(incidence.df, 1),
        incidence.rows,
    )


@njit(cache=True, nogil=True)
def _cover(rows, indptr, types, starts, holders, rarity, total):  # type: ignore[no-untyped-def]  # compiled
    covering = np.full(len(rows), -1, dtype=np.int64)
    shared = np.zeros(total, dtype=np.int64)
    rare = np.zeros(total, dtype=np.float64)
    touched = np.empty(total, dtype=np.int64)
    for place in range(len(rows)):
        first, last = indptr[rows[place]], indptr[rows[place] + 1]
        if last - first == 1:
            kind = types[first]
            if starts[kind + 1] > starts[kind]:
                covering[place] = holders[starts[kind]]
            continue
        count = 0
        for entry in range(first, last):
            kind = types[entry]
            for at in range(starts[kind], starts[kind + 1]):
                holder = holders[at]
                if shared[holder] == 0:
                    touched[count] = holder
                    count += 1
                shared[holder] += 1
                rare[holder] += rarity[kind]
        best = -1
        for at in range(count):
            holder = touched[at]
            if (
                best < 0
                or shared[holder] > shared[best]
                or (
                    shared[holder] == shared[best]
                    and (rare[holder] > rare[best] or (rare[holder] == rare[best] and holder < best))
                )
            ):
                best = holder
        covering[place] = best
        for at in range(count):
            shared[touched[at]] = 0
            rare[touched[at]] = 0.0
    return covering


def coded(rows: PoolRows, kind: LeftOutKind) -> NDArray[np.int8]:
    """(rows,) the code of ``kind`` for every row."""
    return np.full(len(rows), CODES[kind], dtype=np.int8)
