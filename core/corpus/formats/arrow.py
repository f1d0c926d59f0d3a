"""Arrow: the shards of a folder that ``Dataset.save_to_disk`` wrote (a stream), and Feather files."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from core.corpus.formats.container import Container, ContainerFile
from core.corpus.formats.record import Contents
from core.corpus.formats.table_batches import DAMAGE, Table, opened, records
from core.errors import InputError, reason_of

FILE, STREAM = b"ARROW1", b"\xff\xff\xff\xff"
BATCH = 8192


def read(file: ContainerFile) -> Contents:
    """The records of ``file``. Raises :class:`InputError` when it is damaged or holds more bytes than its limit."""
    return Contents("Arrow", "record", records(table_of(file)))


def table_of(file: ContainerFile) -> Table:
    """The batches of ``file``. Raises :class:`InputError` when it is damaged."""
    try:
        if file.data.startswith(FILE):
            whole = pa.ipc.open_file(opened(file))
            batches = (whole.get_batch(index) for index in range(whole.num_record_batches))
        else:
            batches = iter(pa.ipc.open_stream(opened(file)))
    except DAMAGE as error:
        raise InputError(
            f"{file.name} begins like Arrow but cannot be read ({reason_of(error)}).",
            remedy="It may be cut short: copy it again, or save the data as Parquet.",
        ) from error
    return Table(batches=_smaller(batches), name=file.name, limit=file.limit)


def _smaller(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches, cut to at most BATCH rows each, because a stream may hold all rows in one batch."""
    for batch in batches:
        for start in range(0, batch.num_rows, BATCH):
            yield batch.slice(start, BATCH)


CONTAINER = Container(
    names=("Arrow",),
    looks_like="a shard of Dataset.save_to_disk, or Feather",
    suffixes={".arrow": "Arrow", ".feather": "Arrow"},
    magic=(FILE, STREAM),
    read=read,
)
