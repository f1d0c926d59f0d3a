"""Pruning: how the pool shrinks type by type, run once, so that the pool at any number of types is a look-up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.selection.incidence import Incidence
from core.selection.priorities import by_priority


@dataclass(frozen=True, eq=False)
class Pruning:
    """The pruning step at which each row and each type leaves the pool.

    The pool after step s is the rows with ``leaving > s``; step 0 is the whole pool. Rows that carry no type leave at
    step 0: they are in no pool, unless :meth:`of` was called with ``keep_untyped``.
    """

    leaving: NDArray[np.int32]  # (rows,) step at which a row leaves
    type_leaving: NDArray[np.int32]  # (types,) step at which a type's last row leaves
    types_left: NDArray[np.int64]  # (steps + 1,) types alive after each step
    rows_left: NDArray[np.int64]  # (steps + 1,) rows alive after each step

    @classmethod
    def of(cls, incidence: Incidence, leaving: NDArray[np.int32], *, keep_untyped: bool = False) -> Pruning:
        """The pruning with the (rows,) ``leaving`` steps. With ``keep_untyped`` rows without a type never leave."""
        steps = int(leaving.max(initial=0))
        types = _last_leaving(incidence.indptr, incidence.types, leaving, len(incidence.keys))
        if keep_untyped:
            leaving = np.where(incidence.per_row == 0, steps + 1, leaving).astype(np.int32)
        return cls(leaving, types, _after_each_step(types, steps), _after_each_step(leaving, steps))

    def step_at(self, types: int) -> int:
        """The first step after which at most ``types`` types are left."""
        return int(np.searchsorted(-self.types_left, -types, side="left"))

    def pool(self, step: int) -> NDArray[np.bool_]:
        """(rows,) whether a row is in the pool after ``step``."""
        return self.leaving > step


def _after_each_step(leaving: NDArray[np.int32], steps: int) -> NDArray[np.int64]:
    """(steps + 1,) the number of entries of ``leaving`` above s, for s = 0 .. steps."""
    gone = np.cumsum(np.bincount(leaving, minlength=steps + 2)[: steps + 1])
    return (len(leaving) - gone).astype(np.int64)


def rarest_first(incidence: Incidence, *, price: NDArray[np.int64] | None = None) -> NDArray[np.int32]:
    """(rows,) leaving steps if each step drops the rarest live type with all its rows.

    From Macro to Micro, Algorithm 1, whose listing is not published: our reconstruction. A dropped type costs the rows
    that carry it, so this order keeps the pool large for each number of types. Ties go to the lower type number. Other
    types that lose their last row leave in the same step. ``price`` (types,) ≥ 1 multiplies the number of rows of each
    type before they are compared. O(entries log types).
    """
    offsets, rows = incidence.columns
    prices = np.ones(len(incidence.keys), dtype=np.int64) if price is None else price
    return _rarest_first(incidence.indptr, incidence.types, offsets, rows, prices)


def permuted(incidence: Incidence, *, seed: int) -> NDArray[np.int32]:
    """(rows,) leaving steps if types leave in a seeded random order instead (an option of macro)."""
    last_to_first = by_priority(incidence.keys.astype(np.uint64), seed=seed)[::-1]
    turn = np.empty(len(last_to_first), dtype=np.int32)
    turn[last_to_first] = np.arange(1, len(last_to_first) + 1, dtype=np.int32)
    leaving = np.zeros(incidence.rows, dtype=np.int32)
    typed = incidence.per_row > 0
    if typed.any():
        leaving[typed] = np.minimum.reduceat(turn[incidence.types], incidence.indptr[:-1][typed])
    return leaving


@njit(cache=True, nogil=True)
def _last_leaving(indptr, types, leaving, count):  # type: ignore[no-untyped-def]  # compiled
    """(count,) int32: the last step at which a row of each type leaves."""
    last = np.zeros(count, dtype=np.int32)
    for row in range(len(indptr) - 1):
        for entry in range(indptr[row], indptr[row + 1]):
            last[types[entry]] = max(last[types[entry]], leaving[row])
    return last


@njit(cache=True, nogil=True)
def _rise(heap, place, keys, at):  # type: ignore[no-untyped-def]  # compiled
    item = heap[at]
    key = keys[item]
    while at > 0:
        above = (at - 1) >> 1
        if keys[heap[above]] <= key:
            break
        heap[at] = heap[above]
        place[heap[at]] = at
        at = above
    heap[at] = item
    place[item] = at


@njit(cache=True, nogil=True)
def _pop(heap, place, keys, size):  # type: ignore[no-untyped-def]  # compiled
    """Remove the first of ``size`` items from the heap."""
    first = heap[0]
    item = heap[size - 1]
    key = keys[item]
    size -= 1
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and keys[heap[below + 1]] < keys[heap[below]]:
            below += 1
        if keys[heap[below]] >= key:
            break
        heap[at] = heap[below]
        place[heap[at]] = at
        at = below
    if size > 0:
        heap[at] = item
        place[item] = at
    place[first] = -1
    return first


@njit(cache=True, nogil=True)
def _rarest_first(indptr, types, offsets, rows, price):  # type: ignore[no-untyped-def]  # compiled
    count = len(offsets) - 1
    leaving = np.zeros(len(indptr) - 1, dtype=np.int32)
    df = offsets[1:] - offsets[:-1]
    keys = df * price * count + np.arange(count)  # an integer for each type that orders by (df · price, type number)
    heap = np.argsort(keys)
    place = np.empty(count, dtype=np.int64)
    for at in range(count):
        place[heap[at]] = at
    touched = np.empty(count, dtype=np.int64)
    seen = np.zeros(count, dtype=np.int32)
    size = count
    step = 0
    while size > 0:
        rarest = _pop(heap, place, keys, size)
        size -= 1
        step += 1
        touched_count = 0
        for entry in range(offsets[rarest], offsets[rarest + 1]):
            row = rows[entry]
            if leaving[row] != 0:
                continue
            leaving[row] = step
            for other in range(indptr[row], indptr[row + 1]):
                kind = types[other]
                df[kind] -= 1
                if seen[kind] != step:
                    seen[kind] = step
                    touched[touched_count] = kind
                    touched_count += 1
        for index in range(touched_count):
            kind = touched[index]
            if place[kind] < 0:
                continue  # the rarest itself
            keys[kind] = df[kind] * price[kind] * count + kind if df[kind] > 0 else -1
            _rise(heap, place, keys, place[kind])
            if df[kind] == 0:
                _pop(heap, place, keys, size)
                size -= 1
    return leaving
