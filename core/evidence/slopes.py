"""Slopes: the points of score that the whole scale is worth, by least squares and its Bayesian reading, and errors."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from core.errors import InputError
from core.evidence.independence import CLAIM_FROM, jackknife, left_out_weights, units_of

STABLE_SEEDS = 3  # a slope may be called stable from this many training seeds on
ONE_SIGMA = 0.6826894921370859  # the probability inside one standard deviation of a normal


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A straight line through scores.

    ``slope`` is in score units per unit of x. ``grid`` and the three lines draw it: ``low``/``high`` bound the central
    68.27 % of the posterior of the mean line. ``shrunk`` is the slope under a shrinking prior, for comparison.
    ``stderr`` and the band are NaN for two points, from which no spread can be estimated. ``reason`` says why the line
    supports no claim; "" if it may.
    """

    n: int
    slope: float
    intercept: float
    stderr: float
    slope_low: float
    slope_high: float
    r_squared: float
    shrunk: float
    grid: NDArray[np.float64]
    line: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    reason: str = ""

    @property
    def claim(self) -> bool:
        return not self.reason

    @property
    def label(self) -> str:
        """The text of the fit in a legend: its number of points and why it supports no claim."""
        return f"fit from {self.n} points" + (f": {self.reason}" if self.reason else "")


def fit(x: ArrayLike, y: ArrayLike, *, points: int = 41) -> Fit:
    """Ordinary least squares, which is also the posterior mean under a flat prior.

    With the prior p(slope, intercept, σ²) ∝ 1/σ² the line at x is Student-t with n − 2 degrees of freedom about the
    least-squares line, so the classical interval of the mean at 68.27 % is the 1σ credible band of the paper's Fig. 3
    (the paper says Bayesian linear regression; the flat prior is our reading). A shrinking prior (scikit-learn's
    BayesianRidge) pulls the slope towards 0, the more so the fewer the points.

    ``x`` and ``y``: (n,), finite. Raises :class:`InputError` below two points or when all x are equal.
    """
    import statsmodels.api as sm

    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if len(x) < 2 or np.ptp(x) == 0:
        raise InputError("A slope needs scores at two positions at least.", remedy="Log a score of another subset.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two points have no residual degree of freedom: NaN below
        fitted = sm.OLS(y, sm.add_constant(x)).fit()
        grid = np.linspace(x.min(), x.max(), points)
        line = fitted.predict(sm.add_constant(grid))
        low = high = np.full(points, np.nan)
        interval = np.array([np.nan, np.nan])
        if len(x) > 2:
            band = fitted.get_prediction(sm.add_constant(grid)).conf_int(alpha=1 - ONE_SIGMA)
            low, high = band[:, 0], band[:, 1]
            interval = fitted.conf_int(alpha=0.05)[1]
    return Fit(
        n=len(x),
        slope=float(fitted.params[1]),
        intercept=float(fitted.params[0]),
        stderr=float(fitted.bse[1]) if len(x) > 2 else float("nan"),
        slope_low=float(interval[0]),
        slope_high=float(interval[1]),
        r_squared=float(fitted.rsquared) if np.ptp(y) > 0 else float("nan"),
        shrunk=shrunk_slope(x, y),
        grid=grid,
        line=np.asarray(line),
        low=np.asarray(low),
        high=np.asarray(high),
        reason="" if len(x) >= CLAIM_FROM else "too few to claim anything",
    )


def fit_subsets(observations: pd.DataFrame, *, x: str, y: str = "score") -> Fit:
    """:func:`fit` through one point for each subset, the mean of its scores: seeds of a subset are not further points.

    ``slope_low``, ``slope_high`` (95 %): by least squares if every subset is independent, by the cluster-robust t over
    whole series if subsets share series, NaN if there are too few (:mod:`core.evidence.independence`). ``stderr`` is
    that of the same t. The band of least squares is kept only if every subset is independent; otherwise it would be too
    narrow.
    """
    by_subset = observations.groupby("subset", sort=True)
    means = by_subset[[x, y]].mean().astype(float)
    line = fit(means[x], means[y])
    series = by_subset["series"].first() if "series" in observations else pd.Series("", index=means.index)
    units = units_of(pd.DataFrame({"subset": means.index, "series": series.to_numpy()}))
    if units.what == "subsets":
        return line if line.claim else _without_interval(line)
    empty = np.full(len(line.grid), np.nan)
    low, high, _, error = (float("nan"),) * 4
    if units.claim:
        left_out = [
            _slope(means[x].to_numpy()[kept > 0], means[y].to_numpy()[kept > 0]) for kept in left_out_weights(units)
        ]
        low, high, _, error = jackknife(line.slope, np.array(left_out), transform=np.copy, back=np.copy)
    return replace(
        line, slope_low=low, slope_high=high, stderr=error, low=empty, high=empty, reason=_short(units.reason)
    )


def fit_one_series(observations: pd.DataFrame, *, x: str, y: str = "score") -> Fit:
    """:func:`fit` through the mean scores of the subsets of one series, about that series alone.

    Its interval is that of least squares: the information of these subsets' runs on this line. It says nothing about
    other series of the same strategy, so it supports no claim about a metric or a strategy. NaN below
    :data:`~core.evidence.independence.CLAIM_FROM` subsets.
    """
    means = observations.groupby("subset", sort=True)[[x, y]].mean().astype(float)
    line = fit(means[x], means[y])
    return line if line.claim else _without_interval(line)


def _without_interval(line: Fit) -> Fit:
    return replace(line, slope_low=float("nan"), slope_high=float("nan"))


def _slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The least-squares slope, NaN where x does not vary."""
    return float(np.polynomial.polynomial.polyfit(x, y, 1)[1]) if np.ptp(x) > 0 else float("nan")


def _short(reason: str) -> str:
    """``reason`` as the end of a legend's line."""
    return reason.split(":", 1)[-1].split(". ", 1)[0].strip().removesuffix(".") if reason else ""


def shrunk_slope(x: ArrayLike, y: ArrayLike) -> float:
    """The slope under scikit-learn's BayesianRidge with its default priors; NaN when y does not vary."""
    from sklearn.linear_model import BayesianRidge

    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if np.ptp(y) == 0:
        return float("nan")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(BayesianRidge().fit(x[:, None], y).coef_[0])


SLOPE_COLUMNS = (
    "n", "subsets", "seeds", "slope", "stderr", "low", "high", "shrunk", "r_squared", "seed_spread", "standing",
)  # fmt: skip


def series_slopes(observations: pd.DataFrame, *, by: Sequence[str], level: str = "level") -> pd.DataFrame:
    """The paper's Table 2 for any ledger: points gained from 0 to 100 % of the scale, a row for each group.

    ``observations``: a row for each score, with ``level`` in percent, ``score``, ``subset`` and ``seed``; groups come
    from the columns ``by`` (series, or strategy × component × size × model × benchmark). Rows without a level are left
    out. ``n`` counts scores; the line goes through the subsets' means over seeds. ``stderr``, ``low`` and ``high``
    (95 %) are given from six subsets on: of this line itself if a group is one series, else over whole series, of which
    three are needed. ``seed_spread`` is the standard deviation (n − 1) of the slopes of single training seeds.
    ``standing`` is "stable" if three seeds, each run on six subsets, agree on the sign; "seeds disagree" if they do
    not; "one seed" or "two seeds" below that, "too few points" below six subsets.
    """
    usable = observations.dropna(subset=[level, "score"])
    rows = []
    for key, group in usable.groupby(list(by), sort=True, dropna=False, observed=True):
        x = group[level].to_numpy(float) / 100
        if np.unique(x).size < 2:
            continue
        subsets, seeds = group["subset"].nunique(), max(1, group["seed"].nunique())
        alone = _seed_slopes(group, level=level)
        one_series = "series" not in group or len(group["series"].drop_duplicates()) == 1
        line = (fit_one_series if one_series else fit_subsets)(group.assign(share=x), x="share")
        rows.append(
            {
                **dict(zip(by, key)),
                "n": len(group),
                "subsets": subsets,
                "seeds": seeds,
                "slope": line.slope,
                "stderr": line.stderr if line.claim else np.nan,
                "low": line.slope_low,
                "high": line.slope_high,
                "shrunk": line.shrunk,
                "r_squared": line.r_squared,
                "seed_spread": float(np.std(alone, ddof=1)) if len(alone) > 1 else np.nan,
                "standing": _standing(subsets, alone),
            }
        )
    return pd.DataFrame(rows, columns=[*by, *SLOPE_COLUMNS])


def _seed_slopes(group: pd.DataFrame, *, level: str) -> list[float]:
    """The slopes of single training seeds, of those that were run on enough subsets for a claim.

    If no seed was, the slopes of seeds with at least two positions, so that a short series also shows its spread.
    """
    slopes: dict[bool, list[float]] = {True: [], False: []}
    for _, part in group.groupby("seed", sort=True):
        x, y = part[level].to_numpy(float) / 100, part["score"].to_numpy(float)
        if np.unique(x).size >= 2:
            slope = float(np.polynomial.polynomial.polyfit(x, y, 1)[1])
            slopes[part["subset"].nunique() >= CLAIM_FROM].append(slope)
    return slopes[True] or slopes[False]


def _standing(subsets: int, alone: Sequence[float]) -> str:
    if subsets < CLAIM_FROM:
        return "too few points"
    if len(alone) < STABLE_SEEDS:
        return "two seeds" if len(alone) == 2 else "one seed"
    return "stable" if min(alone) > 0 or max(alone) < 0 else "seeds disagree"
