"""Pairs of similar rows, thinned to a forest: enough to know the groups of copies at every threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


@dataclass(frozen=True, eq=False)
class CopyForest:
    """A maximum spanning forest of the pairs of a corpus's rows whose similarity reaches a floor.

    Two rows are in one group at a threshold if a chain of pairs, each at least that similar, connects them; the forest
    has the same groups as all pairs together at every threshold. Edges are sorted by similarity, the highest first,
    ties by rows.
    """

    first: NDArray[np.int32]  # (edges,) positions in the corpus
    second: NDArray[np.int32]  # (edges,)
    similarity: NDArray[np.float32]  # (edges,) descending, at most 1
    rows: int

    def edges_from(self, threshold: float) -> int:
        """How many edges are at least ``threshold``; as many rows are copies of another that stays."""
        least = np.float32(threshold)
        return int(np.searchsorted(-self.similarity, -least, side="right"))

    def groups(self, threshold: float) -> NDArray[np.int64]:
        """(rows,) int64: the smallest position of the row's group at ``threshold``, −1 for a row without a copy.

        As ``threshold`` grows, groups fall apart.
        """
        count = self.edges_from(threshold)
        first, second = self.first[:count], self.second[:count]
        graph = sparse.coo_matrix((np.ones(count, dtype=np.int8), (first, second)), shape=(self.rows, self.rows))
        from scipy.sparse.csgraph import connected_components

        _, component = connected_components(graph, directed=False)
        smallest = np.full(int(component.max(initial=-1)) + 1, self.rows, dtype=np.int64)
        np.minimum.at(smallest, component, np.arange(self.rows))
        sizes = np.bincount(component, minlength=len(smallest))
        return np.where(sizes[component] > 1, smallest[component], -1).astype(np.int64)


def forest_of_equals(keys: NDArray[np.int64], *, rows: int) -> CopyForest:
    """The forest in which rows with equal ``keys`` (rows,) are copies; a key below 0 has none."""
    order = np.argsort(keys, kind="stable")
    order = order[keys[order] >= 0]
    ordered = keys[order]
    new = np.diff(ordered, prepend=-1) != 0
    starts = order[np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))] if len(order) else order
    first, second = starts[~new].astype(np.int32), order[~new].astype(np.int32)
    by_rows = np.lexsort((second, first))
    return CopyForest(first[by_rows], second[by_rows], np.ones(len(first), dtype=np.float32), rows)
