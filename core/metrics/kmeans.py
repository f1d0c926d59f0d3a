"""k-means in float64 whose result depends on the rows' ids and the seed, not on the order of the rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.metrics.vectors import BLOCK, on_device, precise
from core.progress import Progress, silent


def kmeans(
    vectors: NDArray[np.float32],
    *,
    clusters: int,
    seed: int,
    iterations: int = 100,
    device: str = "cpu",
    progress: Progress = silent,
) -> NDArray[np.float64]:
    """(clusters, d) centres: k-means++ seeds, then Lloyd's steps until no row changes its cluster.

    ``vectors`` (rows, d) must be in an order that the caller fixes by row id; at least ``clusters`` of them differ. A
    centre that loses all its rows moves to the row farthest from its centre. More iterations lower the inertia until no
    row changes its cluster. O(iterations · rows · clusters · d).
    """
    centres = _seeds(vectors, clusters=clusters, seed=seed, device=device)
    before = np.empty(0, dtype=np.int64)
    for step in range(iterations):
        labels, squared = assign(vectors, centres, device=device)
        if np.array_equal(labels, before):
            break
        before = labels
        sizes = np.bincount(labels, minlength=clusters)
        centres = _means(vectors, labels, sizes)
        for number, row in zip(np.flatnonzero(sizes == 0), np.argsort(-squared, kind="stable")):
            centres[number] = vectors[row]
        progress(step + 1, iterations, "k-means steps")
    return centres


def assign(
    vectors: NDArray[np.float32], centres: NDArray[np.float64], *, device: str = "cpu"
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(rows,) the nearest centre (the first on a tie) and the squared distance to it."""
    middle = on_device(centres, device=device, dtype=precise(device))
    offsets = (middle * middle).sum(dim=1)
    labels = np.empty(len(vectors), dtype=np.int64)
    squared = np.empty(len(vectors))
    for start in range(0, len(vectors), BLOCK):
        block = on_device(vectors[start : start + BLOCK], device=device, dtype=precise(device))
        best, at = (offsets[None, :] - 2 * block @ middle.T).min(dim=1)
        own = (block * block).sum(dim=1)
        labels[start : start + BLOCK] = at.cpu().numpy()
        squared[start : start + BLOCK] = (best + own).clamp(min=0.0).cpu().numpy()
    return labels, squared


def _means(vectors: NDArray[np.float32], labels: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    from scipy import sparse

    rows = len(vectors)
    member = sparse.csr_matrix((np.ones(rows), labels, np.arange(rows + 1)), shape=(rows, len(sizes)))
    sums = np.zeros((len(sizes), vectors.shape[1]))
    for start in range(0, rows, BLOCK):
        sums += member[start : start + BLOCK].T @ vectors[start : start + BLOCK].astype(np.float64)
    return sums / np.maximum(sizes, 1)[:, None]


def _seeds(vectors: NDArray[np.float32], *, clusters: int, seed: int, device: str) -> NDArray[np.float64]:
    """k-means++: each further seed drawn in proportion to its squared distance from the seeds so far."""
    draws = np.random.default_rng(seed).random(clusters)
    data = on_device(vectors, device=device, dtype=precise(device))
    own = (data * data).sum(dim=1)
    chosen = [int(draws[0] * len(vectors))]
    closest = np.full(len(vectors), np.inf)
    for draw in draws[1:]:
        last = data[chosen[-1]]
        squared = (own + own[chosen[-1]] - 2 * data @ last).clamp_(min=0.0).cpu().numpy()
        np.minimum(closest, squared, out=closest)
        closest[chosen[-1]] = 0.0
        closest[closest < 1e-12] = 0.0  # equal rows are never chosen as seeds twice
        heights = np.cumsum(closest)
        chosen.append(int(np.searchsorted(heights, draw * heights[-1], side="right")))
    return vectors[chosen].astype(np.float64)
