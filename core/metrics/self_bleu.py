"""Self-BLEU, exact: each row against all other rows, in one pass over the tokens."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from core.metrics.metric import Measuring, Metric
from core.metrics.ngrams import ngrams
from core.metrics.reading import Reading, undefined
from core.metrics.units import UNIT, unit_needs, unit_rows
from core.parameters import Parameter
from core.view import TokenRows

LONGEST = 4
FLOOR = 0.1


def row_bleu(rows: TokenRows, *, effective_order: bool = True) -> NDArray[np.float64]:
    """(rows,) BLEU-4 of each row against all other rows, 0 to 100; every row must have a token.

    For every n-gram the two highest counts over rows are kept: without row i, the highest count elsewhere is the first
    of them, or the second if row i has the first. So leaving a row out costs nothing, and all rows together cost
    O(tokens). Smoothing: floor 0.1 (NLTK's method 1); brevity penalty against the closest other length, the shorter on
    a tie; a row that shares no token scores 0. ``effective_order`` averages over the n-gram lengths that a short row
    has; without it a row of fewer than four tokens scores 0.
    """
    lengths = rows.lengths
    logs, orders = np.zeros(len(lengths)), np.zeros(len(lengths))
    any_match = np.zeros(len(lengths), dtype=bool)
    for grams in ngrams(rows, longest=LONGEST):
        matches = _clipped_matches(rows.indptr, grams.codes, grams.distinct)
        totals = np.maximum(lengths - grams.n + 1, 0)
        there = totals > 0
        precision = np.where(matches > 0, matches, FLOOR)[there] / totals[there]
        logs[there] += np.log(precision)
        orders[there] += 1
        any_match |= matches > 0
    if not effective_order:
        any_match &= orders == LONGEST
    brevity = np.exp(np.minimum(0.0, 1.0 - closest_other_length(lengths) / lengths))
    return np.where(any_match, 100.0 * brevity * np.exp(logs / orders), 0.0)


def closest_other_length(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """(rows,) the length among the other rows nearest to that of each row, the shorter on a tie; needs two rows."""
    known, inverse, counts = np.unique(lengths, return_inverse=True, return_counts=True)
    far = np.int64(2) ** 62
    below = np.concatenate(([-far], known[:-1]))
    above = np.concatenate((known[1:], [far]))
    nearest = np.where(known - below <= above - known, below, above)
    return np.where(counts > 1, known, nearest)[inverse]


@numba.njit(cache=True, nogil=True)
def _clipped_matches(indptr, codes, distinct):  # type: ignore[no-untyped-def] # compiled: numba infers the types
    """(rows,) Σ over a row's n-grams of min(count here, highest count in any other row)."""
    counts = np.zeros(distinct, dtype=np.int64)
    first = np.zeros(distinct, dtype=np.int64)
    second = np.zeros(distinct, dtype=np.int64)
    holder = np.full(distinct, -1, dtype=np.int64)
    rows = len(indptr) - 1
    matches = np.zeros(rows, dtype=np.int64)
    for sweep in range(2):
        for row in range(rows):
            for i in range(indptr[row], indptr[row + 1]):
                if codes[i] >= 0:
                    counts[codes[i]] += 1
            for i in range(indptr[row], indptr[row + 1]):
                code = codes[i]
                if code < 0 or counts[code] == 0:
                    continue
                here = counts[code]
                counts[code] = 0
                if sweep == 1:
                    matches[row] += min(here, second[code] if holder[code] == row else first[code])
                elif here > first[code]:
                    second[code] = first[code]
                    first[code] = here
                    holder[code] = row
                elif here > second[code]:
                    second[code] = here
    return matches


def _self_bleu(measuring: Measuring) -> Reading:
    unit = measuring.parameters["unit"]
    rows = unit_rows(measuring.view, unit)
    filled = np.flatnonzero(rows.lengths > 0)
    empty = len(rows.lengths) - len(filled)
    if len(filled) < 2:
        return undefined(f"fewer than two rows have {unit}")
    scores = row_bleu(rows.take(filled) if empty else rows, effective_order=measuring.parameters["effective_order"])
    return Reading(
        value=float(scores.mean()),
        detail={"rows compared": len(filled), f"rows without {unit}": empty, "median": float(np.median(scores))},
    )


METRICS = (
    Metric(
        name="bl",
        title="Self-BLEU (BL)",
        family="lexical",
        direction=-1,
        formula="(1/N) Σ_i BLEU-4(x_i, references = all other rows), 0 to 100; floor smoothing 0.1; exact, nothing "
        "is sampled. Rows without tokens are left out and counted.",
        source="From Macro to Micro (2505.24768) Table 1; Zhu et al. 2018 (Texygen). Reconstruction.",
        measure=_self_bleu,
        needs=unit_needs,
        parameters=(
            UNIT,
            Parameter(
                name="effective_order",
                title="Short rows by the n-grams they have",
                kind="bool",
                default=True,
                help="On: a row of one to three tokens is scored on its shorter n-grams. Off: it scores 0.",
            ),
        ),
        shown_by_default=True,
        size_dependent=True,
        length_dependent=True,
        unit="BLEU",
    ),
)
