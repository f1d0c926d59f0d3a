"""Score against the size of the subset: a line for each series or strategy, and where random subsets stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.evidence.observations import group_name

RANDOM = "random"


def size_points(frame: pd.DataFrame, *, size: str = "size") -> pd.DataFrame:
    """A point for each subset that has a size: its facts and the mean ``score`` over its runs.

    ``size``: a column, the number of rows or a metric that counts tokens; it becomes the column ``at``.
    """
    known = frame.assign(at=pd.to_numeric(frame[size]).astype("float64")).dropna(subset=["at", "score"])
    facts = [
        name
        for name in ("name", "strategy", "component", "series", "series_name", "level", "study", "corpus")
        if name in known
    ]
    by_subset = known[known["at"] > 0].groupby("subset", sort=True)
    return by_subset[facts].first().join(by_subset[["at", "score"]].mean()).reset_index()


def on_lines(points: pd.DataFrame, facts: Sequence[str]) -> pd.DataFrame:
    """``points`` with the name of their ``line``, made of ``facts``."""
    names = [group_name(key, facts) or "all" for key in points[list(facts)].itertuples(index=False, name=None)]
    return points.assign(line=names)


def size_lines(points: pd.DataFrame) -> pd.DataFrame:
    """The mean score of each ``line`` at each size: columns line, at, score, subsets.

    Random subsets are left out: they are :func:`random_at_sizes`.
    """
    chosen = points[points["strategy"] != RANDOM]
    means = chosen.groupby(["line", "at"], sort=True)["score"].agg(["mean", "size"]).reset_index()
    return means.rename(columns={"mean": "score", "size": "subsets"})


def random_at_sizes(points: pd.DataFrame) -> pd.DataFrame:
    """Where random subsets stand at each size: columns at, score (their mean), low, high, subsets.

    The band is the 95 % prediction interval of one more random subset, mean ± t · s · √(1 + 1/n), as the random band of
    a metric is. One random subset of a size has no band: low and high are NaN.
    """
    from scipy.special import stdtrit

    rows = []
    for at, part in points[points["strategy"] == RANDOM].groupby("at", sort=True):
        scores = part["score"].to_numpy(float)
        half = float("nan")
        if len(scores) > 1:
            half = float(stdtrit(len(scores) - 1, 0.975) * scores.std(ddof=1) * np.sqrt(1 + 1 / len(scores)))
        mean = float(scores.mean())
        rows.append({"at": at, "score": mean, "low": mean - half, "high": mean + half, "subsets": len(scores)})
    return pd.DataFrame(rows, columns=["at", "score", "low", "high", "subsets"])
