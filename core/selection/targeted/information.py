"""GIO: add the row that brings the chosen rows' distribution nearest to the examples'; stop when no row does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.progress import Progress, silent

FARTHEST = 2.0  # the largest distance of unit vectors: an example's distance from an empty choice
NEAREST = 1e-3  # smaller distances count as this, because the logarithm of a copy's distance has no limit
DECIMALS = 9


@dataclass(frozen=True, eq=False, kw_only=True)
class Gathered:
    """``order`` (chosen,) candidates as they were added, ``divergences`` (chosen,) the estimate after each."""

    order: NDArray[np.int64]
    divergences: NDArray[np.float64]


def gather(
    examples: NDArray[np.floating],
    candidates: NDArray[np.floating],
    *,
    weights: NDArray[np.float64] | None = None,
    dimensions: int | None = None,
    given: NDArray[np.floating] | None = None,
    progress: Progress = silent,
) -> Gathered:
    """Greedily add ``candidates`` (c, d) while the divergence from ``examples`` (m, d) to the chosen ones falls.

    KL(X ‖ S) ≈ (D / m) Σ_x ln ν(x, S) + ln |S| up to a constant that depends on the examples only; ν is the distance to
    the nearest chosen row, D the ``dimensions`` (default d). ``weights`` (m,) is the number of examples that each of
    them stands for. ``given`` rows count as chosen. The last term stops the choice: each further row must lower the
    first term by more than ln((s + 1) / s). A larger D stops later. O(chosen · c · m), memory (c, m) float32. Source:
    GIO (arXiv 2306.11670), section 3; starting from an empty choice, at the largest possible distance, is our
    reconstruction (the paper starts from random points).
    """
    share = np.full(len(examples), 1.0) if weights is None else weights.astype(np.float64)
    share = (dimensions or examples.shape[1]) * share / share.sum()  # (m,) D / |X| of each
    log_distance = _log_distances(candidates, examples)  # (c, m)
    start = 0 if given is None else len(given)
    nearest = np.full(len(examples), np.log(FARTHEST))
    if given is not None and len(given):
        for at in range(0, len(given), 8192):
            nearest = np.minimum(nearest, _log_distances(given[at : at + 8192], examples).min(axis=0))
    value = float(nearest @ share) + np.log(max(start, 1))
    free = np.ones(len(candidates), dtype=np.bool_)
    order: list[int] = []
    told: list[float] = []
    while free.any():
        size = start + len(order) + 1
        after = np.empty(len(candidates))
        for at in range(0, len(candidates), 512):
            after[at : at + 512] = np.minimum(log_distance[at : at + 512], nearest) @ share
        after = np.round(np.where(free, after, np.inf), DECIMALS)
        best = int(np.argmin(after))
        reached = float(after[best]) + np.log(size)
        if reached >= value - 1e-9:
            break
        order.append(best)
        told.append(reached)
        free[best] = False
        nearest = np.minimum(nearest, log_distance[best])
        value = reached
        progress(len(order), len(candidates), "parts added")
    return Gathered(order=np.array(order, dtype=np.int64), divergences=np.array(told))


def _log_distances(rows: NDArray[np.floating], examples: NDArray[np.floating]) -> NDArray[np.float32]:
    """(rows, examples) ln of the Euclidean distances, none below :data:`NEAREST`."""
    exact, other = np.asarray(rows, dtype=np.float64), np.asarray(examples, dtype=np.float64)
    own = np.einsum("ij,ij->i", exact, exact)[:, None] + np.einsum("ij,ij->i", other, other)[None, :]
    squared = np.maximum(own - 2 * exact @ other.T, NEAREST**2)
    return (0.5 * np.log(squared)).astype(np.float32)
