"""Divides a file that is too large for memory into stretches, which processes read side by side."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from core.corpus.containers import open_contents, table_container
from core.corpus.formats import arrow, json_document, parquet
from core.corpus.formats.container import ContainerFile
from core.corpus.formats.encodings import as_utf8, is_utf8
from core.corpus.formats.json_lines import JSON_SPACE
from core.corpus.formats.record import Broken, Contents, Record
from core.corpus.packings import HEAD
from core.corpus.reading import LOOKED_AT
from core.corpus.sources import ending_of
from core.corpus.stretches import Lines
from core.corpus.table_pieces import Batches, pieces
from core.corpus.unpack import Unpacked, limit_bytes, most_bytes
from core.errors import InputError

PIECE = 1 << 16  # bytes that are decoded at a time
BEGINNING = 2 * json_document.LOOKED_AT  # bytes from which a file's container is recognised


@dataclass(frozen=True, kw_only=True)
class LargeFile:
    """A large file: what it looks like, and the stretches into which it is divided, in their order."""

    contents: Contents  # of its beginning, without its records
    first: list[Record | Broken]  # its first records
    stretches: Iterator[Lines] | Iterator[Batches]


def divided(part: Unpacked, *, size: int, folder: Callable[[], Path]) -> LargeFile | None:
    """``part`` in stretches of about ``size`` bytes; None for one in memory, or one that has to be read as a whole.

    Tables and lines of JSON in UTF-8 are divided; pieces of a table lie in the ``folder`` until they are read. A
    greater size takes more memory and fewer runs.
    """
    if part.path is None:
        return None
    return _table(part, size, folder) if table_container(part.head(HEAD)) else _lines(part, part.path, size)


def _table(part: Unpacked, size: int, folder: Callable[[], Path]) -> LargeFile | None:
    try:
        contents = open_contents(part, limit=limit_bytes())
        first = list(islice(contents.records, LOOKED_AT))
    except InputError:  # the reader of the whole file says why
        return None
    module = parquet if part.head(HEAD).startswith(parquet.CONTAINER.magic) else arrow
    file = ContainerFile(part.file.name, ending_of(part.file.name), part.head(HEAD), most_bytes(part), path=part.path)
    return LargeFile(
        contents=replace(contents, records=iter(())),
        first=first,
        stretches=pieces(module.table_of(file), size=size, folder=folder),
    )


def _lines(part: Unpacked, path: Path, size: int) -> LargeFile | None:
    head = part.head(BEGINNING)
    whole = len(head) < BEGINNING
    head = head if whole else head[: head.rfind(b"\n") + 1]
    if not _begins_as_lines(head) or b"\n" not in head or (not whole and len(head) < json_document.LOOKED_AT):
        return None
    mark = len(BOM_UTF8) if head.startswith(BOM_UTF8) else 0
    stretches = _cut(path, size, mark)
    try:
        if not stretches or as_utf8(head, name=part.file.name, notes=[]) != head[mark:]:
            return None
        contents = open_contents(Unpacked(part.file, head, part.packing), limit=len(head))
    except InputError:  # the whole file says why
        return None
    if not contents.container.startswith("JSONL"):
        return None
    first = list(islice(contents.records, LOOKED_AT))
    if len(first) < LOOKED_AT and not whole:
        return None
    return LargeFile(contents=contents, first=first, stretches=iter(stretches))


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
