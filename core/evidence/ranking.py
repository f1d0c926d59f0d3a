"""Which metric would have picked the best subset, and how many points following it would have cost."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evidence.correlations import groups
from core.evidence.observations import GROUP
from core.evidence.slopes import CLAIM_FROM
from core.workspace.digests import digest

Floats = NDArray[np.float64]
RESAMPLES = 2_000
ROUNDING = 1e-12  # what the mean of equal scores may differ from them
RANDOM = "a subset at random"


def ranking(
    frame: pd.DataFrame,
    metrics: Sequence[str],
    *,
    directions: Mapping[str, int],
    by: Sequence[str] = GROUP,
    resamples: int = 0,
) -> pd.DataFrame:
    """Metrics by regret: the best subset's score minus that of the subset which the metric puts first.

    One row a metric, smallest regret first, and one for picking at random (the mean regret of all subsets), over every
    group ``by`` in which the metric is there on at least two subsets. Scores are means over seeds, turned so that
    higher is better. ``directions``: +1 a higher metric is more diverse and is picked, −1 a lower one; metrics without
    a direction pick nothing and are left out. Where several subsets share the first place, their mean counts.
    ``regret`` is a share of the group's range from worst to best (0 the best, 1 the worst) so that groups can be
    averaged; ``points`` is in score units. ``hits`` counts the groups in which the pick was best.

    With ``resamples``: a 95 % percentile interval (scipy's bootstrap; a maximum is not smooth enough for BCa) of the
    regret over groups, where there are six, else over the subsets of the groups, where there are six; none below.
    """
    tables = [_means(group, metrics) for _, group in groups(frame[frame["direction"] != 0], by)]
    tables = [table for table in tables if len(table) > 1 and np.ptp(table["better"].to_numpy(float)) > 0]
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
            low, high, drawn = _interval(metric, pairs, regrets, resamples=resamples)
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
                "claim": max(len(better) for _, better in pairs) >= CLAIM_FROM,
                "drawn": drawn,
            }
        )
    columns = ["metric", "groups", "subsets", "regret", "low", "high", "points", "hits", "claim", "drawn"]
    return pd.DataFrame(rows, columns=columns).sort_values(["regret", "metric"], kind="stable").reset_index(drop=True)


def _means(group: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """One row a subset: its metrics and its mean score over seeds, turned so that higher is better."""
    turned = group.assign(better=group["score"] * group["direction"])
    return turned.groupby("subset", sort=True)[["better", *metrics]].mean()


def _pair(table: pd.DataFrame, metric: str, sign: int) -> tuple[Floats, Floats]:
    """(what the metric ranks by, what it was worth) on the subsets that have the metric; RANDOM ranks all alike."""
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
    metric: str, pairs: Sequence[tuple[Floats, Floats]], regrets: Floats, *, resamples: int
) -> tuple[float, float, str]:
    from scipy import stats

    data = [metric, [(key.tolist(), better.tolist()) for key, better in pairs]]
    rng = np.random.default_rng(int(digest(data), 16))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # all draws alike: the interval is one point, and says so
        if len(regrets) >= CLAIM_FROM:
            bootstrap = stats.bootstrap((regrets,), np.mean, n_resamples=resamples, method="percentile", rng=rng)
            return float(bootstrap.confidence_interval.low), float(bootstrap.confidence_interval.high), "groups"
        usable = [pair for pair in pairs if len(pair[1]) >= CLAIM_FROM]
        if not usable or len(usable) < len(pairs):
            return float("nan"), float("nan"), ""
        draws = np.array([
            stats.bootstrap(
                (np.arange(len(better)),), lambda drawn, k=key, b=better: _drawn_regret(k, b, drawn),
                n_resamples=resamples, vectorized=False, method="percentile", rng=rng,
            ).bootstrap_distribution
            for key, better in usable
        ])  # fmt: skip
    low, high = np.percentile(draws.mean(axis=0), [2.5, 97.5])
    return float(low), float(high), "subsets"


def _drawn_regret(key: Floats, better: Floats, drawn: NDArray[np.int64]) -> float:
    chosen = better[drawn]
    return 0.0 if np.ptp(chosen) == 0 else _regret(key[drawn], chosen)
