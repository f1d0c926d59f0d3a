"""Reads a stretch of a large file into sorted runs: a function of the file and the settings alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from core.corpus.formats.byte_range import ByteRange
from core.corpus.formats.json_entries import Entries
from core.corpus.formats.json_lines import read_lines
from core.corpus.formats.mapped import FieldMapping
from core.corpus.formats.record import Contents
from core.corpus.reading import FileReport, Reader, ReadingOptions, Rows, Stretch
from core.corpus.runs import SortedRun, run_of
from core.corpus.table_pieces import Batches


@dataclass(frozen=True, kw_only=True)
class Lines(ByteRange):
    """Neighbouring lines of a file of lines of JSON, above which it has ``before`` others."""

    unit = "line"

    def contents(self, *, replace: bool) -> Contents:
        """The records, their lines in memory."""
        return read_lines(self.read(), replace=replace, before=self.before)


Source = Lines | Batches | Entries


@dataclass(frozen=True, kw_only=True)
class StretchTask:
    """All that reading a stretch takes: the file's name and number, the settings, and where its runs are written."""

    source: Source
    name: str
    stem: str
    container: str
    file: int
    reading: ReadingOptions
    mapping: FieldMapping | None
    folder: Path
    most_rows: int
    most_size: int
    buckets: int


@dataclass(frozen=True)
class StretchRead:
    """What a stretch gave: its runs, in files whose names are those of the stretch, and what is counted."""

    stretch: Stretch
    runs: list[SortedRun] = field(default_factory=list)


def read_stretch(task: StretchTask) -> StretchRead:
    """Read one stretch of a file into runs on the disk.

    The runs lie under ``task.folder``; a file that has its name is whole. The same task gives the same runs.
    """
    source, runs = task.source, list[SortedRun]()

    def keep(rows: Rows) -> None:
        path = task.folder / f"run-{task.file}-{source.name}-{len(runs)}.arrow"
        runs.append(run_of(rows, buckets=task.buckets).written(path))

    report = FileReport(task.name, container=task.container, unit=source.unit)
    reader = Reader(task.reading, reports=[report], full=keep, most_rows=task.most_rows, most_size=task.most_size)
    stretch = Stretch(report)
    contents = source.contents(replace=task.reading.invalid_utf8 == "replace")
    reader.take(stretch, contents, task.stem, task.mapping)
    if reader.rows.ids:
        keep(reader.rows)
    return StretchRead(stretch, runs)


def joined(into: Stretch, read: StretchRead, *, file: int) -> list[SortedRun]:
    """Join what the next stretch of a file gave; its runs, with the number of the file and of the records before."""
    before = into.report.records
    into.add(read.stretch)
    return [replace(run, records=before, files=file) for run in read.runs]
