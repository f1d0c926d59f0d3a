"""Ratios of different n-grams to all n-grams, and how often rows repeat each other."""

from __future__ import annotations

from math import expm1, log1p

import numpy as np

from core.metrics.metric import Measuring, Metric
from core.metrics.ngrams import holders, ngrams
from core.metrics.reading import Reading, undefined
from core.metrics.units import UNIT, unit_needs, unit_rows
from core.parameters import Parameter

LONGEST = 4


def _ngram_ratio(measuring: Measuring) -> Reading:
    """Sum over n = 1 … 4 of different / all n-grams. O(tokens)."""
    unit = measuring.parameters["unit"]
    ratios: dict[str, float] = {}
    for grams in ngrams(unit_rows(measuring.view, unit), longest=LONGEST):
        if grams.total == 0:
            return undefined(f"no row has {grams.n} {unit}")
        ratios[f"n = {grams.n}"] = grams.distinct / grams.total
        measuring.progress(grams.n, LONGEST, "n-gram lengths")
    return Reading(value=sum(ratios.values()), detail=ratios)


def _distinct(measuring: Measuring) -> Reading:
    """Different n-grams over all n-grams, of one n. O(n · tokens)."""
    unit, n = measuring.parameters["unit"], measuring.parameters["n"]
    *_, grams = ngrams(unit_rows(measuring.view, unit), longest=n)
    if grams.total == 0:
        return undefined(f"no row has {n} {unit}")
    return Reading(
        value=grams.distinct / grams.total, detail={"different n-grams": grams.distinct, "n-grams": grams.total}
    )


def _expectation_adjusted(measuring: Measuring) -> Reading:
    """Different tokens over the number expected in as many uniform draws from the vocabulary. O(tokens)."""
    tokens = measuring.view.tokens
    total, size = len(tokens.ids), tokens.vocabulary_size
    if total == 0:
        return undefined("these rows have no tokens")
    different = int(np.count_nonzero(np.bincount(tokens.ids, minlength=size)))
    expected = -size * expm1(total * log1p(-1 / size)) if size > 1 else 1.0
    return Reading(value=different / expected, detail={"different tokens": different, "expected": expected})


def _self_repetition(measuring: Measuring) -> Reading:
    """Mean over rows of ln(1 + how many other rows hold each of its n-grams, summed). O(n · tokens)."""
    unit, n = measuring.parameters["unit"], measuring.parameters["n"]
    rows = unit_rows(measuring.view, unit)
    *_, grams = ngrams(rows, longest=n)
    counted = int(np.count_nonzero(rows.lengths >= n))
    if counted < 2:
        return undefined(f"fewer than two rows have {n} {unit}")
    rows_with = holders(rows, grams)
    owner = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
    there = np.flatnonzero(grams.codes >= 0)
    pairs = np.unique(owner[there].astype(np.int64) * grams.distinct + grams.codes[there])  # each n-gram once per row
    others = np.bincount(
        pairs // grams.distinct, weights=rows_with[pairs % grams.distinct] - 1.0, minlength=len(rows.lengths)
    )
    values = np.log1p(others[rows.lengths >= n])
    return Reading(
        value=float(values.mean()),
        detail={"rows that repeat another": int(np.count_nonzero(values)), "rows counted": counted},
    )


def _n(default: int, help: str) -> Parameter:
    return Parameter(name="n", title="n", kind="int", default=default, minimum=1, maximum=10, help=help)


METRICS = (
    Metric(
        name="nr",
        title="n-gram ratio (NR)",
        family="lexical",
        direction=1,
        formula="Σ over n = 1 … 4 of |different n-grams| / |n-grams|; n-grams do not cross rows. Between 0 and 4.",
        source="From Macro to Micro (2505.24768) Table 1; the sum over n after Padmakumar & He. Reconstruction.",
        measure=_ngram_ratio,
        needs=unit_needs,
        parameters=(UNIT,),
        shown_by_default=True,
        size_dependent=True,
        length_dependent=True,
    ),
    Metric(
        name="distinct_n",
        title="Distinct-n",
        family="lexical",
        direction=1,
        formula="|different n-grams| / |n-grams| for one n; n-grams do not cross rows.",
        source="Li et al. 2016 (1510.03055). Known from memory, not re-read.",
        measure=_distinct,
        needs=unit_needs,
        parameters=(UNIT, _n(2, "Longer n-grams repeat less: the value rises towards 1.")),
        size_dependent=True,
        length_dependent=True,
    ),
    Metric(
        name="ead",
        title="Expectation-adjusted distinct (EAD)",
        family="lexical",
        direction=1,
        formula="U / (V · (1 − ((V − 1) / V)^T)): U different tokens, T tokens, V the tokenizer's vocabulary size.",
        source="Liu et al. 2022 (2202.13587). Known from memory, not re-read.",
        measure=_expectation_adjusted,
        needs=lambda parameters: ("tokens",),
        # The adjustment assumes uniform draws; real tokens are Zipf-like, so some dependence on size remains.
        size_dependent=True,
        length_dependent=True,
    ),
    Metric(
        name="self_repetition",
        title="Self-repetition",
        family="lexical",
        direction=-1,
        formula="Mean over rows with at least n tokens of ln(1 + Σ over the row's different n-grams of the number of "
        "other rows that hold it).",
        source="Salkar et al. 2022. Known from memory, not re-read.",
        measure=_self_repetition,
        needs=unit_needs,
        parameters=(UNIT, _n(4, "Longer n-grams are repeated by fewer rows: the value falls.")),
        size_dependent=True,
        length_dependent=True,
        unit="nats",
    ),
)
