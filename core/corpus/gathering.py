"""Reads the files of a corpus into sorted runs: large ones in stretches, side by side, all others one after another."""

from __future__ import annotations

import os
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from functools import partial

from core.corpus.formats.mapped import FieldMapping
from core.corpus.large_files import LargeFile, divided, refuse_beyond_memory
from core.corpus.reading import FileReport, Reader, ReadingOptions, Rows, check_mapping
from core.corpus.runs import SortedRun, run_of
from core.corpus.sources import SourceFile, describing
from core.corpus.stretch_workers import StretchReader, stretch_readers
from core.corpus.stretches import Source, StretchTask, joined
from core.corpus.table_pieces import Damaged
from core.corpus.unpack import Spool, Unpacked, unpack
from core.errors import InputError
from core.progress import Progress
from core.workspace.scratch import Scratch

DESCRIBES = "It describes the Arrow files beside it and holds no rows."


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How much is in memory at a time, and how many processes read.

    ``rows`` and ``size`` (bytes): of a run, and of a part of all runs that is merged; ``stretch`` (bytes): into which a
    large file is divided. Greater bounds take more memory and fewer reads, more processes read faster as long as there
    are cores for them; no result depends on them.
    """

    rows: int = 32_768
    size: int = 48 << 20
    stretch: int = 24 << 20
    processes: int = field(default_factory=lambda: min(2, os.cpu_count() or 1))


class RunStore:
    """The runs of the rows read so far, in reading order: the last in memory, all others in files."""

    def __init__(self, scratch: Scratch, *, buckets: int) -> None:
        self.scratch, self.buckets = scratch, buckets
        self.runs: list[SortedRun] = []

    def add(self, rows: Rows) -> None:
        """Take rows that were read."""
        if rows.ids:
            self.add_runs([run_of(rows, buckets=self.buckets)])

    def add_runs(self, runs: Sequence[SortedRun]) -> None:
        """Take runs that follow those that are here."""
        if runs and self.runs and self.runs[-1].table is not None:
            self.runs[-1] = self.runs[-1].written(self.scratch.folder() / f"run-{uuid.uuid4().hex}.arrow")
        self.runs += runs


def gather(
    files: Sequence[SourceFile],
    mapping: FieldMapping | AnyMapping[str, FieldMapping] | None,
    reading: ReadingOptions,
    *,
    bounds: Bounds,
    store: RunStore,
    progress: Progress,
) -> Reader:
    """Read ``files`` in their order; the reader has their reports and rejected records, ``store`` their rows."""
    reader = Reader(reading, full=store.add, most_rows=bounds.rows, most_size=bounds.size, folder=store.scratch.folder)
    total = float(sum(file.size or 0 for file in files))
    done = 0.0
    aside = describing(file.name for file in files)
    with stretch_readers(bounds.processes) as workers:
        for file in files:
            progress(done, total, file.name)
            if file.name in aside:
                reader.reports.append(FileReport(file.name, notes=[DESCRIBES]))
                continue
            within = partial(_within, progress, done, total)
            try:
                parts = unpack(file, spool=Spool(bounds.stretch, store.scratch.folder))
                described = describing(part.file.name for part in parts)
                for part in parts:
                    if part.file.name in described:
                        reader.reports.append(FileReport(part.file.name, notes=[DESCRIBES]))
                        continue
                    of_part = mapping_of(mapping, part.file, file)
                    _read_part(reader, part, of_part, bounds, store, workers, within)
                    if part.path not in (None, file.path):
                        part.path.unlink()
            except InputError as error:
                reader.reports.append(FileReport(file.name, refused=error.what, remedy=error.remedy))
            done += file.size or 0
    _flush(reader, store)
    progress(total, total, "read")
    return reader


def _flush(reader: Reader, store: RunStore) -> None:
    rows, reader.rows = reader.rows, Rows()
    store.add(rows)


def _read_part(
    reader: Reader,
    part: Unpacked,
    mapping: FieldMapping | None,
    bounds: Bounds,
    store: RunStore,
    workers: StretchReader,
    progress: Progress,
) -> None:
    """Read a file, or a member of an archive: in stretches where it is large and can be divided, else at once."""
    replaced = reader.reading.invalid_utf8 == "replace"
    try:
        large = divided(part, size=bounds.stretch, folder=store.scratch.folder, replaced=replaced)
        if large is None:
            refuse_beyond_memory(part)
    except InputError as error:
        reader.reports.append(FileReport(part.file.name, refused=error.what, remedy=error.remedy))
        return
    if large is not None and large.stretches is not None:
        _flush(reader, store)
        before = reader.mark(), len(store.runs)
        try:
            _read_large(reader, part.file, large, large.stretches, mapping, bounds, store, workers, progress)
        except Damaged:  # as one it is read up to the damage, and beyond it where that is possible
            reader.back_to(before[0])
            del store.runs[before[1] :]
            reader.read(part, mapping=mapping, progress=progress)
    else:
        reader.read(part, contents=large.contents if large else None, mapping=mapping, progress=progress)
    if large is not None and large.copy is not None:
        large.copy.unlink()


def _read_large(
    reader: Reader,
    file: SourceFile,
    large: LargeFile,
    stretches: Iterator[Source],
    mapping: FieldMapping | None,
    bounds: Bounds,
    store: RunStore,
    workers: StretchReader,
    progress: Progress,
) -> None:
    report = FileReport(file.name)
    reader.reports.append(report)
    number = len(reader.reports) - 1
    stretch = reader.stretch(report)
    reader.open(report, large.contents)
    begun: deque[StretchTask] = deque()
    folder = store.scratch.folder()

    def tasks() -> Iterator[StretchTask]:
        for source in stretches:
            begun.append(
                StretchTask(
                    source=source, name=file.name, stem=file.stem, container=report.container, file=number,
                    reading=reader.reading, mapping=mapping, folder=folder, most_rows=bounds.rows,
                    most_size=bounds.size, buckets=store.buckets,
                )
            )  # fmt: skip
            yield begun[-1]

    try:
        if mapping:
            check_mapping(mapping, large.first)
        for read in workers.read(tasks()):
            store.add_runs(joined(stretch, read, file=number))
            begun.popleft().source.done()
            progress(report.records, 0, f"records of {report.name}")
        reader.finish(stretch, large.contents.notes)
    except InputError as error:
        reader.rejected.extend(stretch.rejected)
        report.refused, report.remedy = error.what, error.remedy


def mapping_of(mapping: FieldMapping | AnyMapping[str, FieldMapping] | None, *files: SourceFile) -> FieldMapping | None:
    """The mapping of the first of ``files`` that has one of its own: a member of an archive, then the archive."""
    if isinstance(mapping, FieldMapping) or mapping is None:
        return mapping
    return next((mapping[file.name] for file in files if file.name in mapping), None)


def _within(progress: Progress, before: float, total: float, done: float, _: float, note: str = "") -> None:
    progress(before, total, f"{done:,.0f} {note}")
