"""What is drawn again when we ask how far to trust a correlation, and the statistics of many draws at once.

A draw is a vector of weights over the scores: how often each was drawn. Every statistic below takes (draws, n)
weights, so that scipy's bootstrap, its jackknife and leave-one-out share one vectorised formula.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evidence.slopes import CLAIM_FROM

Floats = NDArray[np.float64]
Statistic = Callable[[Floats, Floats, Floats], Floats]
KENDALL_UP_TO = 300  # scores up to which Kendall is resampled: its draws cost n² each


@dataclass(frozen=True, kw_only=True)
class Units:
    """What is drawn whole: ``codes`` (n,) gives each score its unit, ``what`` names the units, ``note`` warns."""

    codes: NDArray[np.int64]
    count: int
    what: str
    note: str


def units_of(group: pd.DataFrame) -> Units:
    """Whole series where there are six, else series × seed, else subsets.

    Points of one series are not independent: with fewer than six series the interval is narrower than it ought to be,
    and ``note`` says so.
    """
    subset = group["subset"].astype(str).to_numpy()
    series = np.where(group["series"].astype(str) == "", subset, group["series"].astype(str))
    seed = group["seed"].astype(str).to_numpy()
    alone = len(np.unique(series)) == len(np.unique(subset))
    for names, what in ((series, "subsets" if alone else "series"), (np.char.add(np.char.add(
        series.astype(str), "|"), seed.astype(str)), "series and seeds")):  # fmt: skip
        distinct, codes = np.unique(names.astype(str), return_inverse=True)
        if len(distinct) >= CLAIM_FROM:
            return Units(codes=codes, count=len(distinct), what=what, note="")
    distinct, codes = np.unique(subset.astype(str), return_inverse=True)
    note = f"Only {len(np.unique(series.astype(str)))} series: subsets are drawn singly, the interval is too narrow."
    return Units(codes=codes, count=len(distinct), what="subsets", note=note)


def pearson(weights: Floats, x: Floats, y: Floats) -> Floats:
    """Weighted Pearson correlation. ``weights`` (draws, n); result (draws,), NaN where a side does not vary."""
    x, y = x - x.mean(), y - y.mean()
    total = weights.sum(axis=1)
    mx, my = weights @ x / total, weights @ y / total
    vx, vy = weights @ (x * x) / total - mx**2, weights @ (y * y) / total - my**2
    cov = weights @ (x * y) / total - mx * my
    # What is left of a variance of zero after rounding is no variance.
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
    name: str, x: Floats, y: Floats, units: Units, *, resamples: int, rng: np.random.Generator
) -> tuple[float, float]:
    """The 95 % BCa interval by scipy's bootstrap over whole units; (NaN, NaN) where it cannot be formed.

    A draw in which one side does not vary has no correlation and takes the observed one; with six units that befalls
    one draw in eight thousand.
    """
    import warnings

    from scipy import stats

    statistic = STATISTICS[name]
    observed = float(statistic(np.ones((1, len(x))), x, y)[0])
    if not np.isfinite(observed):
        return float("nan"), float("nan")

    def of_drawn(drawn: NDArray[np.int64], axis: int = -1) -> Floats:
        flat = np.atleast_2d(np.moveaxis(drawn, axis, -1))
        lead = flat.shape[:-1]
        flat = flat.reshape(-1, flat.shape[-1])  # (draws, units drawn)
        offset = flat + np.arange(len(flat))[:, None] * units.count
        counts = np.bincount(offset.ravel(), minlength=len(flat) * units.count).reshape(len(flat), units.count)
        drawn_values = statistic(counts[:, units.codes].astype(np.float64), x, y)
        return np.where(np.isfinite(drawn_values), drawn_values, observed).reshape(lead if drawn.ndim > 1 else ())

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a degenerate distribution comes back as NaN, which the table says
        drawn_values = stats.bootstrap(
            (np.arange(units.count),), of_drawn, n_resamples=resamples, vectorized=True, axis=-1,
            batch=max(1, 2_000_000 // len(x)), method="BCa", rng=rng,
        ).confidence_interval  # fmt: skip
    return float(drawn_values.low), float(drawn_values.high)


def leave_one_out(name: str, x: Floats, y: Floats, units: Units) -> tuple[float, float]:
    """Lowest and highest value of the statistic when each unit in turn is left out."""
    weights = 1.0 - (units.codes[None, :] == np.arange(units.count)[:, None])
    left_out = STATISTICS[name](weights[weights.sum(axis=1) > 2], x, y)
    left_out = left_out[np.isfinite(left_out)]
    return (float(left_out.min()), float(left_out.max())) if len(left_out) else (float("nan"), float("nan"))


def permutation_p(
    name: str, x: Floats, y: Floats, subsets: NDArray[np.int64], *, resamples: int, rng: np.random.Generator
) -> float:
    """Two-sided p of a correlation: the share of pairings, of whole subsets, whose |r| reaches the observed one.

    ``name``: "pearson" or "spearman"; ``x``, ``y`` (n,): a metric and a score each, ``subsets`` (n,) the code of the
    subset from 0, which has one value of the metric. A pairing gives every subset another one's scores, all seeds of
    them together. All pairings where there are no more than ``resamples`` of them, else so many at random with the
    observed one among them (scipy's permutation test). It is not scipy's own two-sided p, twice the smaller tail:
    where the pairings' r is skewed, that reads a weak r of the rarer sign as strong evidence.
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
    """Mid-ranks of every value in each weighted sample, (draws, n): those below it, and half of its ties."""
    _, ties = np.unique(values, return_inverse=True)
    order = np.argsort(ties, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(ties[order]) > 0])
    mass = np.add.reduceat(weights[:, order], starts, axis=1)  # (draws, distinct values)
    return (np.cumsum(mass, axis=1) - mass / 2 + 0.5)[:, ties]
