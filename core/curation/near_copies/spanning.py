"""A forest grown from batches of similar pairs: memory for the rows, not for all pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.curation.near_copies.forest import CopyForest
from core.shards.work import ShardWork

MOST_WAITING = 4_000_000  # pairs that wait before they are thinned
PARTS = ("first", "second", "similarity")
Array = NDArray[Any]


class GrowingForest:
    """Takes pairs in any order and number of batches; the forest is the same, whatever the order.

    Of all pairs those stay that a maximum spanning forest needs (Kruskal), ties by rows, so that every threshold has
    the groups that all pairs together give.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self._kept: list[tuple[Array, Array, Array]] = []
        self._waiting = 0

    def add(self, first: Array, second: Array, similarity: Array) -> None:
        """Pairs of rows and their similarities, (pairs,) each; the order within a pair does not matter."""
        low, high = np.minimum(first, second).astype(np.int32), np.maximum(first, second).astype(np.int32)
        self._kept.append((low, high, np.asarray(similarity, dtype=np.float32)))
        self._waiting += len(low)
        if self._waiting > MOST_WAITING:
            self._thin()

    def forest(self) -> CopyForest:
        """The forest of all pairs that were added."""
        self._thin()
        return CopyForest(*self._kept[0], self.rows)

    def _thin(self) -> None:
        empty = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))
        first, second, similarity = map(np.concatenate, zip(empty, *self._kept))
        order = np.lexsort((second, first, -similarity))
        first, second, similarity = first[order], second[order], similarity[order]
        needed = joining(first, second, self.rows)
        self._kept = [(first[needed], second[needed], similarity[needed])]
        self._waiting = 0


def save_forest(work: ShardWork, forest: CopyForest) -> None:
    """Write first, second and similarity as a shard's files."""
    for name in PARTS:
        work.save(name, getattr(forest, name))


def read_forest(folder: Path) -> tuple[Array, Array, Array]:
    """What :func:`save_forest` wrote: first, second, similarity."""
    first, second, similarity = (np.load(folder / f"{name}.npy", allow_pickle=False) for name in PARTS)
    return first, second, similarity


@njit(cache=True, nogil=True)
def joining(first: Array, second: Array, rows: int) -> Array:
    """(pairs,) whether each pair, in order, joins two groups that no pair before it has joined (union-find)."""
    parent = np.arange(rows)
    joins = np.zeros(len(first), dtype=np.bool_)
    for place in range(len(first)):
        a, b = first[place], second[place]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        if a != b:
            parent[max(a, b)] = min(a, b)
            joins[place] = True
    return joins
