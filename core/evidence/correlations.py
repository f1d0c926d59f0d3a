"""How each metric correlates with the score: Pearson, Spearman, Kendall and the slope, for all groups at once."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evidence.independence import FEWEST, units_of
from core.evidence.observations import GROUP

PAIRS_UP_TO = 128  # most rows for which Kendall is computed over pairs of rows, for all metrics at once
ESTIMATES = ("pearson", "spearman", "kendall", "slope")


def point_estimates(frame: pd.DataFrame, metrics: Sequence[str], *, by: Sequence[str] = GROUP) -> pd.DataFrame:
    """A row for each group and metric: ``n`` scores, ``subsets``, ``series``, estimates, whether they may be claimed.

    ``frame``: observations, a row for each score. If a metric is missing on a subset, its estimates use the others. An
    estimate is NaN, and ``note`` says why, if fewer than three subsets are left or one side does not vary. ``slope`` is
    in score units per unit of the metric. ``claim``: whether :mod:`core.evidence.independence` finds enough series and
    subsets; if not, ``note`` says why.
    """
    rows: list[dict[str, object]] = []
    for key, group in groups(frame, by):
        score = group["score"].to_numpy(float)
        values = group[list(metrics)].to_numpy(float)  # (rows, metrics)
        there = np.isfinite(values)
        # Metrics with values on the same rows are computed together.
        part: dict[int, dict[str, object]] = {}
        patterns, inverse = np.unique(there, axis=1, return_inverse=True)
        for number in range(patterns.shape[1]):
            chosen, keep = np.flatnonzero(inverse.reshape(-1) == number), patterns[:, number]
            units = units_of(group[keep])
            at_metrics = estimates(values[keep][:, chosen], score[keep])
            if units.subsets < FEWEST:
                at_metrics = dict.fromkeys(ESTIMATES, np.full(len(chosen), np.nan))
            note = _note(units.subsets, score[keep])
            for position, column in enumerate(chosen):
                constant = keep.any() and np.ptp(values[keep, column]) == 0
                part[int(column)] = {
                    **dict(zip(by, key)),
                    "metric": metrics[column],
                    "n": int(keep.sum()),
                    "subsets": units.subsets,
                    "series": units.series,
                    **{name: float(at_metrics[name][position]) for name in ESTIMATES},
                    "claim": units.claim and bool(np.isfinite(at_metrics["pearson"][position])),
                    "note": note or ("the metric is the same on all subsets" if constant else units.reason),
                }
        rows += [part[position] for position in range(len(metrics))]
    columns = [*by, "metric", "n", "subsets", "series", *ESTIMATES, "claim", "note"]
    return pd.DataFrame(rows, columns=columns)


def estimates(values: NDArray[np.float64], score: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """The four estimates of every column. ``values`` (n, metrics), ``score`` (n,), finite; each result (metrics,)."""
    from scipy import stats

    n, count = values.shape
    nothing = np.full(count, np.nan)
    if n < 3 or np.ptp(score) == 0:
        return dict.fromkeys(ESTIMATES, nothing)
    varies = np.ptp(values, axis=0) > 0
    by_name = {name: nothing.copy() for name in ESTIMATES}
    if not varies.any():
        return by_name
    x = values[:, varies]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of nearly constant columns, whose estimates are still valid
        by_name["pearson"][varies] = stats.pearsonr(x, score[:, None], axis=0).statistic
        ranks, score_ranks = stats.rankdata(x, axis=0), stats.rankdata(score)
        by_name["spearman"][varies] = stats.pearsonr(ranks, score_ranks[:, None], axis=0).statistic
    by_name["slope"][varies] = by_name["pearson"][varies] * score.std() / x.std(axis=0)
    by_name["kendall"][varies] = _kendall(ranks, score_ranks)
    return by_name


def groups(frame: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[tuple[object, ...], pd.DataFrame]]:
    """The groups of ``frame`` in the order of their keys; a missing key counts as a value."""
    if not by:
        yield (), frame
        return
    for key, group in frame.groupby(list(by), sort=True, dropna=False, observed=True):
        yield (key if isinstance(key, tuple) else (key,)), group


def metric_correlations(frame: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Spearman correlations between metrics over the distinct subsets, ordered so that similar metrics are neighbours.

    A square frame; metrics that do not vary, or have values on fewer than three subsets, are left out. The order comes
    from scipy's average-linkage clustering of 1 − |ρ|.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    distinct = frame.drop_duplicates("subset")[list(metrics)].astype(float)
    usable = [name for name in metrics if distinct[name].count() >= 3 and distinct[name].max() > distinct[name].min()]
    table = distinct[usable].corr(method="spearman", min_periods=3)
    if len(usable) > 2:
        distance = 1 - table.abs().fillna(0).to_numpy()
        np.fill_diagonal(distance, 0)
        order = leaves_list(linkage(squareform((distance + distance.T) / 2, checks=False), "average"))
        table = table.iloc[order, order]
    return table


def _kendall(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kendall's tau-b of every column of ranks.

    For small groups it is computed over all pairs of rows at once, because a thousand calls of scipy cost half a
    second; tests compare it with scipy. For larger groups scipy's O(n log n) is used, column by column.
    """
    from scipy import stats

    n = len(y)
    if n > PAIRS_UP_TO:
        return np.array([stats.kendalltau(x[:, i], y, method="asymptotic").statistic for i in range(x.shape[1])])
    first, second = np.triu_indices(n, 1)
    dx = np.sign(x[first] - x[second])  # (pairs, metrics)
    dy = np.sign(y[first] - y[second])
    return (dx * dy[:, None]).sum(axis=0) / np.sqrt((dx**2).sum(axis=0) * (dy**2).sum())


def _note(subsets: int, score: NDArray[np.float64]) -> str:
    if subsets < FEWEST:
        return "fewer than three different subsets"
    return "all scores are equal" if np.ptp(score) == 0 else ""
