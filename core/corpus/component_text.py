"""The text of a component, made from the columns of stored rows: of a whole corpus or of a range of its rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from core.view import WITH_THINKING


def columns_of(component: str, *, thinking: bool) -> list[str]:
    """The stored columns that a component's text is made of; ``thinking`` says whether the rows have that column."""
    asked = ["instruction", "input"]
    answered = ["response", *(["thinking"] if thinking and component in WITH_THINKING.values() else [])]
    if component in ("both", WITH_THINKING["both"]):
        return [*asked, *answered]
    return asked if component == "instruction" else answered


def texts_of(table: Any, component: str) -> list[str]:
    """(rows,) the text of a component of each row of a table that has its :func:`columns_of`."""
    if component in ("both", WITH_THINKING["both"]):
        return joined(texts_of(table, "instruction"), texts_of(table, component.replace("both", "response")))
    if component == "instruction":
        pairs = zip(table["instruction"].to_pylist(), table["input"].to_pylist(), strict=True)
        return [f"{asked}\n\n{given}" if given else asked for asked, given in pairs]
    answers: list[str] = table["response"].to_pylist()
    if "thinking" not in table.column_names:
        return answers
    told = zip(table["thinking"].to_pylist(), answers, strict=True)
    return [f"{thinking}\n{answer}" if thinking else answer for thinking, answer in told]


def joined(asked: Iterable[str], answered: Iterable[str]) -> list[str]:
    """The component that is both: what was asked, a newline, what was answered."""
    return [f"{question}\n{answer}" for question, answer in zip(asked, answered, strict=True)]


def bytes_before_compression(path: str, columns: Collection[str]) -> int:
    """Bytes of some columns of a Parquet file, as it states them."""
    metadata = pq.read_metadata(path)
    total = 0
    for group in range(metadata.num_row_groups):
        chunks = (metadata.row_group(group).column(place) for place in range(metadata.num_columns))
        total += sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema in columns)
    return total


def texts_between(path: str, component: str, start: int, stop: int) -> list[str]:
    """(stop − start,) the texts of the rows ``start`` to ``stop`` of a Parquet file of rows.

    Only the row groups that hold such rows are read: memory and time grow with the range, not with the file.
    """
    with pq.ParquetFile(path) as file:
        names = columns_of(component, thinking="thinking" in file.schema_arrow.names)
        sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        ends = np.cumsum(sizes)
        first, last = np.searchsorted(ends, [start, max(start, stop - 1)], side="right")
        if start >= stop or first >= len(sizes):
            return []
        table = file.read_row_groups(list(range(int(first), min(int(last), len(sizes) - 1) + 1)), columns=names)
        return texts_of(table.slice(start - (ends[first] - sizes[first]), stop - start), component)
