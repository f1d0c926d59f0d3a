"""Metrics of size: rows, tokens, tokens per row."""

from __future__ import annotations

import numpy as np

from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading


def _sequence_length(measuring: Measuring) -> Reading:
    lengths = measuring.view.tokens.lengths
    return Reading(
        value=float(lengths.sum() / len(lengths)),
        detail={
            "shortest": int(lengths.min()),
            "median": float(np.median(lengths)),
            "longest": int(lengths.max()),
            "rows without tokens": int(np.count_nonzero(lengths == 0)),
        },
    )


def _rows(measuring: Measuring) -> Reading:
    return Reading(value=float(len(measuring.view)))


def _tokens(measuring: Measuring) -> Reading:
    return Reading(value=float(measuring.view.tokens.lengths.sum()))


METRICS = (
    Metric(
        name="sl",
        title="Sequence length (SL)",
        family="size",
        direction=0,
        formula="Mean number of tokens per row, by the chosen tokenizer, without special tokens.",
        source="From Macro to Micro (2505.24768) Table 1.",
        measure=_sequence_length,
        needs=lambda parameters: ("tokens",),
        instant=True,
        shown_by_default=True,
        length_dependent=True,
        unit="tokens",
        cost="O(rows)",
    ),
    Metric(
        name="rows",
        title="Rows",
        family="size",
        direction=0,
        formula="Number of rows.",
        source="",
        measure=_rows,
        instant=True,
        size_dependent=True,
        unit="rows",
        cost="O(1)",
    ),
    Metric(
        name="tokens",
        title="Tokens",
        family="size",
        direction=0,
        formula="Number of tokens of all rows together.",
        source="",
        measure=_tokens,
        needs=lambda parameters: ("tokens",),
        instant=True,
        size_dependent=True,
        length_dependent=True,
        unit="tokens",
        cost="O(rows)",
    ),
)
