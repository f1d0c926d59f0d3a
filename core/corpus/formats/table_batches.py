"""Turns batches of a columnar file into records, up to a stated number of bytes."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from core.corpus.formats.record import Broken, Record
from core.counted import counted
from core.errors import InputError, reason_of

DAMAGE = (pa.ArrowException, OSError, UnicodeDecodeError, ValueError, OverflowError)


def records(
    batches: Iterator[pa.RecordBatch], *, name: str, limit: int, total: int | None = None
) -> Iterator[Record | Broken]:
    """The rows of ``batches``, numbered from 1; ``total`` is the expected number of rows, if known.

    A batch with unreadable cells is read row by row, and only its bad rows are broken; after a batch that cannot be
    read at all the file ends. Raises :class:`InputError` beyond ``limit`` bytes.
    """
    number, size = 0, 0
    while True:
        try:
            batch = next(batches, None)
            if batch is None:
                return
            batch.validate()  # a damaged length or offset is otherwise followed wherever it points
            size += batch.nbytes
        except DAMAGE as error:
            left = f", {counted(total - number, 'row')}," if total is not None else ""
            reason = f"The rest of the file{left} cannot be read ({reason_of(error)})."
            yield Broken(number + 1, reason, "", rows=max(total - number, 1) if total is not None else 1)
            return
        if size > limit:
            raise InputError(
                f"{name} holds more than {limit / 1e6:,.0f} MB once unpacked.",
                remedy="Split it, or raise DIVERSCOPE_MAX_FILE_MB and start the app again.",
            )
        try:
            batch.validate(full=True)
            rows = _as_text(_without_nan(batch)).to_pylist()
        except DAMAGE:
            for index in range(batch.num_rows):
                number += 1
                yield _row(batch, index, number)
            continue
        for row in rows:
            number += 1
            yield Record(number, row)


def _without_nan(batch: pa.RecordBatch) -> pa.RecordBatch:
    """``batch`` with NaN replaced by null, because columnar files write NaN for a missing number."""
    columns = [
        pc.if_else(pc.is_nan(column), None, column) if pa.types.is_floating(column.type) else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _as_text(batch: pa.RecordBatch) -> pa.RecordBatch:
    """``batch`` with columns of bytes that are all UTF-8 as text."""
    columns = [_text(column) for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _text(column: pa.Array) -> pa.Array:
    if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        return column
    try:
        return column.cast(pa.large_string())
    except pa.ArrowInvalid:
        return column


def _row(batch: pa.RecordBatch, index: int, number: int) -> Record | Broken:
    try:
        row = batch.slice(index, 1)
        row.validate(full=True)
        return Record(number, row.to_pylist()[0])
    except DAMAGE as error:
        return Broken(number, f"The row cannot be read ({reason_of(error)}).", "")
