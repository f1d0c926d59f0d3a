"""Turns batches of a columnar file into records, up to a stated number of bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from core.corpus.formats.container import ContainerFile
from core.corpus.formats.record import Broken, Record
from core.counted import counted
from core.errors import InputError, reason_of

DAMAGE = (pa.ArrowException, OSError, UnicodeDecodeError, ValueError, OverflowError)


@dataclass(frozen=True, kw_only=True)
class Table:
    """The batches of the file ``name``, which may hold ``limit`` bytes; ``total``: its rows, if known."""

    batches: Iterator[pa.RecordBatch]
    name: str
    limit: int
    total: int | None = None


def opened(file: ContainerFile) -> pa.NativeFile:
    """The bytes of ``file``, in memory or on the disk."""
    return pa.BufferReader(file.data) if file.path is None else pa.OSFile(str(file.path))


def records(table: Table) -> Iterator[Record | Broken]:
    """The rows of ``table``, numbered from 1.

    A batch with unreadable cells is read row by row, and only its bad rows are broken; after a batch that cannot be
    read at all the file ends. Raises :class:`InputError` beyond the limit.
    """
    for before, part in checked(table):
        if isinstance(part, Broken):
            yield part
        else:
            yield from rows_of(part, before=before)


def checked(table: Table) -> Iterator[tuple[int, pa.RecordBatch | Broken]]:
    """Each batch of ``table`` and the number of rows before it; where the rest cannot be read, what says so."""
    number, size = 0, 0
    while True:
        try:
            batch = next(table.batches, None)
            if batch is None:
                return
            batch.validate()  # a damaged length or offset is otherwise followed wherever it points
            size += batch.nbytes
        except DAMAGE as error:
            left = None if table.total is None else table.total - number
            reason = "The rest of the file" + (f", {counted(left, 'row')}," if left is not None else "")
            broken = Broken(number + 1, f"{reason} cannot be read ({reason_of(error)}).", "", rows=max(left or 1, 1))
            yield number, broken
            return
        if size > table.limit:
            raise InputError(
                f"{table.name} holds more than {table.limit / 1e6:,.0f} MB once unpacked.",
                remedy="Split it, or raise DIVERSCOPE_MAX_FILE_MB and start the app again.",
            )
        yield number, batch
        number += batch.num_rows


def rows_of(batch: pa.RecordBatch, *, before: int) -> Iterator[Record | Broken]:
    """The rows of ``batch``, before which the file has ``before`` rows."""
    try:
        batch.validate(full=True)
        rows = _as_text(_without_nan(batch)).to_pylist()
    except DAMAGE:
        for index in range(batch.num_rows):
            yield _row(batch, index, before + index + 1)
        return
    for number, row in enumerate(rows, start=before + 1):
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
