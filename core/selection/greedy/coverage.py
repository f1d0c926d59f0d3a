"""Facility location on a sparse neighbour graph: chooses rows so that every row has a chosen row near it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.selection.greedy.lazy_greedy import Chosen
from core.selection.greedy.neighbours import Neighbours
from core.selection.plan import Rows, no_rows


@dataclass(frozen=True, eq=False)
class Cover:
    """``chosen`` facilities with their gains, and ``cover`` (n,) each row's similarity to its nearest one (0: none)."""

    chosen: Chosen
    cover: NDArray[np.float64]


def cover_graph(neighbours: Neighbours) -> sparse.csr_matrix:
    """(facilities, rows) float32: how similar each facility is to the rows that count it among their k nearest.

    Every row is its own facility with similarity 1; negative cosines cover nothing. Entries ascend by row.
    """
    rows, k = neighbours.names.shape
    indptr = np.arange(rows + 1, dtype=np.int64) * (k + 1)
    names = np.column_stack((np.arange(rows, dtype=np.int32), neighbours.names)).ravel()
    values = np.column_stack((np.ones(rows, dtype=np.float32), np.maximum(neighbours.cosines, 0))).ravel()
    graph = sparse.csr_matrix((values, names, indptr), shape=(rows, rows))
    turned = graph.T.tocsr()
    turned.sort_indices()
    return turned


def facility_greedy(
    graph: sparse.csr_matrix,
    *,
    count: int,
    weight: NDArray[np.float64] | None = None,
    bonus: NDArray[np.float64] | None = None,
    scale: float = 1.0,
    given: Rows | None = None,
    barred: NDArray[np.bool_] | None = None,
) -> Cover:
    """Choose ``count`` facilities of ``graph`` (facilities, rows) that raise Σ_v weight(v)·max_s sim(v, s) the most.

    ``scale`` multiplies the gain and ``bonus`` (facilities,) is added to it: a row's quality. ``given`` facilities
    cover from the start; they and ``barred`` facilities are not chosen. Exact lazy greedy (the gain is submodular),
    ties by the lower row; O(edges) a sweep, a few evaluations a choice.
    """
    from core.selection.greedy.coverage_kernel import cover_greedily

    size = graph.shape[0]
    given = no_rows() if given is None else given
    closed = np.zeros(size, dtype=np.bool_) if barred is None else barred.copy()
    closed[given] = True
    order, gains, left, cover, _ = cover_greedily(
        graph.indptr.astype(np.int64),
        graph.indices,
        graph.data,
        np.ones(size) if weight is None else weight.astype(np.float64),
        np.zeros(size) if bonus is None else bonus.astype(np.float64),
        float(scale),
        given,
        closed,
        max(0, min(count, size - int(closed.sum()))),
    )
    return Cover(Chosen(order, gains, left), cover)
