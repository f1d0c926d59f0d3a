"""The report of a corpus: what a user wants to know before using it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.clean import NORMALISER
from core.corpus.differing_duplicates import fields_counted
from core.corpus.merging import Decided, Totals
from core.corpus.reading import FileReport
from core.corpus.word_counts import VERSION as WORDS_VERSION
from core.counted import counted as in_words

QUANTILES = {"minimum": 0.0, "5 %": 0.05, "25 %": 0.25, "median": 0.5, "75 %": 0.75, "95 %": 0.95, "maximum": 1.0}
NAMED = 200  # sources and categories listed by name; the rest are summed


def corpus_report(
    decided: Decided,
    totals: Totals,
    files: Sequence[FileReport],
    *,
    rejected: int,
    copies: Sequence[Mapping[str, Any]],
    held_out: int,
    seconds: float,
) -> dict[str, Any]:
    """The report that is stored with a corpus, as JSON.

    ``rows_read`` = ``rows_kept`` + ``exact_duplicates``; ``rejected`` counts the records that held no row, and each
    file's entry counts them by reason. ``copies`` are the duplicates whose other fields differ. Words are those of
    :mod:`core.corpus.word_counts`.
    """
    numbers = totals.numbers
    return {
        "files": [file.as_json() for file in files],
        "records_read": sum(file.records for file in files),
        "rows_read": sum(file.rows for file in files),
        "rows_kept": len(decided.ids),
        "exact_duplicates": decided.read - len(decided.ids),
        "differing_copies": len(copies),
        "differing_fields": fields_counted(copies),
        "empty": {side: sum(file.empty[side] for file in files) for side in ("response", "instruction", "both")},
        "broken": sum(file.broken_total for file in files),
        "rejected": rejected,
        "invalid_utf8": sum(len(file.invalid_utf8) for file in files),
        "held_out": held_out,
        "lengths": {
            component: {
                "characters": quantiles(numbers[f"{component}_characters"]),
                "words": quantiles(numbers[f"{component}_words"]),
                "histogram": histogram(numbers[f"{component}_characters"]),
            }
            for component in ("instruction", "response")
        },
        "sources": counted(totals.sources),
        "categories": counted(totals.categories),
        "scripts": counted(totals.scripts),
        "turns": {str(turns): rows for turns, rows in sorted(totals.turns.items())},
        "columns": decided.kinds,
        "fields_without_column": decided.not_taken,
        "normaliser": NORMALISER,
        "words_version": WORDS_VERSION,
        "seconds": round(seconds, 3),
    }


def places(file: Mapping[str, Any], *, named: int = 40) -> list[str]:
    """The places where one file of a report is broken, is not UTF-8 or holds NUL bytes: a line for each kind."""
    kinds = (
        ("broken", file["broken_total"], file["broken"], file["unit"]),
        ("not UTF-8, replaced", len(file["invalid_utf8"]), file["invalid_utf8"], "line"),
        ("with NUL bytes, left out", len(file["nul"]), file["nul"], file["unit"]),
    )
    said = []
    for phrase, total, numbers, unit in kinds:
        if numbers:
            listed = ", ".join(f"{number:,}" for number in numbers[:named]) + " …" * (total > named)
            said.append(f"{file['name']}: {total:,} {phrase}, {unit}{'s' * (total > 1)} {listed}")
    return said


def copies_line(report: Mapping[str, Any]) -> str:
    """One line on the duplicates whose other fields differ from the row kept; empty where none differ."""
    copies = report.get("differing_copies", 0)  # reports of earlier versions lack this count
    if not copies:
        return ""
    fields = ", ".join(f"{name} in {rows:,}" for name, rows in list(report["differing_fields"].items())[:20])
    more = " …" * (len(report["differing_fields"]) > 20)
    return f"{in_words(copies, 'exact duplicate')} with other values than the row kept ({fields}{more})"


def quantiles(values: NDArray[Any]) -> dict[str, float]:
    """Quantiles and the mean of (rows,) numbers; empty for no rows."""
    if not len(values):
        return {}
    at_shares = {name: float(np.quantile(values, share, method="inverted_cdf")) for name, share in QUANTILES.items()}
    return {**at_shares, "mean": float(np.mean(values))}


def histogram(values: NDArray[Any]) -> dict[str, list[float]]:
    """Rows in bins of equal width on a logarithmic axis: ten bins to each factor of ten, starting at one character."""
    top = max(float(values.max()) if len(values) else 1.0, 10.0)
    steps = int(np.ceil(np.log10(top) * 10)) + 1
    edges = np.unique(np.floor(10 ** (np.arange(steps + 1) / 10)))
    counts, _ = np.histogram(np.maximum(values, 1), bins=edges)
    return {"edges": edges.tolist(), "counts": counts.astype(float).tolist()}


def counted(counts: Mapping[str, int]) -> dict[str, int]:
    """Rows of each value, most first, ties by name; values beyond the first 200 are summed under "(others)"."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    named = dict(ordered[:NAMED])
    if len(ordered) > NAMED:
        named["(others)"] = sum(count for _, count in ordered[NAMED:])
    return named
