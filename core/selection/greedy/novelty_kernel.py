"""A compiled sketch of each row's weighted distances to the chosen rows, whose score is never below the true one.

Of a row's distances the smallest are kept as they are, sorted; the others are counted and summed in bins that do not
overlap. In a bin the true distances ascend while the rank weights descend, so by Chebyshev's sum inequality giving
each its bin's mean can only raise the score.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Array = NDArray[Any]


@njit(cache=True, inline="always")
def _insert(row: int, value: Any, size: int, head: Array, edges: Array, count: Array, total: Array) -> None:
    """Add one distance to the ``size`` that row's sketch holds."""
    room = head.shape[1]
    if size < room or value < head[row, room - 1]:
        last = min(size, room - 1)
        spilled = head[row, room - 1]
        place = last
        while place > 0 and head[row, place - 1] > value:
            head[row, place] = head[row, place - 1]
            place -= 1
        head[row, place] = value
        if size < room:
            return
        value = spilled
    low, high = 0, edges.shape[1]
    while low < high:  # the bin is the number of edges that are not above the value
        middle = (low + high) // 2
        if edges[row, middle] <= value:
            low = middle + 1
        else:
            high = middle
    count[row, low] += 1
    total[row, low] += value


@njit(cache=True, inline="always")
def _bound(row: int, size: int, head: Array, count: Array, total: Array, weight: Array, mass: Array) -> float:
    """At least Σ_r weight(r) · (r-th smallest distance) over the ``size`` distances of the row."""
    place = min(size, head.shape[1])
    score = 0.0
    for rank in range(place):
        score += weight[rank] * head[row, rank]
    for part in range(count.shape[1]):
        here = count[row, part]
        if here > 0:
            score += total[row, part] / here * (mass[place + here] - mass[place])
            place += here
    return score


@njit(cache=True, parallel=True)
def absorb(
    rows: Array,
    cosines: Array,
    sigma: Array,
    chosen_sigma: Array,
    size: int,
    head: Array,
    edges: Array,
    count: Array,
    total: Array,
    cap: Array,
    weight: Array,
    mass: Array,
    bound: Array,
) -> None:
    """Add the distances to newly chosen rows, cosines (rows, new) float32, and renew ``bound`` and ``cap``.

    ``size`` distances were there before. ``cap`` holds an exact older score plus what each later distance can
    have added at most, its value times the weight of the last rank.
    """
    for place in prange(len(rows)):
        row = rows[place]
        grown = cap[row]
        for new in range(cosines.shape[1]):
            distance = max(np.float32(0.0), np.float32(1.0) - cosines[place, new])
            value = np.float32(distance * (sigma[row] + chosen_sigma[new]))
            _insert(row, value, size + new, head, edges, count, total)
            grown += value * weight[size + new]
        cap[row] = min(grown, _bound(row, size + cosines.shape[1], head, count, total, weight, mass))
        bound[row] = cap[row]


@njit(cache=True, inline="always")
def _growth(
    row: int, value: Any, size: int, head: Array, edges: Array, count: Array, total: Array, weight: Array
) -> float:
    """At least what one more distance ``value`` adds to the exact score of a row with ``size`` distances.

    At rank p it adds value · weight(p) and pushes those from p on down one rank. Where p lies inside a bin its first
    rank stands for p, and the least loss of weight in a bin for all of it: both can only raise the result.
    """
    held = min(size, head.shape[1])
    grown = 0.0
    place = 0
    while place < held and head[row, place] <= value:
        place += 1
    if place < held:
        grown = value * weight[place]
        for rank in range(place, held):
            grown -= head[row, rank] * (weight[rank] - weight[rank + 1])
    rank = held
    found = place < held
    for part in range(count.shape[1]):
        if not found and (part == edges.shape[1] or value < edges[row, part]):
            grown = value * weight[rank]
            found = True
        here = count[row, part]
        if here > 0:
            rank += here
            if found:
                grown -= total[row, part] * (weight[rank - 1] - weight[rank])
    return grown


@njit(cache=True)
def absorb_one(
    rows: Array,
    vectors: Array,
    chosen: int,
    sigma: Array,
    size: int,
    head: Array,
    edges: Array,
    count: Array,
    total: Array,
    cap: Array,
    weight: Array,
    bound: Array,
) -> None:
    """Add the distance to one newly chosen row to a few thousand ``rows``: too little work to share among threads.

    Their caps, exact at some point, follow the true scores closely, so they are the bounds.
    """
    one = vectors[chosen]
    for row in rows:
        distance = max(np.float32(0.0), np.float32(1.0) - _dot(vectors[row], one))
        value = np.float32(distance * (sigma[row] + sigma[chosen]))
        cap[row] += _growth(row, value, size, head, edges, count, total, weight)
        bound[row] = cap[row]
        _insert(row, value, size, head, edges, count, total)


@njit(cache=True, fastmath={"reassoc", "contract"})
def _dot(one: Array, two: Array) -> Any:
    total = np.float32(0.0)
    for part in range(len(one)):
        total += one[part] * two[part]
    return total


@njit(cache=True, fastmath={"reassoc", "contract"})
def _exact_dot(one: Array, two: Array) -> float:
    total = 0.0
    for part in range(len(one)):
        total += np.float64(one[part]) * np.float64(two[part])
    return total


@njit(cache=True, inline="always")
def _lay(row: int, ordered: Array, ranks: Array, head: Array, edges: Array, count: Array, total: Array) -> None:
    """Lay the bins of ``row`` anew, at ``ranks`` (edges,) of all its distances, ``ordered``."""
    size = len(ordered)
    room = head.shape[1]
    for rank in range(min(room, size)):
        head[row, rank] = ordered[rank]
    for part in range(edges.shape[1]):
        edges[row, part] = ordered[ranks[part]]
    for part in range(count.shape[1]):
        low = room if part == 0 else max(room, ranks[part - 1])
        high = size if part == edges.shape[1] else max(room, ranks[part])
        count[row, part] = max(0, high - low)
        summed = 0.0
        for rank in range(low, high):
            summed += ordered[rank]
        total[row, part] = summed


@njit(cache=True)
def exact_scores(
    rows: Array,
    vectors: Array,
    chosen: Array,
    sigma: Array,
    ranks: Array,
    head: Array,
    edges: Array,
    count: Array,
    total: Array,
    weight: Array,
) -> Array:
    """(rows,) float64 Σ_r weight(r) · (r-th smallest distance to the ``chosen`` rows), in double precision.

    All distances of a row being at hand and sorted, its bins are laid anew at ``ranks`` (none: they stay).
    """
    scores = np.empty(len(rows))
    distances = np.empty(len(chosen))
    for place in range(len(rows)):
        row = rows[place]
        for slot in range(len(chosen)):
            other = chosen[slot]
            distances[slot] = max(0.0, 1.0 - _exact_dot(vectors[row], vectors[other])) * (sigma[row] + sigma[other])
        ordered = np.sort(distances)
        score = 0.0
        for rank in range(len(ordered)):
            score += weight[rank] * ordered[rank]
        scores[place] = score
        if len(ranks) > 0:
            _lay(row, ordered, ranks, head, edges, count, total)
    return scores


@njit(cache=True, parallel=True)
def lay(rows: Array, ordered: Array, ranks: Array, head: Array, edges: Array, count: Array, total: Array) -> None:
    """Lay the bins of ``rows`` anew at ``ranks`` of their sorted distances ``ordered`` (rows, size)."""
    for place in prange(len(rows)):
        _lay(rows[place], ordered[place], ranks, head, edges, count, total)


@njit(cache=True)
def highest(bound: Array, sigma: Array, quality: Array, waiting: Array, own: float, others: float) -> float:
    """The largest score a waiting row can have, after chosen rows added own · σ + others to its sum at most."""
    best = -np.inf
    for row in range(len(bound)):
        if waiting[row]:
            best = max(best, quality[row] * (bound[row] + sigma[row] * own + others))
    return best
