"""Divides a large table into pieces of whole batches, each a file of its own that goes when it was read."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from core.corpus.formats.record import Broken, Contents, Record
from core.corpus.formats.table_batches import DAMAGE, Table, checked, rows_of
from core.errors import DiverscopeError, InputError


class Damaged(DiverscopeError):
    """A table of which not every batch can be read: what becomes of it is decided where it is read as one."""


@dataclass(frozen=True, kw_only=True)
class Batches:
    """The batches in the file at ``path``, before which the table has ``before`` rows."""

    path: Path
    before: int
    unit = "record"

    @property
    def name(self) -> str:
        """What the runs of these rows are called: no other piece of the table has the name."""
        return str(self.before)

    def contents(self, *, replace: bool) -> Contents:
        """The records, a batch in memory at a time."""
        return Contents("", "record", self._records())

    def _records(self) -> Iterator[Record | Broken]:
        before = self.before
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_stream(file) as batches:
            for batch in batches:
                yield from rows_of(batch, before=before)
                before += batch.num_rows

    def done(self) -> None:
        """Remove the file: its rows were read."""
        self.path.unlink(missing_ok=True)


def pieces(table: Table, *, size: int, folder: Callable[[], Path]) -> Iterator[Batches]:
    """``table`` in pieces of about ``size`` bytes, written one by one as they are asked for.

    The batches are those in which the table is read as one. A greater size makes fewer files. Raises :class:`Damaged`
    at a batch that cannot be read or holds cells that cannot, and beyond the table's limit.
    """
    waiting: list[pa.RecordBatch] = []
    first, taken = 0, 0
    for before, batch in _undamaged(table):
        waiting.append(batch)
        taken += batch.nbytes
        if taken >= size:
            yield _written(waiting, folder(), first)
            first, taken = before + batch.num_rows, 0
            waiting.clear()
    if waiting:
        yield _written(waiting, folder(), first)


def _undamaged(table: Table) -> Iterator[tuple[int, pa.RecordBatch]]:
    try:
        for before, batch in checked(table):
            if isinstance(batch, Broken):
                raise Damaged(batch.reason)
            batch.validate(full=True)
            yield before, batch
    except (*DAMAGE, InputError) as error:
        raise Damaged(str(error)) from error


def _written(batches: list[pa.RecordBatch], folder: Path, before: int) -> Batches:
    path = folder / f"piece-{uuid.uuid4().hex}.arrow"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return Batches(path=path, before=before)
