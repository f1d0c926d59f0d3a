"""The independent units of a group of scores, and whether they support a claim.

Scores of one subset (its training seeds) share the data, and subsets of one series share the pool, the strategy and the
selection seed: they are not independent of each other. The independent units are whole series, and subsets that belong
to no series. Every claim mark, interval and warning of the statistics uses :func:`units_of`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.counted import counted

Floats = NDArray[np.float64]
CLAIM_FROM = 6  # with fewer different subsets nothing is claimed and no interval is computed
SERIES_FROM = 3  # with fewer independent series nothing is claimed: two leave one degree of freedom
FEWEST = 3  # with fewer different subsets there is no correlation: two points always lie on a line
CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True)
class Units:
    """Independent units: ``codes`` (n,) is the unit of each score, ``what`` names the units in the plural.

    ``reason`` says why nothing may be claimed; "" if a claim is possible.
    """

    codes: NDArray[np.int64]
    count: int
    what: str
    series: int
    subsets: int
    seeds: int
    reason: str

    @property
    def claim(self) -> bool:
        return not self.reason


def units_of(group: pd.DataFrame) -> Units:
    """The independent units of ``group``: its whole series, or its subsets where no two share a series.

    ``group``: observations, a row for each score, with ``subset``, ``series`` ("" for none) and optionally ``seed``.
    A claim needs six different subsets and three series; a subset of no series counts as a series. More seeds make each
    unit more exact, but do not add units.
    """
    subset = group["subset"].astype(str).to_numpy()
    named = group["series"].astype(object) if "series" in group else pd.Series("", index=group.index, dtype=object)
    names = named.where(named.notna(), "").astype(str).to_numpy()
    own = np.where(names == "", "subset " + subset, "series " + names)
    series, codes = np.unique(own.astype(str), return_inverse=True)
    subsets = len(np.unique(subset))
    seeds = max(1, group["seed"].nunique()) if "seed" in group else 1
    alone = len(series) == subsets
    return Units(
        codes=codes.reshape(-1).astype(np.int64), count=len(series), what="subsets" if alone else "series",
        series=len(series), subsets=subsets, seeds=seeds,
        reason=_reason(subset, codes.reshape(-1), series=len(series), subsets=subsets),
    )  # fmt: skip


def left_out_weights(units: Units) -> Floats:
    """Weights (units, n) of the scores when each unit in turn is left out: 0 in the unit, 1 elsewhere."""
    return 1.0 - (units.codes[None, :] == np.arange(units.count)[:, None])


def jackknife(
    value: float, left_out: Floats, *, transform: Callable[[Floats], Floats], back: Callable[[Floats], Floats]
) -> tuple[float, float, float, float]:
    """(low, high, p, standard error) of a statistic by leaving out whole units: a cluster-robust t.

    ``value``: the statistic on all scores; ``left_out`` (units,): the statistic without each unit. Both are transformed
    to a scale on which they are nearly normal (``transform``, for correlations Fisher's z). On it the squared standard
    error is the sum of the squared changes, and the interval is value ± t · error with units − 1 degrees of freedom;
    ``back`` returns to the statistic's own scale. p is two-sided against 0, so it is at most 0.05 exactly where the
    interval excludes 0. The standard error is on the transformed scale.

    Why this and not a bootstrap: with three to a dozen clusters a percentile or BCa bootstrap over clusters covers far
    less than 95 %, and pairings of single subsets treat the subsets of a series as independent. The delete-one-cluster
    jackknife ("CV3") with t(G − 1) keeps its level with so few clusters (MacKinnon, Nielsen & Webb, 2023). Its sum of
    squares is taken about the whole estimate and without the usual factor (G − 1)/G: that makes it wider by
    √(G/(G − 1)), which t(G − 1) lacks where the metric differs mostly between series. The simulations in
    ``tests/benchmarks/bench_claims.py`` check that claims are ≤ 5 % and coverage is ≥ 93 %.

    Four NaN where the statistic is undefined, on all scores or without one of the units.
    """
    from scipy import stats

    if not (np.isfinite(value) and len(left_out) > 1 and np.isfinite(left_out).all()):
        return (float("nan"),) * 4
    middle = float(transform(np.array([value]))[0])
    error = float(np.sqrt(np.sum((transform(left_out) - middle) ** 2)))
    freedom = len(left_out) - 1
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, freedom)) * error
    low, high = (float(end) for end in back(np.array([middle - half, middle + half])))
    if error == 0:
        return low, high, 0.0 if middle else 1.0, error
    return low, high, float(2 * stats.t.sf(abs(middle) / error, freedom)), error


def _reason(subset: NDArray[Any], codes: NDArray[np.intp], *, series: int, subsets: int) -> str:
    if subsets < CLAIM_FROM:
        return f"Fewer than {CLAIM_FROM} different subsets: nothing is claimed."
    if series < SERIES_FROM:
        whole = "all subsets are" if series == 1 else f"the {subsets} subsets are"
        return (
            f"Nothing is claimed: {whole} of {counted(series, 'series', 'series')}. Subsets of one series share pool, "
            f"strategy and selection seed, so each series counts once; an interval needs {SERIES_FROM} series."
        )
    if subsets - _subsets_of_one_series(subset, codes).max() < FEWEST:
        return f"Nothing is claimed: one series holds all but {counted(series - 1, 'subset')}."
    return ""


def _subsets_of_one_series(subset: NDArray[Any], codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """(series,) how many different subsets each series has that no other series has."""
    named = np.unique(subset, return_inverse=True)[1]
    pairs = np.unique(np.column_stack([named, codes]), axis=0)  # (pairs, 2): a subset, a series that it is of
    alone = np.bincount(pairs[:, 0])[pairs[:, 0]] == 1
    return np.bincount(pairs[alone, 1], minlength=int(codes.max()) + 1)
