"""How similar two rows are: ROUGE-L over pairs, sampled until the error is as small as requested."""

from __future__ import annotations

from itertools import pairwise

import numba
import numpy as np
from numpy.typing import NDArray

from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading, undefined
from core.metrics.row_order import content_order
from core.metrics.units import UNIT, unit_needs, unit_rows
from core.parameters import Parameter
from core.view import TokenRows, View

BATCH = 500
FEWEST = 1000


def rouge_l(rows: TokenRows, left: NDArray[np.int64], right: NDArray[np.int64], *, longest: int) -> NDArray[np.float64]:
    """(pairs,) F-measure 2 · LCS / (|a| + |b|) of the first ``longest`` tokens of two rows. O(Σ |a| · |b|)."""
    return _rouge_l(rows.indptr, rows.ids, left, right, longest)


def _homogenisation(measuring: Measuring) -> Reading:
    """Mean ROUGE-L over all pairs if they are few, else over random pairs until the error is small enough."""
    parameters = measuring.parameters
    unit, longest, most, error = (parameters[name] for name in ("unit", "longest", "most", "error"))
    rows = unit_rows(measuring.view, unit)
    order = content_order(_contents(measuring.view, unit), seed=measuring.seed)
    order = order[rows.lengths[order] > 0]
    if len(order) < 2:
        return undefined(f"fewer than two rows have {unit}")
    detail = {
        f"rows cut to {longest:,} {unit}": int(np.count_nonzero(rows.lengths > longest)),
        f"rows without {unit}": len(rows.lengths) - len(order),
    }
    pairs = len(order) * (len(order) - 1) // 2
    if pairs <= most:
        first, other = np.triu_indices(len(order), k=1)
        values = rouge_l(rows, order[first], order[other], longest=longest)
        return Reading(value=float(values.mean()), detail={"pairs": pairs, "all pairs": True, **detail})
    rng = np.random.default_rng(measuring.seed)
    values = np.empty(0)
    half = np.inf
    while len(values) < most and (len(values) < FEWEST or half > error):
        first = rng.integers(0, len(order), BATCH)
        other = (first + rng.integers(1, len(order), BATCH)) % len(order)  # never the row itself
        values = np.concatenate((values, rouge_l(rows, order[first], order[other], longest=longest)))
        half = 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5
        measuring.progress(len(values), most, "pairs compared")
    mean = float(values.mean())
    return Reading(
        value=mean,
        interval=(mean - half, mean + half),
        detail={"pairs": len(values), "all pairs": False, "error": half, "seed": measuring.seed, **detail},
    )


def _contents(view: View, unit: str) -> list[bytes]:
    """The content of each row as bytes: its tokens, or its text where words are counted."""
    if unit == "words":
        return [text.encode("utf-8", errors="surrogatepass") for text in view.text]
    indptr, ids = view.tokens.indptr, view.tokens.ids.astype("<i4")
    return [ids[start:end].tobytes() for start, end in pairwise(indptr)]


@numba.njit(cache=True, nogil=True)
def _rouge_l(indptr, ids, left, right, longest):  # type: ignore[no-untyped-def] # numba infers the types
    values = np.empty(len(left))
    for pair in range(len(left)):
        a = ids[indptr[left[pair]] : min(indptr[left[pair] + 1], indptr[left[pair]] + longest)]
        b = ids[indptr[right[pair]] : min(indptr[right[pair] + 1], indptr[right[pair]] + longest)]
        best = np.zeros(len(b) + 1, dtype=np.int32)  # LCS of the part of a so far with each prefix of b
        for i in range(len(a)):
            corner = 0
            for j in range(len(b)):
                above = best[j + 1]
                if a[i] == b[j]:
                    best[j + 1] = corner + 1
                elif best[j] > above:
                    best[j + 1] = best[j]
                corner = above
        values[pair] = 2 * best[len(b)] / (len(a) + len(b))
    return values


METRICS = (
    Metric(
        name="rouge_l",
        title="Homogenisation (ROUGE-L)",
        family="lexical",
        direction=-1,
        formula="Mean over pairs of rows of 2 · LCS / (|a| + |b|), LCS the longest common subsequence. All pairs where "
        "they are few; else random pairs until the 95 % interval is within ± the error asked for. Long rows are cut.",
        source="Padmakumar & He 2024 (2309.05196). Known from memory, not re-read.",
        measure=_homogenisation,
        needs=unit_needs,
        parameters=(
            UNIT,
            Parameter(
                name="error",
                title="Error",
                kind="float",
                default=0.002,
                minimum=0.0001,
                maximum=0.5,
                help="Half the width of the 95 % interval. Halving it takes four times as many pairs.",
            ),
            Parameter(
                name="most",
                title="Most pairs",
                kind="int",
                default=20_000,
                minimum=1000,
                maximum=10_000_000,
                help="The most pairs, even if the error is not reached; the interval then shows the remaining error.",
            ),
            Parameter(
                name="longest",
                title="Longest row",
                kind="int",
                default=1024,
                minimum=16,
                maximum=100_000,
                help="Longer rows are cut to this length; the work grows with its square.",
            ),
        ),
        costly=True,
        length_dependent=True,
        cost="O(pairs · tokens a row²)",
        version=2,
    ),
)
