"""A k-means partition of the pool, for strategies that take rows from every part."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from core.selection.greedy.points import copies


def parts_for(rows: int) -> int:
    """√(n / 2), the number of parts that CaR uses."""
    return max(1, round(math.sqrt(rows / 2)))


def principal(vectors: NDArray[np.float32], *, share: float) -> NDArray[np.float32]:
    """``vectors`` (n, d) on the fewest principal axes that keep ``share`` of their variance, (n, axes) float32."""
    centre = vectors.mean(axis=0, dtype=np.float64)
    spread = np.zeros((vectors.shape[1], vectors.shape[1]))
    for start in range(0, len(vectors), 8192):
        block = vectors[start : start + 8192].astype(np.float64) - centre
        spread += block.T @ block
    values, axes = np.linalg.eigh(spread)
    values, axes = values[::-1], axes[:, ::-1]
    kept = 1 + int(np.searchsorted(np.cumsum(values), share * values.sum() * (1 - 1e-12)))
    return ((vectors - centre.astype(np.float32)) @ axes[:, :kept].astype(np.float32)).astype(np.float32)


def k_means(vectors: NDArray[np.float32], *, parts: int, seed: int) -> NDArray[np.int32]:
    """(n,) int32 part of each row of ``vectors`` (n, d): Lloyd's iterations from a seeded k-means++ start."""
    from sklearn.cluster import KMeans

    parts = max(1, min(parts, len(copies(vectors).first)))
    fit = KMeans(n_clusters=parts, n_init=1, max_iter=50, tol=1e-4, random_state=seed, algorithm="lloyd")
    return fit.fit_predict(vectors).astype(np.int32)


def rank_within(parts: NDArray[np.int32], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """(len(order),) how many rows of its own part come before each row of ``order``."""
    by_part = np.argsort(parts[order], kind="stable")
    labels = parts[order][by_part]
    fresh = np.concatenate(([True], labels[1:] != labels[:-1])) if len(labels) else np.empty(0, dtype=np.bool_)
    starts = np.flatnonzero(fresh)
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[by_part] = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    return ranks
