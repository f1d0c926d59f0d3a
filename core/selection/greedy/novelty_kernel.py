"""A compiled sketch of each row's distances to the chosen rows, whose score is never below the true one.

What a row keeps of its m distances δ_(1) ≤ … ≤ δ_(m) (see ``novelty`` for the notation):

- ``head`` (head,) the smallest ones, as they are;
- the others in bins that do not overlap: ``edges`` (bins − 1,) the distances at which one bin ends and the next begins,
  ``total`` (bins,) the sum of the distances in each, ``ends`` (bins,) the rank of the last one in each.

The sketch's score is Σ w_r·δ_(r) over the head plus, for each bin, its mean distance times the sum of its rank weights.
Why that is an upper bound: inside a bin the true distances ascend with the rank while the weights w_r fall, and for
sequences that run in opposite directions Chebyshev's sum inequality gives Σ w_r·δ_(r) ≤ mean(δ)·Σ w_r.

Adding a distance keeps the bound: it goes into the head, and then the largest of the head moves to its bin, or into its
bin directly; the ranks of all later bins move up by one. ``cap`` bounds the same score another way: an exact older
score plus the most that each later distance can have added. The lower of the two is the row's ``bound``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Array = NDArray[Any]


@njit(cache=True, inline="always")
def _part(row: int, value: Any, edges: Array) -> int:
    """The bin of a distance: the number of edges that are not above it."""
    low, high = 0, edges.shape[1]
    while low < high:
        middle = (low + high) // 2
        if edges[row, middle] <= value:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, inline="always")
def _insert(row: int, value: Any, low: int, size: int, head: Array, edges: Array, ends: Array, total: Array) -> None:
    """Add one distance to the ``size`` that row's sketch holds; ``low`` is its bin, −1 where that is not known."""
    room = head.shape[1]
    if size < room or value < head[row, room - 1]:
        low = -1
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
    if low < 0:
        low = _part(row, value, edges)
    total[row, low] += value
    for part in range(low, ends.shape[1]):
        ends[row, part] += 1


@njit(cache=True, inline="always")
def _bound(row: int, size: int, head: Array, ends: Array, total: Array, weight: Array, mass: Array) -> float:
    """At least Σ_r weight(r) · (r-th smallest distance) over the ``size`` distances of the row."""
    place = min(size, head.shape[1])
    score = 0.0
    for rank in range(place):
        score += weight[rank] * head[row, rank]
    for part in range(ends.shape[1]):
        end = ends[row, part]
        if end > place:
            score += total[row, part] / (end - place) * (mass[end] - mass[place])
            place = end
    return score


@njit(cache=True, parallel=True)
def absorb(
    rows: Array,
    at: Array,
    cosines: Array,
    sigma: Array,
    chosen_sigma: Array,
    size: int,
    head: Array,
    edges: Array,
    ends: Array,
    total: Array,
    cap: Array,
    weight: Array,
    mass: Array,
    bound: Array,
) -> None:
    """Add the distances to newly chosen rows and renew ``bound`` and ``cap``.

    The cosines (block, new) float32 of ``rows`` are at lines ``at``. ``size`` distances were there before. ``cap``
    holds an exact older score plus what each later distance can have added at most, its value times the weight of the
    last rank.
    """
    for place in prange(len(rows)):
        row = rows[place]
        grown = cap[row]
        for new in range(cosines.shape[1]):
            distance = max(np.float32(0.0), np.float32(1.0) - cosines[at[place], new])
            value = np.float32(distance * (sigma[row] + chosen_sigma[new]))
            _insert(row, value, -1, size + new, head, edges, ends, total)
            grown += value * weight[size + new]
        cap[row] = min(grown, _bound(row, size + cosines.shape[1], head, ends, total, weight, mass))
        bound[row] = cap[row]


@njit(cache=True, inline="always")
def _growth(
    row: int, value: Any, size: int, head: Array, edges: Array, ends: Array, total: Array, weight: Array, fall: Array
) -> tuple[float, int]:
    """At least what one more distance ``value`` adds to the exact score of a row with ``size``, and its bin or −1.

    At rank p it adds value · weight(p) and pushes those from p on down one rank. Where p lies inside a bin its first
    rank stands for p, and the least loss of weight in a bin for all of it: both can only raise the result.
    """
    in_head = min(size, head.shape[1])
    if in_head > 0 and value < head[row, in_head - 1]:
        place = in_head - 1
        while place > 0 and head[row, place - 1] > value:
            place -= 1
        grown = value * weight[place]
        for rank in range(place, in_head):
            grown -= head[row, rank] * fall[rank]
        part = -1
    else:
        part = _part(row, value, edges)
        grown = value * weight[in_head if part == 0 else ends[row, part - 1]]
    for later in range(max(part, 0), ends.shape[1]):  # what an empty bin holds sums to 0
        grown -= total[row, later] * fall[ends[row, later] - 1]
    return grown, part


@njit(cache=True, inline="always")
def _catch_up(
    row: int,
    told: Array,
    vectors: Array,
    chosen: Array,
    pushed: Array,
    sigma: Array,
    head: Array,
    edges: Array,
    ends: Array,
    total: Array,
    cap: Array,
    weight: Array,
    fall: Array,
) -> None:
    for slot in range(told[row], len(chosen)):
        distance = max(np.float32(0.0), np.float32(1.0) - _dot(vectors[row], pushed[slot]))
        value = np.float32(distance * (sigma[row] + sigma[chosen[slot]]))
        grown, part = _growth(row, value, slot, head, edges, ends, total, weight, fall)
        cap[row] += grown
        _insert(row, value, part, slot, head, edges, ends, total)
    told[row] = len(chosen)


@njit(cache=True)
def renew(
    rows: Array,
    floor: float,
    quality: Array,
    mass: Array,
    spread: Array,
    told: Array,
    vectors: Array,
    chosen: Array,
    pushed: Array,
    sigma: Array,
    head: Array,
    edges: Array,
    ends: Array,
    total: Array,
    cap: Array,
    weight: Array,
    fall: Array,
    bound: Array,
) -> None:
    """Bring the caps and bounds of ``rows`` up to date with ``chosen``, where a row's score can reach ``floor``.

    ``told`` is how many of the chosen rows each row knows. Each further one adds at most 2·(σ of the row + σ of the
    chosen row) times its rank weight; ``mass`` and ``spread`` are the running sums of the two parts. ``pushed`` holds
    the chosen rows' vectors, ``fall`` (rank,) weight(rank) − weight(rank + 1). The caps, exact at some point, follow
    the true scores closely, so they are the bounds.
    """
    size = len(chosen)
    for row in rows:
        before = told[row]
        further = 2 * (sigma[row] * (mass[size] - mass[before]) + spread[size] - spread[before])
        if before < size and quality[row] * (bound[row] + further) >= floor:
            _catch_up(row, told, vectors, chosen, pushed, sigma, head, edges, ends, total, cap, weight, fall)
            bound[row] = cap[row]


@njit(cache=True, fastmath={"reassoc", "contract"})
def _dot(left: Array, right: Array) -> Any:
    total = np.float32(0.0)
    for part in range(len(left)):
        total += left[part] * right[part]
    return total


@njit(cache=True, fastmath={"reassoc", "contract"})
def _exact_dot(left: Array, right: Array) -> float:
    total = 0.0
    for part in range(len(left)):
        total += np.float64(left[part]) * np.float64(right[part])
    return total


@njit(cache=True, inline="always")
def _lay(row: int, ordered: Array, ranks: Array, head: Array, edges: Array, ends: Array, total: Array) -> None:
    """Lay the bins of ``row`` anew, at ``ranks`` (edges,) of all its distances, ``ordered``."""
    size = len(ordered)
    room = head.shape[1]
    for rank in range(min(room, size)):
        head[row, rank] = ordered[rank]
    for part in range(edges.shape[1]):
        edges[row, part] = ordered[ranks[part]]
    for part in range(ends.shape[1]):
        low = room if part == 0 else max(room, ranks[part - 1])
        high = size if part == edges.shape[1] else max(room, ranks[part])
        ends[row, part] = max(low, high)
        summed = 0.0
        for rank in range(low, high):
            summed += ordered[rank]
        total[row, part] = summed


@njit(cache=True)
def distances_of(rows: Array, vectors: Array, chosen: Array, pushed: Array, sigma: Array) -> Array:
    """(rows, chosen) float32 density-weighted distances of a few rows; ``pushed`` holds the chosen rows' vectors."""
    distances = np.empty((len(rows), len(chosen)), dtype=np.float32)
    for slot in range(len(chosen)):
        for place in range(len(rows)):
            row = rows[place]
            apart = max(np.float32(0.0), np.float32(1.0) - _dot(vectors[row], pushed[slot]))
            distances[place, slot] = apart * (sigma[row] + sigma[chosen[slot]])
    return distances


@njit(cache=True)
def exact_distances(rows: Array, vectors: Array, chosen: Array, pushed: Array, sigma: Array) -> Array:
    """(rows, chosen) float64, the same in double precision."""
    distances = np.empty((len(rows), len(chosen)))
    for slot in range(len(chosen)):
        for place in range(len(rows)):
            row = rows[place]
            apart = max(0.0, 1.0 - _exact_dot(vectors[row], pushed[slot]))
            distances[place, slot] = apart * (sigma[row] + sigma[chosen[slot]])
    return distances


@njit(cache=True, parallel=True)
def lay(rows: Array, ordered: Array, ranks: Array, head: Array, edges: Array, ends: Array, total: Array) -> None:
    """Lay the bins of ``rows`` anew at ``ranks`` of their sorted distances ``ordered`` (rows, size)."""
    for place in prange(len(rows)):
        _lay(rows[place], ordered[place], ranks, head, edges, ends, total)


@njit(cache=True)
def lay_few(rows: Array, ordered: Array, ranks: Array, head: Array, edges: Array, ends: Array, total: Array) -> None:
    """The same for a few rows: too little work to share among threads."""
    for place in range(len(rows)):
        _lay(rows[place], ordered[place], ranks, head, edges, ends, total)


@njit(cache=True)
def reaches(members: Array, free: Array, quality: Array, bound: Array) -> Array:
    """(members,) quality times bound, −inf for rows that are not free."""
    reach = np.empty(len(members))
    for place in range(len(members)):
        row = members[place]
        reach[place] = quality[row] * bound[row] if free[row] else -np.inf
    return reach


@njit(cache=True)
def leaders(reach: Array, floor: float, count: int) -> Array:
    """Where the ``count`` largest values of ``reach`` are, at most, that are finite and not below ``floor``."""
    places = np.empty(count, dtype=np.int64)
    kept = 0
    for place in range(len(reach)):
        value = reach[place]
        if value < floor or value == -np.inf or (kept == count and value <= reach[places[kept - 1]]):
            continue
        kept = min(kept + 1, count)
        slot = kept - 1
        while slot > 0 and reach[places[slot - 1]] < value:
            places[slot] = places[slot - 1]
            slot -= 1
        places[slot] = place
    return places[:kept]


@njit(cache=True)
def highest(bound: Array, sigma: Array, quality: Array, waiting: Array, own: float, others: float) -> float:
    """The largest quality · score that a waiting row can have, where later choices add at most own · σ + others."""
    best = -np.inf
    for row in range(len(bound)):
        if waiting[row]:
            best = max(best, quality[row] * (bound[row] + sigma[row] * own + others))
    return best
