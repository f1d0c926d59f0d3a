"""Divides a file that is too large for memory into stretches, which processes read side by side."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from core.corpus.containers import finished, open_contents, refuse_foreign, table_container, text_container
from core.corpus.formats import arrow, delimited, json_document, json_entries, json_lines, parquet
from core.corpus.formats.container import Container, ContainerFile
from core.corpus.formats.encodings import in_utf8
from core.corpus.formats.json_lines import JSON_SPACE
from core.corpus.formats.record import Broken, Contents, Record
from core.corpus.packings import HEAD
from core.corpus.reading import LOOKED_AT
from core.corpus.sources import ending_of
from core.corpus.stretches import Lines, Source
from core.corpus.table_pieces import pieces
from core.corpus.unpack import Unpacked, limit_bytes, most_bytes
from core.errors import InputError

BEGINNING = 2 * json_document.LOOKED_AT  # bytes from which a file's container is recognised
MEMORY = 6  # bytes of memory for a byte of JSON that is read as a whole


@dataclass(frozen=True, kw_only=True)
class LargeFile:
    """A large file: what it looks like, and the stretches into which it is divided, in their order.

    Without ``stretches`` the records of ``contents`` are read by one process, some lines at a time.
    """

    contents: Contents
    first: list[Record | Broken]  # its first records, where it is divided
    stretches: Iterator[Source] | None
    copy: Path | None = None  # in which its text is UTF-8; nobody needs it once the file was read


def divided(part: Unpacked, *, size: int, folder: Callable[[], Path], replaced: bool = False) -> LargeFile | None:
    """``part`` in stretches of about ``size`` bytes; None for one in memory, or one that has to be read as a whole.

    Tables, lines of JSON, lists of objects and CSV are divided, in whatever encoding. Pieces of a table and copies of a
    text that is not UTF-8 lie in the ``folder``. ``replaced``: what is not UTF-8 becomes U+FFFD. A greater size takes
    more memory and fewer runs. Raises :class:`InputError` for a text that holds no records, or is in no known encoding.
    """
    if part.path is None:
        return None
    if table_container(part.head(HEAD)):
        return _table(part, size, folder)
    notes: list[str] = []
    refuse_foreign(part.file.name, part.head(BEGINNING))
    with open(part.path, "rb") as stream:
        copy = partial(_copy, folder)
        text, start = in_utf8(stream, name=part.file.name, notes=notes, replace=replaced, copy=copy)
        path = Path(text.name)
        text.close()
    made = path if path != part.path else None
    large = _text(part, path, start, size, notes, replaced=replaced)
    if large is None and made is not None:
        made.unlink()
    return large and replace(large, copy=made)


def refuse_beyond_memory(part: Unpacked) -> None:
    """Raises :class:`InputError` where ``part``, which cannot be divided, needs more memory than there is."""
    needed = 0 if part.path is None or table_container(part.head(HEAD)) else MEMORY * part.path.stat().st_size
    free = _free_memory()
    if free is not None and needed > free:
        raise InputError(
            f"{part.file.name} can only be read as a whole, which takes about {needed / 1e9:,.0f} GB of memory; "
            f"{free / 1e9:,.0f} GB are free.",
            remedy="Save it as a list of objects or as one object a line (.jsonl): these are read piece by piece.",
        )


def _free_memory() -> int | None:
    """The bytes that programs can still take; None where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return None


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


def _text(part: Unpacked, path: Path, start: int, size: int, notes: list[str], *, replaced: bool) -> LargeFile | None:
    """The text from the byte ``start`` of the file at ``path``, which is UTF-8."""
    with open(path, "rb") as stream:
        stream.seek(start)
        head = stream.read(BEGINNING)
    whole = len(head) < BEGINNING
    head = head if whole else head[: head.rfind(b"\n") + 1] or head
    file = ContainerFile(
        part.file.name, ending_of(part.file.name), head, limit_bytes(), replaced, path=path, start=start
    )
    try:
        container = text_container(file)
    except InputError:  # more than the beginning is needed
        return None
    done = partial(finished, container, file, notes=notes, packing=part.packing)
    if container is delimited.CONTAINER:
        return LargeFile(contents=done(delimited.read(file)), first=[], stretches=None)
    if container is json_document.CONTAINER:
        cut = json_entries.divided(path, start=start, size=size)
        if cut is None:
            return None
        entries, contents = cut
        first = list(islice(entries[0].contents(replace=replaced).records, LOOKED_AT))
        return LargeFile(contents=done(contents), first=first, stretches=iter(entries))
    if not _are_lines(container, head, whole=whole):
        return None
    first = _first_lines(path, replace(file, path=None), start, whole=whole)
    return LargeFile(
        contents=done(Contents("JSONL", "line", iter(()))), first=first, stretches=_lines(path, size, start)
    )


def _first_lines(path: Path, file: ContainerFile, start: int, *, whole: bool) -> list[Record | Broken]:
    """The first :data:`LOOKED_AT` records of lines that begin as ``file`` does; long rows take more of the file."""
    with open(path, "rb") as stream:
        stream.seek(start + len(file.data))
        while True:
            first = list(islice(json_lines.read(file).records, LOOKED_AT))
            if len(first) == LOOKED_AT or whole:
                return first
            more = stream.read(len(file.data))
            whole = len(more) < len(file.data)
            file = replace(file, data=file.data + more + (b"" if whole else stream.readline()))


def _are_lines(container: Container, head: bytes, *, whole: bool) -> bool:
    """Whether the lines of a file that begins with ``head`` can be divided without a look at what follows."""
    if container is not json_lines.CONTAINER or b"\n" not in head:
        return False
    return head.lstrip(JSON_SPACE + b"\x00")[:1] == b"{" and (whole or len(head) >= json_document.LOOKED_AT)


def _lines(path: Path, size: int, start: int) -> Iterator[Lines]:
    """The stretches of lines of a file from the byte ``start`` on."""
    before = 0
    with open(path, "rb") as stream:
        stream.seek(start)
        while data := stream.read(size):
            if not data.endswith(b"\n"):
                data += stream.readline()
            yield Lines(path=path, start=start, end=start + len(data), before=before)
            start, before = start + len(data), before + data.count(b"\n")


def _copy(folder: Callable[[], Path]) -> BinaryIO:
    return cast(BinaryIO, open(folder() / f"utf8-{uuid.uuid4().hex}", "w+b"))
