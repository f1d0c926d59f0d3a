"""Parquet: any flat or nested columns, read batch by batch."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from core.corpus.formats.container import Container, ContainerFile
from core.corpus.formats.record import Broken, Contents, Record
from core.counted import counted
from core.errors import InputError

BATCH = 8192


def read(file: ContainerFile) -> Contents:
    """The records of ``file``. Raises :class:`InputError` when it is damaged or holds more bytes than its limit."""
    try:
        table = pq.ParquetFile(pa.BufferReader(file.data))
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"{file.name} begins like Parquet but cannot be read ({str(error).splitlines()[0]}).",
            remedy="It may be cut short: download or copy it again.",
        ) from error
    return Contents("Parquet", "record", _records(table, file.name, file.limit))


def _records(file: pq.ParquetFile, name: str, limit: int) -> Iterator[Record | Broken]:
    number, size = 0, 0
    batches = file.iter_batches(batch_size=BATCH)
    while True:
        try:
            batch = next(batches, None)
            if batch is None:
                return
            size += batch.nbytes
            rows = batch.to_pylist() if size <= limit else []
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            left = file.metadata.num_rows - number
            reason = f"The rest of the file, {counted(left, 'row')}, cannot be read ({str(error).splitlines()[0]})."
            yield Broken(number + 1, reason, "")
            return
        if size > limit:
            raise InputError(
                f"{name} holds more than {limit / 1e6:,.0f} MB once unpacked.",
                remedy="Split it, or raise DIVERSCOPE_MAX_FILE_MB and start the app again.",
            )
        for row in rows:
            number += 1
            yield Record(number, row)


CONTAINER = Container(
    names=("Parquet",),
    looks_like="any flat or nested columns",
    suffixes={".parquet": "Parquet"},
    magic=b"PAR1",
    read=read,
)
