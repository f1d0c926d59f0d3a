"""Parquet: any flat or nested columns, read batch by batch, across its row groups."""

from __future__ import annotations

import pyarrow.parquet as pq

from core.corpus.formats.container import Container, ContainerFile
from core.corpus.formats.record import Contents
from core.corpus.formats.table_batches import DAMAGE, Table, opened, records
from core.errors import InputError, reason_of

BATCH = 8192
LARGE = 64 << 20  # bytes of a batch; where rows are long, it has fewer of them


def read(file: ContainerFile) -> Contents:
    """The records of ``file``. Raises :class:`InputError` when it is damaged or holds more bytes than its limit."""
    return Contents("Parquet", "record", records(table_of(file)))


def table_of(file: ContainerFile) -> Table:
    """The batches of ``file``. Raises :class:`InputError` when it is damaged."""
    try:
        table = pq.ParquetFile(opened(file), buffer_size=0 if file.path is None else 1 << 20)
        batches, total = table.iter_batches(batch_size=_batch_rows(table.metadata)), table.metadata.num_rows
    except DAMAGE as error:
        raise InputError(
            f"{file.name} begins like Parquet but cannot be read ({reason_of(error)}).",
            remedy="It may be cut short: download or copy it again.",
        ) from error
    return Table(batches=iter(batches), name=file.name, limit=file.limit, total=total)


def _batch_rows(metadata: pq.FileMetaData) -> int:
    size = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    return min(BATCH, max(1, LARGE * metadata.num_rows // max(size, 1)))


CONTAINER = Container(
    names=("Parquet",),
    looks_like="any flat or nested columns",
    suffixes={".parquet": "Parquet"},
    magic=(b"PAR1",),
    read=read,
)
