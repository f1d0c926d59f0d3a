"""Parquet: any flat or nested columns, read batch by batch."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from core.corpus.formats.container import Container, ContainerFile
from core.corpus.formats.record import Contents
from core.corpus.formats.table_batches import DAMAGE, records
from core.errors import InputError, reason_of

BATCH = 8192


def read(file: ContainerFile) -> Contents:
    """The records of ``file``. Raises :class:`InputError` when it is damaged or holds more bytes than its limit."""
    try:
        table = pq.ParquetFile(pa.BufferReader(file.data))
        batches, total = table.iter_batches(batch_size=BATCH), table.metadata.num_rows
    except DAMAGE as error:
        raise InputError(
            f"{file.name} begins like Parquet but cannot be read ({reason_of(error)}).",
            remedy="It may be cut short: download or copy it again.",
        ) from error
    return Contents("Parquet", "record", records(iter(batches), name=file.name, limit=file.limit, total=total))


CONTAINER = Container(
    names=("Parquet",),
    looks_like="any flat or nested columns",
    suffixes={".parquet": "Parquet"},
    magic=(b"PAR1",),
    read=read,
)
