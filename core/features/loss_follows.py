"""Whether the similarity of two rows to an embedder follows how alike their losses, or changes of loss, are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.progress import Progress, silent

PAIRS = 50_000
BINS = 10
BLOCK = 8_192


@dataclass(frozen=True, eq=False)
class Follows:
    """``spearman`` between the cosine of two rows and −|difference of their values|, over ``pairs`` drawn pairs;
    ``low`` and ``high`` bound 95 % of it where rows are drawn anew. ``cosine`` and ``apart`` (bins,) are the means of
    cosine and |difference| over tenths of the pairs by cosine."""

    spearman: float
    low: float
    high: float
    pairs: int
    cosine: NDArray[np.float64]
    apart: NDArray[np.float64]


def follows_loss(
    vectors: NDArray[np.float32], values: NDArray[np.float64], *, pairs: int = PAIRS, progress: Progress = silent
) -> Follows:
    """How far ``vectors`` (rows, d), of unit length, follow ``values`` (rows,), a loss or its change; nan: left out.

    The pairs are drawn with a fixed seed, a row with another. An embedder whose similarity says nothing of what a model
    learns has about 0. Values are replaced by their ranks first, so that a few large losses do not decide. After
    Analyzing Similarity Metrics for Data Selection (2502.02494), which compares similarity with the similarity of
    losses; ranks and interval are ours. More ``pairs`` narrow the interval. Raises :class:`InputError` below 20 rows,
    or where the values or the cosines are all the same.
    """
    from scipy.stats import rankdata, spearmanr

    usable = np.flatnonzero(np.isfinite(values) & (np.abs(np.asarray(vectors)).max(axis=1) > 0))
    if len(usable) < 20:
        raise InputError(f"Only {len(usable)} rows have both a vector and a value; 20 are needed.")
    ranks = rankdata(values[usable]) / len(usable)
    draw = np.random.default_rng(0)
    one = draw.integers(0, len(usable), size=pairs)
    other = (one + draw.integers(1, len(usable), size=pairs)) % len(usable)
    cosine = np.empty(pairs)
    for start in range(0, pairs, BLOCK):
        part = slice(start, start + BLOCK)
        first, second = vectors[usable[one[part]]], vectors[usable[other[part]]]
        cosine[part] = np.round(np.einsum("ij,ij->i", first, second, dtype=np.float64), 6)
        progress(min(start + BLOCK, pairs), pairs, "pairs compared")
    apart = np.abs(ranks[one] - ranks[other])
    if np.ptp(cosine) == 0 or np.ptp(values[usable]) == 0:
        raise InputError("All rows have the same value or the same vector, so nothing can follow.")
    whole = float(spearmanr(cosine, -apart).statistic)
    drawn = []
    for _ in range(100):  # rows drawn anew weigh their pairs
        weight = np.bincount(draw.integers(0, len(usable), size=len(usable)), minlength=len(usable))
        times = weight[one] * weight[other]
        drawn.append(_weighted(rankdata(cosine), rankdata(-apart), times.astype(np.float64)))
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
    order = np.argsort(cosine, kind="stable")
    tenths = np.array_split(order, BINS)
    return Follows(
        spearman=whole, low=float(low), high=float(high), pairs=pairs,
        cosine=np.array([cosine[part].mean() for part in tenths]),
        apart=np.array([apart[part].mean() for part in tenths]),
    )  # fmt: skip


def _weighted(x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Pearson's correlation of ``x`` and ``y`` (pairs,) with weights."""
    share = weight / weight.sum()
    x, y = x - share @ x, y - share @ y
    return float((share * x) @ y / np.sqrt((share @ x**2) * (share @ y**2)))
