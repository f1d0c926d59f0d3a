"""Ranks metrics by regret: which would have picked the best subset, and how many points its pick would have lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evidence.correlations import groups
from core.evidence.independence import Units, units_of
from core.evidence.observations import GROUP
from core.workspace.digests import digest

Floats = NDArray[np.float64]
DRAWN_FROM = 6  # resampling needs this many independent units: fewer give too few different draws
ROUNDING = 1e-12  # the mean of equal scores may differ from them by this much
RANDOM = "a subset at random"


def ranking(
    frame: pd.DataFrame,
    metrics: Sequence[str],
    *,
    directions: Mapping[str, int],
    by: Sequence[str] = GROUP,
    resamples: int = 0,
) -> pd.DataFrame:
    """Metrics by regret: the best subset's score minus that of the subset which the metric ranks first.

    A row for each metric, smallest regret first, and one for picking at random (the mean regret of all subsets), over
    every group ``by`` in which the metric has values on at least two subsets. Scores are means over seeds, with signs
    such that higher is better. ``directions``: +1 if a higher metric is more diverse and is picked, −1 if a lower one
    is; metrics without a direction pick nothing and are left out. If several subsets share the first place, their mean
    counts. ``regret`` is a share of the group's range from worst to best (0 the best, 1 the worst) so that groups can
    be averaged; ``points`` is in score units. ``hits`` counts the groups in which the pick was best.

    With ``resamples``: a 95 % percentile interval of the regret (a maximum is not smooth enough for a jackknife). Each
    draw takes whole independent units with replacement, the same in every group, because groups that scored the same
    subsets add no evidence about the data. Below :data:`DRAWN_FROM` units, ``note`` says why there is none.
    ``claim``: whether the design supports a claim at all (:mod:`core.evidence.independence`).
    """
    directed = frame[frame["direction"] != 0]
    tables = [_means(group, metrics) for _, group in groups(directed, by)]
    tables = [table for table in tables if len(table) > 1 and np.ptp(table["better"].to_numpy(float)) > 0]
    units = units_of(directed)
    unit_of_subset = pd.Series(units.codes, index=directed["subset"].to_numpy()).groupby(level=0).first()
    tables = [table.assign(unit=unit_of_subset.reindex(table.index)) for table in tables]
    rows = []
    for metric in [*[name for name in metrics if directions.get(name, 0)], RANDOM]:
        sign = directions.get(metric, 0)
        pairs = [_pair(table, metric, sign) for table in tables]
        pairs = [pair for pair in pairs if len(pair[1]) > 1 and np.ptp(pair[1]) > 0]
        if not pairs:
            continue
        regrets = np.array([_regret(key, better) for key, better in pairs])
        spans = np.array([np.ptp(better) for _, better in pairs])
        low, high, drawn = (np.nan, np.nan, "")
        if resamples:
            low, high, drawn = _interval(metric, sign, tables, units, resamples=resamples)
        rows.append(
            {
                "metric": metric,
                "groups": len(pairs),
                "subsets": sum(len(better) for _, better in pairs),
                "regret": float(regrets.mean()),
                "low": low,
                "high": high,
                "points": float((regrets * spans).mean()),
                "hits": int((regrets == 0).sum()),
                "claim": units.claim,
                "drawn": drawn,
                "note": units.reason,
            }
        )
    columns = ["metric", "groups", "subsets", "regret", "low", "high", "points", "hits", "claim", "drawn", "note"]
    return pd.DataFrame(rows, columns=columns).sort_values(["regret", "metric"], kind="stable").reset_index(drop=True)


def _means(group: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """A row for each subset: its metrics and its mean score over seeds, with the sign such that higher is better."""
    turned = group.assign(better=group["score"] * group["direction"])
    return turned.groupby("subset", sort=True)[["better", *metrics]].mean()


def _pair(table: pd.DataFrame, metric: str, sign: int) -> tuple[Floats, Floats]:
    """(ranking value, score) of the subsets that have the metric; RANDOM ranks all subsets equally."""
    better = table["better"].to_numpy(float)
    if metric == RANDOM:
        return np.zeros(len(better)), better
    key = sign * table[metric].to_numpy(float)
    there = np.isfinite(key)
    return key[there], better[there]


def _regret(key: Floats, better: Floats) -> float:
    best, span = better.max(), np.ptp(better)
    first = key >= key.max() - 1e-12 * max(1.0, abs(key.max()))
    regret = float(np.clip((best - better[first].mean()) / span, 0, 1))
    return regret if regret > ROUNDING else 0.0


def _interval(
    metric: str, sign: int, tables: Sequence[pd.DataFrame], units: Units, *, resamples: int
) -> tuple[float, float, str]:
    """(low, high, what was drawn): percentiles of the mean regret over draws of whole units; NaN below six units."""
    if not units.claim or units.count < DRAWN_FROM:
        return float("nan"), float("nan"), ""
    pairs = []
    for table in tables:
        key, better = _pair(table, metric, sign)
        there = (
            np.isfinite(sign * table[metric].to_numpy(float)) if metric != RANDOM else np.ones(len(better), dtype=bool)
        )
        pairs.append((key, better, table["unit"].to_numpy(np.int64)[there]))
    data = [metric, [(key.tolist(), better.tolist(), codes.tolist()) for key, better, codes in pairs]]
    rng = np.random.default_rng(int(digest(data), 16))
    draws = np.full(resamples, np.nan)
    for number in range(resamples):
        drawn = np.bincount(rng.integers(0, units.count, units.count), minlength=units.count)  # (units,)
        regrets = [_drawn_regret(key, better, drawn[codes]) for key, better, codes in pairs if len(better) > 1]
        draws[number] = np.nanmean(regrets) if np.isfinite(regrets).any() else np.nan
    if not np.isfinite(draws).any():
        return float("nan"), float("nan"), ""
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return float(low), float(high), units.what


def _drawn_regret(key: Floats, better: Floats, times: NDArray[np.int64]) -> float:
    """The regret among subsets drawn ``times`` each; NaN if none was drawn, 0 if all drawn have the same score."""
    if not times.any():
        return float("nan")
    chosen, worth = np.repeat(key, times), np.repeat(better, times)
    return 0.0 if np.ptp(worth) == 0 else _regret(chosen, worth)
