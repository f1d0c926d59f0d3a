"""NovelSum by its definition, one row and one neighbour at a time."""

from __future__ import annotations

import numpy as np

from core.metrics.novelsum import Convention


def novelsum(x: np.ndarray, pool: np.ndarray, *, k: int, alpha: float, beta: float, convention: Convention) -> float:
    """In float64: rows ``x`` (rows, d) against ``pool`` (pool rows, d), with k neighbours and the powers α and β."""
    x, pool = x.astype(np.float64), np.unique(pool.astype(np.float64), axis=0)
    density = []
    for row in x:
        near = sorted(float(((row - other) ** 2).sum()) for other in pool)
        if convention.density == "cosine":
            near = [gap / 2 for gap in near]
        skip = 1 if convention.drop == "always" or near[0] == 0 else 0
        near = near[skip : skip + k]
        density.append(1 / (sum(near) / (k if convention.density_mean else 1) + 1e-9))
    total = 0.0
    for i, row in enumerate(x):
        others = [(max(0.0, 1 - float(row @ x[j])), j) for j in range(len(x)) if j != i]
        ranked = ([(0.0, i)] if convention.keep_self else []) + sorted(others)
        weights = [rank**-alpha for rank in range(1, len(ranked) + 1)]
        factor = [density[i if convention.side == "row" else j] ** beta for _, j in ranked]
        value = sum(w * f * gap for w, f, (gap, _) in zip(weights, factor, ranked))
        total += value / sum(weights) if convention.average else value
    return total / len(x) if convention.average else total
