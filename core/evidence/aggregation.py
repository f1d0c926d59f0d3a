"""Combines several benchmarks into one score: the mean of their Z-scores, as in NovelSum's paper (2502.17184)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.counted import counted
from core.evidence.correlations import groups

ONE_BENCHMARK = ("benchmark", "judge", "baseline", "measure")
RUN = ["subset", "model", "trainer", "seed"]
NAME = "mean of Z-scores"


def mean_z_score(frame: pd.DataFrame, *, within: Sequence[str] = ("model", "proxy")) -> tuple[pd.DataFrame, list[str]]:
    """Observations whose score is the mean, over all benchmarks, of the Z-score among the group's runs.

    Each measure (benchmark, judge, baseline, measure) is standardised over the runs of its group ``within`` (scipy's
    zscore, population standard deviation), with signs such that higher is better; a run that was scored several times
    has the mean of its scores. Benchmarks weigh alike: the measures of one are averaged first. A run counts only if it
    has a score of every measure of its group; the second result says how many runs do not, and names measures that do
    not vary. Lengths and run times (no direction) are left out. The unit is standard deviations. A fact of a benchmark
    that is in ``within`` (its judge, for example) keeps its value.
    """
    from scipy import stats

    within = [name for name in within if name in frame]
    directed = frame[frame["direction"] != 0]
    parts, notes = [], []
    for key, group in groups(directed, within):
        where = " · ".join(_words(name, value) for name, value in zip(within, key) if value) or "all"
        scored = []
        for bench, every_score in groups(group, ONE_BENCHMARK):
            means = every_score.groupby(RUN, dropna=False)["score"].mean().rename("mean").reset_index()
            once = every_score.drop_duplicates(RUN).merge(means, on=RUN, how="left")
            bench_scores = once.assign(score=once["mean"]).drop(columns="mean")
            if len(bench_scores) < 2 or np.ptp(bench_scores["score"].to_numpy(float)) == 0:
                notes.append(f"{where}: {' '.join(filter(None, map(str, bench)))} does not vary and is left out")
                continue
            z = stats.zscore(bench_scores["score"].to_numpy(float)) * bench_scores["direction"].to_numpy(float)
            scored.append(bench_scores.assign(score=z, _bench="|".join(map(str, bench))))
        if not scored:
            continue
        joined = pd.concat(scored, ignore_index=True)
        wanted, benchmarks = joined["_bench"].nunique(), joined["benchmark"].nunique()
        sizes = joined.groupby(RUN, dropna=False)["_bench"].transform("nunique")
        if missing := len(joined[sizes < wanted].drop_duplicates(RUN)):
            notes.append(f"{where}: {counted(missing, 'run')} left out for want of one of the {wanted} measures")
        whole = joined[sizes == wanted]
        if "proxy" in whole:  # a mean into which a proxy's score went is a proxy's
            whole = whole.assign(proxy=whole.groupby(RUN, dropna=False)["proxy"].transform("any"))
        of_benchmark = whole.groupby([*RUN, "benchmark"], dropna=False)["score"].mean().reset_index()
        means = of_benchmark.groupby(RUN, dropna=False)["score"].mean().rename("mean").reset_index()
        first = whole.drop_duplicates(RUN).merge(means, on=RUN, how="left")
        said = {
            "benchmark": f"{NAME} of {counted(benchmarks, 'benchmark')}",
            "judge": "",
            "baseline": "",
            "measure": NAME,
        }
        parts.append(
            first.assign(
                **{name: value for name, value in said.items() if name not in within},
                score=first["mean"], unit="standard deviations", direction=1, stderr=np.nan, n_items=None,
            ).drop(columns=["mean", "_bench"])
        )  # fmt: skip
    empty = frame.iloc[:0]
    return (pd.concat(parts, ignore_index=True)[list(frame.columns)] if parts else empty), notes


def _words(name: str, value: object) -> str:
    return "proxy" if name == "proxy" else str(value)
