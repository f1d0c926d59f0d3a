"""The report of a corpus: what a user wants to know before using it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.corpus.clean import NORMALISER
from core.corpus.deduplicate import Assembled
from core.corpus.differing_duplicates import fields_counted
from core.corpus.reading import FileReport
from core.corpus.word_counts import VERSION as WORDS_VERSION
from core.corpus.word_counts import word_count
from core.counted import counted as in_words

QUANTILES = {"minimum": 0.0, "5 %": 0.05, "25 %": 0.25, "median": 0.5, "75 %": 0.75, "95 %": 0.95, "maximum": 1.0}
NAMED = 200  # sources and categories listed by name; the rest are summed


def corpus_report(
    assembled: Assembled,
    files: Sequence[FileReport],
    *,
    rejected: int,
    copies: Sequence[Mapping[str, Any]],
    held_out: int,
    words: Mapping[str, NDArray[np.int64]],
    seconds: float,
) -> dict[str, Any]:
    """The report that is stored with a corpus, as JSON.

    ``rows_read`` = ``rows_kept`` + ``exact_duplicates``; ``rejected`` counts the records that held no row, and each
    file's entry counts them by reason. ``copies`` are the duplicates whose other fields differ. ``words`` are (rows,)
    the words of each component: see :mod:`core.corpus.word_counts`.
    """
    table = assembled.table
    return {
        "files": [file.as_json() for file in files],
        "records_read": sum(file.records for file in files),
        "rows_read": sum(file.rows for file in files),
        "rows_kept": table.num_rows,
        "exact_duplicates": assembled.duplicates,
        "differing_copies": len(copies),
        "differing_fields": fields_counted(copies),
        "empty": {side: sum(file.empty[side] for file in files) for side in ("response", "instruction", "both")},
        "broken": sum(file.broken_total for file in files),
        "rejected": rejected,
        "invalid_utf8": sum(len(file.invalid_utf8) for file in files),
        "held_out": held_out,
        "lengths": {
            component: {
                "characters": quantiles(table[f"{component}_characters"].to_numpy()),
                "words": quantiles(words[component]),
                "histogram": histogram(table[f"{component}_characters"].to_numpy()),
            }
            for component in ("instruction", "response")
        },
        "sources": counted(every_source(table)),
        "categories": counted(table["category"]),
        "scripts": counted(table["script"]),
        "turns": {str(turns): rows for turns, rows in sorted(Counter(table["turns_count"].to_pylist()).items())},
        "columns": dict(assembled.kinds),
        "fields_without_column": assembled.not_taken,
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


def every_source(table: pa.Table) -> list[str]:
    """The sources of all rows, one after another: a row that came from several counts for each of them."""
    if "sources" in table.column_names:
        return [name for names in table["sources"].to_pylist() for name in names]
    sources: list[str] = table["source"].to_pylist()
    return sources


def counted(column: pa.ChunkedArray | list[str]) -> dict[str, int]:
    """Rows of each value, most first, ties by name; values beyond the first 200 are summed under "(others)"."""
    values = column if isinstance(column, list) else column.to_pylist()
    counts = Counter(value for value in values if value is not None)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    named = dict(ordered[:NAMED])
    if len(ordered) > NAMED:
        named["(others)"] = sum(count for _, count in ordered[NAMED:])
    return named


def word_counts(assembled: Assembled) -> dict[str, NDArray[np.int64]]:
    """(rows,) words of the instruction with its input, and of the response."""
    texts = {name: assembled.table[name].to_pylist() for name in ("instruction", "input", "response")}
    pairs = zip(texts["instruction"], texts["input"], strict=True)
    return {
        "instruction": np.array([word_count(text) + word_count(given) for text, given in pairs], dtype=np.int64),
        "response": np.array([word_count(text) for text in texts["response"]], dtype=np.int64),
    }
