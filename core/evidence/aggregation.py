"""Combines several benchmarks into one score: the mean of their Z-scores, as in NovelSum's paper (2502.17184)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.counted import counted
from core.evidence.correlations import groups

ONE_BENCHMARK = ("benchmark", "judge", "baseline", "measure")
NAME = "mean of Z-scores"


def mean_z_score(frame: pd.DataFrame, *, within: Sequence[str] = ("model",)) -> tuple[pd.DataFrame, list[str]]:
    """Observations whose score is the mean, over all benchmarks, of the Z-score among the group's runs.

    Each benchmark is (benchmark, judge, baseline, measure) and is standardised over the runs of its group ``within``
    (scipy's zscore, population standard deviation), with signs such that higher is better. A run counts only if it has
    a score of every benchmark of its group; the second result says how many runs do not, and names benchmarks that do
    not vary. Lengths and run times (no direction) are left out. The unit is standard deviations.
    """
    from scipy import stats

    directed = frame[frame["direction"] != 0]
    parts, notes = [], []
    for key, group in groups(directed, within):
        where = " · ".join(str(value) for value in key if str(value)) or "all"
        scored = []
        for bench, bench_scores in groups(group, ONE_BENCHMARK):
            if len(bench_scores) < 2 or np.ptp(bench_scores["score"].to_numpy(float)) == 0:
                notes.append(f"{where}: {' '.join(filter(None, map(str, bench)))} does not vary and is left out")
                continue
            z = stats.zscore(bench_scores["score"].to_numpy(float)) * bench_scores["direction"].to_numpy(float)
            scored.append(bench_scores.assign(score=z, _bench="|".join(map(str, bench))))
        if not scored:
            continue
        joined = pd.concat(scored, ignore_index=True)
        run = ["subset", "model", "trainer", "seed"]
        wanted = joined["_bench"].nunique()
        sizes = joined.groupby(run, dropna=False)["_bench"].transform("nunique")
        if missing := len(joined[sizes < wanted].drop_duplicates(run)):
            notes.append(f"{where}: {counted(missing, 'run')} left out for want of one of the {wanted} benchmarks")
        whole = joined[sizes == wanted]
        means = whole.groupby(run, dropna=False)["score"].mean().rename("mean").reset_index()
        first = whole.drop_duplicates(run).merge(means, on=run, how="left")
        parts.append(
            first.assign(
                score=first["mean"], benchmark=f"{NAME} of {wanted} benchmarks", judge="", baseline="",
                measure=NAME, unit="standard deviations", direction=1, stderr=np.nan, n_items=None,
            ).drop(columns=["mean", "_bench"])
        )  # fmt: skip
    empty = frame.iloc[:0]
    return (pd.concat(parts, ignore_index=True)[list(frame.columns)] if parts else empty), notes
