"""Jackknife intervals, leave-one-out ranges and permutation tests of correlations, on many samples at once.

A sample is a vector of weights over the scores: how often each score is in it. Every statistic below takes (samples, n)
weights, so that intervals, leave-one-out ranges and tests share one vectorised formula.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.evidence.independence import Units, jackknife, left_out_weights

Floats = NDArray[np.float64]
Statistic = Callable[[Floats, Floats, Floats], Floats]
KENDALL_UP_TO = 300  # most scores for which Kendall is computed with each unit left out: each costs n²
PERFECT = 1 - 1e-12  # Fisher's z of a correlation of 1 is infinite


def pearson(weights: Floats, x: Floats, y: Floats) -> Floats:
    """Weighted Pearson correlation. ``weights`` (draws, n); result (draws,), NaN where a side does not vary."""
    x, y = x - x.mean(), y - y.mean()
    total = weights.sum(axis=1)
    mx, my = weights @ x / total, weights @ y / total
    vx, vy = weights @ (x * x) / total - mx**2, weights @ (y * y) / total - my**2
    cov = weights @ (x * y) / total - mx * my
    # A variance that is zero up to rounding counts as zero.
    flat = (vx <= 1e-14 * max(1e-300, float(np.mean(x * x)))) | (vy <= 1e-14 * max(1e-300, float(np.mean(y * y))))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(flat, np.nan, np.clip(cov / np.sqrt(vx * vy), -1, 1))


def spearman(weights: Floats, x: Floats, y: Floats) -> Floats:
    """Weighted Spearman: Pearson of the mid-ranks that the drawn sample itself would have."""
    rx, ry = _midranks(weights, x), _midranks(weights, y)  # (draws, n)
    total = weights.sum(axis=1)
    mx, my = (weights * rx).sum(axis=1) / total, (weights * ry).sum(axis=1) / total
    dx, dy = rx - mx[:, None], ry - my[:, None]
    vx, vy = (weights * dx * dx).sum(axis=1), (weights * dy * dy).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = (weights * dx * dy).sum(axis=1) / np.sqrt(vx * vy)
    return np.where((vx <= 1e-9) | (vy <= 1e-9), np.nan, np.clip(correlation, -1, 1))


def kendall(weights: Floats, x: Floats, y: Floats) -> Floats:
    """Weighted Kendall's tau-b; a score drawn twice ties with itself, as in the drawn sample. O(draws · n²)."""
    sx, sy = np.sign(x[:, None] - x[None, :]), np.sign(y[:, None] - y[None, :])
    both, only_x, only_y = (((weights @ signs) * weights).sum(axis=1) for signs in (sx * sy, sx * sx, sy * sy))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((only_x == 0) | (only_y == 0), np.nan, both / np.sqrt(only_x * only_y))


def slope(weights: Floats, x: Floats, y: Floats) -> Floats:
    """Weighted least-squares slope of y on x."""
    x, y = x - x.mean(), y - y.mean()
    total = weights.sum(axis=1)
    mx, my = weights @ x / total, weights @ y / total
    vx = weights @ (x * x) / total - mx**2
    flat = vx <= 1e-14 * max(1e-300, float(np.mean(x * x)))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(flat, np.nan, (weights @ (x * y) / total - mx * my) / vx)


STATISTICS: dict[str, Statistic] = {"pearson": pearson, "spearman": spearman, "kendall": kendall, "slope": slope}


def interval(
    name: str, x: Floats, y: Floats, units: Units, *, subsets: NDArray[np.int64]
) -> tuple[float, float, float]:
    """(low, high, p): the 95 % interval of :func:`core.evidence.independence.jackknife` over whole units.

    ``name``: one of :data:`STATISTICS`; ``x``, ``y`` (n,); ``subsets`` (n,) the code of each score's subset.
    Correlations are transformed by Fisher's z. A rank correlation of ±1 of m subsets stands for all values that round
    to it: it counts as half a step (one exchange of neighbours) below 1. The ends include the estimate. Three NaN where
    ``units`` do not support a claim, or a side does not vary, with all units or without one of them.
    """
    if not units.claim:
        return (float("nan"),) * 3
    weights = np.vstack([np.ones((1, len(x))), left_out_weights(units)])  # (1 + units, n)
    values = STATISTICS[name](weights, x, y)
    observed = float(values[0])
    if name == "slope":
        low, high, p, _ = jackknife(observed, values[1:], transform=_itself, back=_itself)
        return low, high, p
    present = np.zeros((len(weights), int(subsets.max()) + 1), dtype=bool)
    for row, kept in enumerate(weights > 0):
        present[row, subsets[kept]] = True
    most = _most(name, present.sum(axis=1))
    values = np.clip(values, -most, most)
    low, high, p, _ = jackknife(float(values[0]), values[1:], transform=np.arctanh, back=np.tanh)
    return min(low, observed), max(high, observed), p


def _itself(values: Floats) -> Floats:
    return values


def _most(name: str, subsets: NDArray[np.int64]) -> Floats:
    """The largest correlation that can be distinguished from 1 with so many ``subsets``."""
    m = subsets.astype(np.float64)
    if name == "spearman":
        return 1 - 6 / (m * (m**2 - 1))  # one exchange of neighbours is 12 / (m³ − m)
    if name == "kendall":
        return 1 - 2 / (m * (m - 1))  # one exchange is 4 / (m² − m)
    return np.full(len(m), PERFECT)


def leave_one_out(name: str, x: Floats, y: Floats, units: Units) -> tuple[float, float]:
    """The lowest and the highest value of the statistic when each unit in turn is left out."""
    weights = left_out_weights(units)
    left_out = STATISTICS[name](weights[weights.sum(axis=1) > 2], x, y)
    left_out = left_out[np.isfinite(left_out)]
    return (float(left_out.min()), float(left_out.max())) if len(left_out) else (float("nan"), float("nan"))


def permutation_p(
    name: str, x: Floats, y: Floats, subsets: NDArray[np.int64], *, resamples: int, rng: np.random.Generator
) -> float:
    """Two-sided p of a correlation: the share of pairings, of whole subsets, whose |r| reaches the observed one.

    ``name``: "pearson" or "spearman"; ``x``, ``y`` (n,) are the metric and the score of each observation, ``subsets``
    (n,) the code of its subset, from 0; a subset has one value of the metric. A pairing gives every subset the scores
    of another subset, all its seeds together. All pairings are used if there are at most ``resamples``, else that many
    at random with the observed pairing among them (scipy's permutation test). It is not scipy's own two-sided p, which
    is twice the smaller tail: if the distribution of r over pairings is skewed, that one reads a weak r of the rarer
    sign as strong evidence.
    """
    from scipy import stats

    y = stats.rankdata(y) if name == "spearman" else y
    y = (y - y.mean()) / np.linalg.norm(y - y.mean())
    count = np.bincount(subsets).astype(np.float64)  # (subsets,) scores
    total = np.bincount(subsets, weights=y)  # (subsets,) the sum of a subset's centred scores
    value = np.bincount(subsets, weights=x) / count

    def strength(drawn: NDArray[np.int64], axis: int = -1) -> Floats:
        order = np.atleast_2d(np.moveaxis(drawn, axis, -1))  # (draws, subsets): whose scores each metric value gets
        weights = count[order]
        x_ranks = _midranks(weights, value) if name == "spearman" else np.broadcast_to(value, weights.shape)
        middle = (weights * x_ranks).sum(axis=1, keepdims=True) / len(y)
        spread = np.sqrt((weights * (x_ranks - middle) ** 2).sum(axis=1))
        result = np.abs((x_ranks * total[order]).sum(axis=1) / spread)
        return result if drawn.ndim > 1 else result[0]

    result = stats.permutation_test(
        (np.arange(len(count)),), strength, permutation_type="pairings", vectorized=True, n_resamples=resamples,
        alternative="greater", batch=max(1, 2_000_000 // len(count)), rng=rng,
    )  # fmt: skip
    return float(result.pvalue)


def _midranks(weights: Floats, values: Floats) -> Floats:
    """Mid-ranks of every value in each weighted sample, (draws, n): the values below it, and half of its ties."""
    _, ties = np.unique(values, return_inverse=True)
    order = np.argsort(ties, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(ties[order]) > 0])
    mass = np.add.reduceat(weights[:, order], starts, axis=1)  # (draws, distinct values)
    return (np.cumsum(mass, axis=1) - mass / 2 + 0.5)[:, ties]
