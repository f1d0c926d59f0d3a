"""MIG: how near tags are to each other, and the rows that add the most information to the tags."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.progress import Progress, silent
from core.selection.greedy.lazy_greedy import Chosen
from core.selection.plan import Rows, no_rows

BLOCK = 256  # tags compared at once with all others, in double precision
DECIMALS = 6  # cosines that agree to so many decimals are equal


def tag_vectors(carried: sparse.csr_matrix, vectors: NDArray[np.float32], rows: Rows) -> NDArray[np.float64]:
    """(tags, d) unit vectors: the mean of a tag's rows less the mean of all rows; zero for a tag without a direction.

    ``carried`` (pool rows, tags) of ones; ``vectors`` (m, d) are those of the pool positions ``rows``. Without taking
    off the common mean, all frequent tags would be near each other.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    sums = carried[rows].astype(np.float64).T @ centred  # (tags, d)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 1e-9)


def passing_on(
    vectors: NDArray[np.float64], *, threshold: float, nearest: int, weight: float = 1.0, progress: Progress = silent
) -> sparse.csr_matrix:
    """(tags, tags) float64: the share of a tag's information that reaches each tag; what a tag receives is divided by
    the weights of all that it receives from, so that its column sums to 1.

    A tag receives from itself with weight 1 and, with ``weight`` times their cosine, from those of its ``nearest``
    other tags whose cosine is at least ``threshold``. ``vectors`` (tags, d) unit or zero. O(tags² · d) in blocks.
    """
    tags = len(vectors)
    senders, receivers, weights = [np.arange(tags)], [np.arange(tags)], [np.ones(tags)]
    for start in range(0, tags, BLOCK):
        cosines = np.round(vectors[start : start + BLOCK] @ vectors.T, DECIMALS)  # (block, tags)
        here = np.arange(len(cosines))
        cosines[here, start + here] = -np.inf
        if nearest < tags - 1:
            # Of equal cosines at the edge the lower tags stay, whatever the block.
            ranked = np.argsort(-cosines, axis=1, kind="stable")[:, :nearest]
            kept = np.zeros(cosines.shape, dtype=np.bool_)
            kept[here[:, None], ranked] = True
            cosines[~kept] = -np.inf
        receiver, sender = np.nonzero((cosines >= threshold) & (cosines > 0))
        senders.append(sender)
        receivers.append(receiver + start)
        weights.append(weight * cosines[receiver, sender])
        progress(min(start + BLOCK, tags), tags, "tags compared")
    graph = sparse.csr_matrix(
        (np.concatenate(weights), (np.concatenate(senders), np.concatenate(receivers))), shape=(tags, tags)
    )
    received = np.asarray(graph.sum(axis=0)).ravel()
    return sparse.csr_matrix(graph @ sparse.diags(1 / received))


def information_greedy(
    shares: sparse.csr_matrix,
    *,
    count: int,
    power: float,
    slope: bool,
    given: Rows | None = None,
    barred: NDArray[np.bool_] | None = None,
) -> Chosen:
    """Choose ``count`` rows that raise Σ over tags of (Σ over chosen rows of their share)^power the most.

    ``shares`` (rows, tags) are at least 0. With ``slope`` a row's gain is estimated by the derivative at what is known
    so far, else it is the exact difference; both only fall, so lazy greedy is exact. ``given`` rows count from the
    start; they and ``barred`` rows are not chosen. Ties by the lower row. O(entries), a few evaluations a choice.
    """
    from core.selection.greedy.information_kernel import inform_greedily

    rows, tags = shares.shape
    given = no_rows() if given is None else given
    closed = np.zeros(rows, dtype=np.bool_) if barred is None else barred.copy()
    closed[given] = True
    shares.sort_indices()
    order, gains, left = inform_greedily(
        shares.indptr.astype(np.int64),
        shares.indices.astype(np.int64),
        shares.data.astype(np.float64),
        tags,
        float(power),
        slope,
        given,
        closed,
        max(0, min(count, rows - int(closed.sum()))),
    )
    return Chosen(order, gains, left)
