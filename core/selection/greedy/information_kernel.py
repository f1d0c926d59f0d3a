"""Lazy greedy choice of rows whose information, passed on to the tags near theirs, adds the most; compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.selection.greedy.coverage_kernel import sink

Array = NDArray[Any]
OFFSET = 1e-6  # keeps the slope finite where nothing is known of a tag yet, as in the authors' code
PLACES = 1e10  # gains that agree to ten decimals are ties


@njit(cache=True, inline="always")
def _gain(row: int, indptr: Array, tags: Array, share: Array, known: Array, power: float, slope: bool) -> float:
    total = 0.0
    for edge in range(indptr[row], indptr[row + 1]):
        before = known[tags[edge]]
        if slope:
            total += share[edge] * power * (before + OFFSET) ** (power - 1)
        else:
            total += (before + share[edge]) ** power - before**power
    return np.floor(total * PLACES + 0.5) / PLACES


@njit(cache=True)
def inform_greedily(
    indptr: Array,
    tags: Array,
    share: Array,
    kinds: int,
    power: float,
    slope: bool,
    given: Array,
    barred: Array,
    count: int,
) -> tuple[Array, Array, Array]:
    """Choose ``count`` rows by gain; gains only fall as rows are chosen, so only the top of the heap is computed anew.

    Returns the order, the gains, and the gain of each row left over (-inf for chosen, given and barred rows).
    """
    rows = len(indptr) - 1
    known = np.zeros(kinds, dtype=np.float64)
    for row in given:
        for edge in range(indptr[row], indptr[row + 1]):
            known[tags[edge]] += share[edge]
    key = np.full(rows, -np.inf)
    stamp = np.zeros(rows, dtype=np.int64)
    for row in range(rows):
        if not barred[row]:
            key[row] = _gain(row, indptr, tags, share, known, power, slope)
    heap = np.arange(rows)
    for place in range(rows // 2, -1, -1):
        sink(heap, rows, place, key)
    order = np.empty(count, dtype=np.int64)
    gains = np.empty(count, dtype=np.float64)
    for rank in range(count):
        while stamp[heap[0]] != rank:
            top = heap[0]
            key[top] = _gain(top, indptr, tags, share, known, power, slope)
            stamp[top] = rank
            sink(heap, rows, 0, key)
        best = heap[0]
        order[rank] = best
        gains[rank] = key[best]
        for edge in range(indptr[best], indptr[best + 1]):
            known[tags[edge]] += share[edge]
        key[best] = -np.inf
        stamp[best] = count + 1
        sink(heap, rows, 0, key)
    left = np.full(rows, -np.inf)
    for row in range(rows):
        if key[row] > -np.inf:
            left[row] = _gain(row, indptr, tags, share, known, power, slope)
    return order, gains, left
