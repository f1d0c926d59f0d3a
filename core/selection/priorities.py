"""A seeded number for each row id: it decides every tie and every random draw of the engine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MASK = (1 << 64) - 1


def scramble(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014): a bijection of 64-bit words."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def priorities(ids: NDArray[np.uint64], *, seed: int) -> NDArray[np.uint64]:
    """hash(seed, row id), (rows,) uint64: smaller goes first.

    It depends on the row alone, not on the size or the slider's position, so that neighbouring requests
    share most of their rows.
    """
    start = np.array([(seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) & MASK], dtype=np.uint64)
    return scramble(scramble(np.asarray(ids, dtype=np.uint64) + scramble(start)) ^ start)


def by_priority(ids: NDArray[np.uint64], *, seed: int) -> NDArray[np.int64]:
    """Positions of the rows in ascending priority, (rows,) int64: a seeded shuffle that ignores the rows' order.

    The hash is a bijection, so distinct ids never tie.
    """
    return np.argsort(priorities(ids, seed=seed)).astype(np.int64)


def first_within(ids: NDArray[np.uint64], cost: NDArray[np.integer], budget: int, *, seed: int) -> NDArray[np.int64]:
    """Positions of the first rows :func:`by_priority` that together cost at most ``budget``, in that order.

    ``cost`` (rows,) is 0 or more. The rows beyond them are not ordered: O(rows + chosen log chosen).
    """
    hashes, total = priorities(ids, seed=seed), int(cost.sum())
    few = min(len(ids), int(1.1 * len(ids) * budget / max(total, 1)) + 100)  # about as many as the budget holds
    while True:
        first = np.argpartition(hashes, few - 1)[:few] if few < len(ids) else np.arange(len(ids))
        order = first[np.argsort(hashes[first])].astype(np.int64)
        spent = np.cumsum(cost[order])
        if few == len(ids) or spent[-1] > budget:
            return order[: int(np.searchsorted(spent, budget, side="right"))]
        few = min(len(ids), 2 * few)
