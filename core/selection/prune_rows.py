"""Pruning row by row: two other readings of the paper's "inverse greedy" step, options of micro."""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.selection.incidence import Incidence

EXACT_BELOW = 16  # up to this document frequency a type's weight follows every row that leaves
UNIT = 1 << 40  # weights are integers, so that no sum depends on its order


def most_redundant_last(incidence: Incidence) -> NDArray[np.int32]:
    """(rows,) leaving steps if each step drops one row, that with the largest sum of 1 / df over its types.

    df counts the rows still in the pool that carry the type; above 16 it is rounded up to three significant bits, so
    that a row is examined again only when a type has become clearly rarer. Ties go to the lower row. Our reading of
    From Macro to Micro, Algorithm 1, at the level of samples.
    """
    offsets, rows = incidence.columns
    order = _heaviest_first(incidence.indptr, incidence.types, offsets, rows)
    leaving = np.zeros(incidence.rows, dtype=np.int32)
    leaving[order] = np.arange(1, len(order) + 1, dtype=np.int32)
    return leaving


def smallest_cover_last(incidence: Incidence) -> NDArray[np.int32]:
    """(rows,) leaving steps, one row each, that keep all types for as long as a greedy set cover can.

    The literal reading of "remove the sample with the smallest contribution": rows outside a greedy set cover leave
    first, those with the fewest types before the others, then the rows of the cover in reverse order. Of tied rows the
    lower one stays longer. A few thousand rows keep every type, so at large N the slider hardly moves.
    """
    cover = _greedy_cover(incidence.indptr, incidence.types, len(incidence.keys))
    stays = np.zeros(incidence.rows, dtype=np.bool_)
    stays[cover] = True
    rest = np.flatnonzero((incidence.per_row > 0) & ~stays)
    rest = rest[np.lexsort((-rest, incidence.per_row[rest]))]
    order = np.concatenate((rest, cover[::-1]))
    leaving = np.zeros(incidence.rows, dtype=np.int32)
    leaving[order] = np.arange(1, len(order) + 1, dtype=np.int32)
    return leaving


@njit(cache=True, nogil=True)
def _weight(df):  # type: ignore[no-untyped-def]  # compiled
    """1 / df as an integer, df rounded up to three significant bits when it is large."""
    if df <= EXACT_BELOW:
        return UNIT // df
    shift = 0
    while (df >> shift) >= 8:
        shift += 1
    rounded = ((df + (1 << shift) - 1) >> shift) << shift
    return UNIT // rounded


@njit(cache=True, nogil=True)
def _lift(heap, place, weight, at):  # type: ignore[no-untyped-def]  # compiled
    item = heap[at]
    while at > 0:
        above = heap[(at - 1) >> 1]
        if weight[above] > weight[item] or (weight[above] == weight[item] and above < item):
            break
        heap[at] = above
        place[above] = at
        at = (at - 1) >> 1
    heap[at] = item
    place[item] = at


@njit(cache=True, nogil=True)
def _heaviest_first(indptr, types, offsets, rows):  # type: ignore[no-untyped-def]  # compiled
    count = len(indptr) - 1
    df = offsets[1:] - offsets[:-1]
    weight = np.zeros(count, dtype=np.int64)
    for row in range(count):
        for entry in range(indptr[row], indptr[row + 1]):
            weight[row] += _weight(df[types[entry]])
    heap = np.empty(count, dtype=np.int64)
    place = np.full(count, -1, dtype=np.int64)
    size = 0
    for row in range(count):
        if indptr[row + 1] > indptr[row]:
            heap[size] = row
            _lift(heap, place, weight, size)
            size += 1
    order = np.empty(size, dtype=np.int64)
    for turn in range(len(order)):
        first = heap[0]
        size -= 1
        item = heap[size]
        at = 0
        while True:  # move the last item down from the top
            below = 2 * at + 1
            if below >= size:
                break
            left, right = heap[below], heap[min(below + 1, size - 1)]
            if weight[right] > weight[left] or (weight[right] == weight[left] and right < left):
                below, left = below + 1, right
            if weight[item] > weight[left] or (weight[item] == weight[left] and item < left):
                break
            heap[at] = left
            place[left] = at
            at = below
        heap[at] = item
        place[item] = at
        place[first] = -1
        order[turn] = first
        for entry in range(indptr[first], indptr[first + 1]):
            kind = types[entry]
            old = _weight(df[kind])
            df[kind] -= 1
            if df[kind] == 0:
                continue
            gained = _weight(df[kind]) - old
            if gained == 0:
                continue
            for index in range(offsets[kind], offsets[kind + 1]):
                row = rows[index]
                if place[row] >= 0:
                    weight[row] += gained
                    _lift(heap, place, weight, place[row])
    return order


@njit(cache=True, nogil=True)
def _greedy_cover(indptr, types, kinds):  # type: ignore[no-untyped-def]  # compiled
    """Rows that cover every type, each chosen for the most uncovered types; lazy, because gains only shrink."""
    count = len(indptr) - 1
    # An integer for each row that orders by (most uncovered types, lower row).
    queue = [np.int64(row - (indptr[row + 1] - indptr[row]) * count) for row in range(count)]
    heapq.heapify(queue)
    covered = np.zeros(kinds, dtype=np.bool_)
    chosen = np.empty(min(count, kinds), dtype=np.int64)
    chosen_count = 0
    left = kinds
    while left > 0:
        row = heapq.heappop(queue) % count
        gain = np.count_nonzero(~covered[types[indptr[row] : indptr[row + 1]]])
        key = np.int64(row - gain * count)
        if gain > 0 and len(queue) > 0 and key > queue[0]:
            heapq.heappush(queue, key)
            continue
        if gain == 0:
            continue
        for entry in range(indptr[row], indptr[row + 1]):
            covered[types[entry]] = True
        chosen[chosen_count] = row
        chosen_count += 1
        left -= gain
    return chosen[:chosen_count]
