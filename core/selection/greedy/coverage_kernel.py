"""Lazy greedy cover of a sparse graph, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]


@njit(cache=True, inline="always")
def _gain(facility: int, indptr: Array, covered_rows: Array, similarity: Array, cover: Array, weight: Array) -> float:
    total = 0.0
    for edge in range(indptr[facility], indptr[facility + 1]):
        row = covered_rows[edge]
        if similarity[edge] > cover[row]:
            total += weight[row] * (similarity[edge] - cover[row])
    return total


@njit(cache=True, inline="always")
def _take(facility: int, indptr: Array, covered_rows: Array, similarity: Array, cover: Array) -> None:
    for edge in range(indptr[facility], indptr[facility + 1]):
        row = covered_rows[edge]
        cover[row] = max(cover[row], similarity[edge])


@njit(cache=True, inline="always")
def sink(heap: Array, size: int, place: int, key: Array) -> None:
    """Move heap[place] down to where no child has a larger key, or the same key and a lower row."""
    mine = heap[place]
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size:
            left, right = heap[child], heap[child + 1]
            if key[right] > key[left] or (key[right] == key[left] and right < left):
                child += 1
        other = heap[child]
        if key[other] < key[mine] or (key[other] == key[mine] and other > mine):
            break
        heap[place] = other
        place = child
    heap[place] = mine


@njit(cache=True)
def cover_greedily(
    indptr: Array,
    covered_rows: Array,
    similarity: Array,
    weight: Array,
    bonus: Array,
    scale: float,
    given: Array,
    barred: Array,
    count: int,
) -> tuple[Array, Array, Array, Array, int]:
    """Choose ``count`` facilities by scale · gain + bonus; a bound is re-evaluated only at the top of the heap."""
    facilities = len(indptr) - 1
    cover = np.zeros(facilities, dtype=np.float64)
    for facility in given:
        _take(facility, indptr, covered_rows, similarity, cover)
    key = np.full(facilities, -np.inf)
    stamp = np.zeros(facilities, dtype=np.int64)
    for facility in range(facilities):
        if not barred[facility]:
            key[facility] = scale * _gain(facility, indptr, covered_rows, similarity, cover, weight) + bonus[facility]
    heap = np.arange(facilities)
    for place in range(facilities // 2, -1, -1):
        sink(heap, facilities, place, key)
    order = np.empty(count, dtype=np.int64)
    gains = np.empty(count, dtype=np.float64)
    evaluated = 0
    for rank in range(count):
        while stamp[heap[0]] != rank:
            top = heap[0]
            key[top] = scale * _gain(top, indptr, covered_rows, similarity, cover, weight) + bonus[top]
            stamp[top] = rank
            evaluated += 1
            sink(heap, facilities, 0, key)
        best = heap[0]
        order[rank] = best
        gains[rank] = key[best]
        _take(best, indptr, covered_rows, similarity, cover)
        key[best] = -np.inf
        stamp[best] = count + 1
        sink(heap, facilities, 0, key)
    left = np.full(facilities, -np.inf)
    for facility in range(facilities):
        if key[facility] > -np.inf:
            left[facility] = scale * _gain(facility, indptr, covered_rows, similarity, cover, weight) + bonus[facility]
    return order, gains, left, cover, evaluated
