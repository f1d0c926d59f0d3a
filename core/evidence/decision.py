"""Decision accuracy: how many pairs of datasets a metric, or a proxy's score, puts in the order of the real scores."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evidence.correlations import groups
from core.evidence.independence import FEWEST, Units, units_of
from core.evidence.observations import GROUP, group_name
from core.evidence.proxy import marked
from core.evidence.ranking import DRAWN_FROM
from core.workspace.digests import digest

Floats = NDArray[np.float64]
TAIL = 2.5  # percent on each side of the interval
COIN = 0.5  # the accuracy of an order by chance
ROUNDING = 1e-12  # values that differ by less, relative to their size, are equal
FORMULA = (
    "accuracy = (right + ties / 2) / pairs\n"
    "pairs: two subsets of one group whose mean scores differ; with equal scores there is no order to find.\n"
    "right: the metric is more diverse, or the proxy's score better, on the subset with the better score.\n"
    "ties: the metric does not tell the two apart, so that a coin decides.\n"
    "interval: 95 % percentiles over draws of whole independent units (series, or subsets of none) with replacement; a "
    "subset is no pair with itself. With few series the ends lie further out, as Student's t does (Hesterberg)."
)
SOURCE = "DataDecide (2504.11393); the interval, and what counts as a tie: ours"
COLUMNS = (
    "metric", "accuracy", "low", "high", "pairs", "right", "ties", "equal", "subsets", "series", "claim", "drawn",
    "note",
)  # fmt: skip


def decisions(
    frame: pd.DataFrame,
    predictors: Sequence[str],
    *,
    directions: Mapping[str, int],
    by: Sequence[str] = GROUP,
    resamples: int = 0,
) -> pd.DataFrame:
    """The decision accuracy of each predictor in each group ``by``; columns ``by`` and :data:`COLUMNS`.

    ``frame``: observations; ``predictors``: columns of it with one value for each subset (metrics, or what
    :func:`with_proxy_scores` adds). ``directions``: +1 if more of it promises a better score, −1 if less does; without
    a direction a predictor orders nothing and is left out. Scores are means over the runs of a subset, with signs such
    that higher is better. See :data:`FORMULA` for pairs, ties and the interval.

    ``low`` and ``high`` need ``resamples`` draws and :data:`~core.evidence.ranking.DRAWN_FROM` independent units;
    ``claim`` needs them too, the design of :mod:`core.evidence.independence`, and an interval without 0.5 in it. Where
    nothing may be claimed, ``note`` says why. NaN below three subsets, or without a pair whose scores differ.
    """
    rows: list[dict[str, object]] = []
    for key, group in groups(frame[frame["direction"] != 0], by):
        better = group["score"].astype(float) * group["direction"].astype(float)
        columns = [name for name in predictors if directions.get(name, 0)]
        means = group.assign(better=better).groupby("subset", sort=True)[["better", *columns]].mean()
        for name in columns:
            kept = means[np.isfinite(means[name].astype(float))]
            units = units_of(_one_row_each(group, kept.index))
            row: dict[str, object] = {**dict(zip(by, key)), "metric": name}
            sign = np.sign(directions[name])
            rows.append(row | _decided(sign * kept[name].to_numpy(float), kept["better"].to_numpy(float), units,
                                       name=name, resamples=resamples))  # fmt: skip
    return pd.DataFrame(rows, columns=[*by, *COLUMNS])


def with_proxy_scores(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """``frame`` with a column for each score of a proxy, the mean of each subset, and the columns' directions.

    A column is named by the benchmark, the measure and the small model, and marked as a proxy's. The scores of proxies
    stay rows of ``frame`` too: they are groups of their own.
    """
    if "proxy" not in frame or not frame["proxy"].any():
        return frame, {}
    scored_by = [name for name in ("benchmark", "measure", "model", "trainer", "judge", "baseline") if name in frame]
    proxies = frame[frame["proxy"] & (frame["direction"] != 0)]
    differing = {name for name in scored_by if len(proxies[name].drop_duplicates()) > 1}
    told = [name for name in scored_by if name in {"benchmark", "measure", "model"} | differing]
    columns: dict[str, pd.Series] = {}
    directions: dict[str, int] = {}
    for key, group in groups(proxies, scored_by):
        parts = dict(zip(scored_by, key))
        name = marked(group_name([parts[part] for part in told], told), group)
        columns[name] = group.groupby("subset")["score"].mean()
        directions[name] = int(group["direction"].iloc[0])
    return frame.join(pd.DataFrame(columns), on="subset"), directions


def _one_row_each(group: pd.DataFrame, subsets: pd.Index) -> pd.DataFrame:
    """A row for each of ``subsets``, in their order, with the facts that say what is independent."""
    facts = group.assign(series=group.get("series", "")).groupby("subset", sort=True)[["series"]].first()
    return facts.reindex(subsets).reset_index()


def _decided(key: Floats, better: Floats, units: Units, *, name: str, resamples: int) -> dict[str, object]:
    """The counts, the accuracy and its interval. ``key``, ``better`` (subsets,): higher promises, and is, better."""
    worth, order = _orders(better), _orders(key)  # (subsets, subsets)
    decided = worth != 0
    right, tied = decided & (order == worth), decided & (order == 0)
    pairs = int(decided.sum()) // 2
    enough = units.subsets >= FEWEST and pairs > 0
    points = right + tied / 2
    row: dict[str, object] = {
        "accuracy": float(points.sum() / decided.sum()) if enough else float("nan"),
        "low": float("nan"), "high": float("nan"), "pairs": pairs, "right": int(right.sum()) // 2,
        "ties": int(tied.sum()) // 2, "equal": units.subsets * (units.subsets - 1) // 2 - pairs,
        "subsets": units.subsets, "series": units.series, "claim": False, "drawn": "", "note": units.reason,
    }  # fmt: skip
    if not enough:
        few = units.subsets < FEWEST
        return row | {"note": "fewer than three different subsets" if few else "all scores are equal"}
    if units.claim and units.count < DRAWN_FROM:
        return row | {"note": f"Nothing is claimed: an interval needs {DRAWN_FROM} independent {units.what}."}
    if units.claim and resamples:
        low, high = _interval(name, key, better, points, decided, units, resamples=resamples)
        return row | {"low": low, "high": high, "drawn": units.what, "claim": not low <= COIN <= high}
    return row


def _orders(values: Floats) -> NDArray[np.int64]:
    """(n, n): 1 where the first of two is larger, −1 where it is smaller, 0 where they are equal up to rounding."""
    apart = values[:, None] - values[None, :]
    size = np.maximum(np.abs(values)[:, None], np.abs(values)[None, :])
    return np.where(np.abs(apart) <= ROUNDING * np.maximum(size, ROUNDING), 0, np.sign(apart)).astype(np.int64)


def _interval(
    name: str, key: Floats, better: Floats, points: Floats, decided: NDArray[np.bool_], units: Units, *, resamples: int
) -> tuple[float, float]:
    """Percentiles of the accuracy over draws of whole units; a pair counts as often as both of its subsets are drawn.

    Draws are seeded by the content, so that the same table gives the same interval.
    """
    data = [name, key.tolist(), better.tolist(), units.codes.tolist()]
    rng = np.random.default_rng(int(digest(data), 16))
    drawn = rng.integers(0, units.count, (resamples, units.count))
    times = np.stack([np.bincount(row, minlength=units.count) for row in drawn])  # (draws, units)
    weights = times[:, units.codes].astype(np.float64)  # (draws, subsets)
    right = ((weights @ points) * weights).sum(axis=1)
    all_pairs = ((weights @ decided.astype(np.float64)) * weights).sum(axis=1)
    some = all_pairs > 0
    tail = _tail(units)
    low, high = np.percentile(right[some] / all_pairs[some], [tail, 100 - tail])
    return float(low), float(high)


def _tail(units: Units) -> float:
    """The percentile at which the interval ends: 2.5 where each subset is a unit, less where series are drawn.

    Draws of k series vary too little, by (k − 1) / k, and know the variance from k values: the ends are those of
    Student's t of k − 1 degrees times √(k / (k − 1)), on the normal scale (Hesterberg, 1411.5279: the expanded
    percentile interval). Six series: 0.24; the more series, the nearer to 2.5.
    """
    if units.what != "series":
        return TAIL
    from scipy.special import ndtr, stdtrit

    reach = stdtrit(units.count - 1, TAIL / 100) * math.sqrt(units.count / (units.count - 1))
    return float(100 * ndtr(reach))
