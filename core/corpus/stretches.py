"""Divides a large file of lines into stretches, and reads a stretch into sorted runs: a function of the file alone."""

from __future__ import annotations

import os
import uuid
from codecs import BOM_UTF8
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

from core.corpus.containers import open_contents
from core.corpus.formats import json_document
from core.corpus.formats.encodings import as_utf8, is_utf8
from core.corpus.formats.json_lines import JSON_SPACE, read_lines
from core.corpus.formats.mapped import FieldMapping
from core.corpus.formats.record import Broken, Contents, Record
from core.corpus.packings import ARCHIVES, HEAD, PACKINGS
from core.corpus.reading import LOOKED_AT, FileReport, Reader, ReadingOptions, Rows, Stretch
from core.corpus.runs import SortedRun, run_of
from core.corpus.sources import SourceFile
from core.corpus.unpack import Unpacked, bounded, limit_bytes
from core.errors import InputError

PIECE = 1 << 16  # bytes that are decoded at a time
BEGINNING = 2 * json_document.LOOKED_AT  # bytes from which a file's container is recognised


@dataclass(frozen=True, kw_only=True)
class Lines:
    """A stretch of a file of lines: bytes ``start`` to ``end``, before which the file has ``before`` lines."""

    path: Path
    start: int
    end: int
    before: int


@dataclass(frozen=True, kw_only=True)
class LargeFile:
    """A large file of lines: what it looks like, and the stretches into which it is divided."""

    contents: Contents  # of its beginning, without its records
    first: list[Record | Broken]  # its first records
    stretches: list[Lines]


@dataclass(frozen=True, kw_only=True)
class StretchTask:
    """All that reading a stretch takes: the file's name and number, the settings, and where its runs are written."""

    lines: Lines
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


def divided(file: SourceFile, *, size: int, folder: Callable[[], Path]) -> LargeFile | None:
    """``file`` in stretches of about ``size`` bytes; None for one that is smaller, or has to be read as a whole.

    Lines of JSON in UTF-8 are divided. A packed file is unpacked into the ``folder``, and one that is no file on this
    machine's disk is copied there. A greater size takes more memory and fewer runs. Raises
    :class:`core.errors.InputError` for a file that is damaged or holds more than it may.
    """
    packing = _packing(file)
    if packing is None or (not packing and file.size is not None and file.size <= size):
        return None
    path = file.path if not packing else None
    if path is None:
        path = _copied(file, packing, size=size, folder=folder)
    if path is None or (os.environ.get("DIVERSCOPE_MAX_FILE_MB") and path.stat().st_size > limit_bytes()):
        return None
    with open(path, "rb") as stream:
        head = stream.read(BEGINNING)
    whole = len(head) < BEGINNING
    head = head if whole else head[: head.rfind(b"\n") + 1]
    if not _begins_as_lines(head) or b"\n" not in head or (not whole and len(head) < json_document.LOOKED_AT):
        return None
    mark = len(BOM_UTF8) if head.startswith(BOM_UTF8) else 0
    stretches = _cut(path, size, mark)
    try:
        if not stretches or as_utf8(head, name=file.name, notes=[]) != head[mark:]:
            return None
        contents = open_contents(Unpacked(file, head, packing), limit=len(head))
    except InputError:  # the whole file says why
        return None
    if not contents.container.startswith("JSONL"):
        return None
    first = list(islice(contents.records, LOOKED_AT))
    if len(first) < LOOKED_AT and not whole:
        return None
    return LargeFile(contents=contents, first=first, stretches=stretches)


def read_stretch(task: StretchTask) -> StretchRead:
    """Read one stretch of a file into runs on the disk.

    The runs lie under ``task.folder``; a file that has its name is whole. The same task gives the same runs.
    """
    lines, runs = task.lines, list[SortedRun]()
    with open(lines.path, "rb") as stream:
        stream.seek(lines.start)
        data = stream.read(lines.end - lines.start)

    def keep(rows: Rows) -> None:
        path = task.folder / f"run-{task.file}-{lines.start}-{len(runs)}.arrow"
        runs.append(run_of(rows, buckets=task.buckets).written(path))

    report = FileReport(task.name, container=task.container, unit="line")
    reader = Reader(task.reading, reports=[report], full=keep, most_rows=task.most_rows, most_size=task.most_size)
    stretch = Stretch(report)
    contents = read_lines(data, replace=task.reading.invalid_utf8 == "replace", before=lines.before)
    del data
    reader.take(stretch, contents, task.stem, task.mapping)
    if reader.rows.ids:
        keep(reader.rows)
    return StretchRead(stretch, runs)


def joined(into: Stretch, read: StretchRead, *, file: int) -> list[SortedRun]:
    """Join what the next stretch of a file gave; its runs, with the number of the file and of the records before."""
    before = into.report.records
    into.add(read.stretch)
    return [replace(run, records=before, files=file) for run in read.runs]


def _packing(file: SourceFile) -> str | None:
    """What packs a file, "" for nothing; None for an archive."""
    with file.open() as stream:
        head = stream.read(HEAD)
    if any(archive.recognise(head) for archive in ARCHIVES):
        return None
    return next((packing.name for packing in PACKINGS if head.startswith(packing.magic)), "")


def _copied(file: SourceFile, packing: str, *, size: int, folder: Callable[[], Path]) -> Path | None:
    """The unpacked bytes of ``file`` in ``folder``; None where they are no lines of JSON, or no more than ``size``."""
    opener = next((known.open for known in PACKINGS if known.name == packing), None)
    with file.open() as stream:
        blocks = bounded(file.name, opener(stream) if opener else stream, limit=limit_bytes(), packing=packing)
        head = b""
        for block in blocks:
            head += block
            if len(head) > size:
                break
        if len(head) <= size or not _begins_as_lines(head):
            return None
        path = folder() / f"unpacked-{uuid.uuid4().hex}"
        with open(path, "wb") as copy:
            copy.writelines(chain([head], blocks))
    return path


def _begins_as_lines(head: bytes) -> bool:
    return head.removeprefix(BOM_UTF8).lstrip(JSON_SPACE + b"\x00")[:1] == b"{"


def _is_utf8(data: bytes) -> bool:
    """As :func:`is_utf8`, but only what is not ASCII is decoded, a little at a time."""
    start = 0
    while start < len(data):
        end = start + PIECE
        while end < len(data) and 0x80 <= data[end] < 0xC0:
            end += 1  # inside a character; of bytes that are no UTF-8 all may look so
        if not is_utf8(data[start:end]):
            return False
        start = end
    return True


def _cut(path: Path, size: int, start: int) -> list[Lines]:
    """The stretches of a file of which the bytes from ``start`` are read; none where any of it is not UTF-8."""
    stretches: list[Lines] = []
    before = 0
    with open(path, "rb") as stream:
        stream.seek(start)
        while data := stream.read(size):
            if not data.endswith(b"\n"):
                data += stream.readline()
            if not _is_utf8(data):
                return []
            stretches.append(Lines(path=path, start=start, end=start + len(data), before=before))
            start, before = start + len(data), before + data.count(b"\n")
    return stretches
