"""Recognises a file's container by its content; the ending of its name is only compared with it."""

from __future__ import annotations

from dataclasses import replace as changed

from core.corpus.formats.container import Container, ContainerFile
from core.corpus.formats.encodings import as_utf8, is_wide
from core.corpus.formats.record import Contents
from core.corpus.formats.registry import CONTAINERS, readable
from core.corpus.packings import HEAD
from core.corpus.sources import ending_of
from core.corpus.unpack import Unpacked, most_bytes
from core.errors import InputError

FOREIGN = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"SQLite format 3": "an SQLite database",
    b"FEA1": "a Feather file of version 1",
    b"\x93NUMPY": "a numpy array",
    b"\x7fELF": "a program",
    b"\x80\x02": "a Python pickle, which is never loaded",
    b"\x80\x03": "a Python pickle, which is never loaded",
    b"\x80\x04": "a Python pickle, which is never loaded",
    b"\x80\x05": "a Python pickle, which is never loaded",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"<!DOCTYPE": "a web page",
    b"<!doctype": "a web page",
    b"<html": "a web page",
}
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x1b\f"))


def open_contents(unpacked: Unpacked, *, limit: int, replace: bool = False) -> Contents:
    """The records of one file. Raises :class:`InputError` saying what the file is when it holds none.

    Of a table on the disk a few batches are in memory at a time; any other file is in memory as a whole.
    """
    name = unpacked.file.name
    head = unpacked.head(HEAD)
    file = ContainerFile(name, ending_of(name), head, limit, replace, unpacked.path)
    notes: list[str] = []
    container = table_container(head)
    if container is None:
        data = unpacked.whole(limit=limit)
        refuse_foreign(name, data)
        file = changed(file, data=as_utf8(data, name=name, notes=notes, replace=replace), path=None)
        container = text_container(file)
    elif unpacked.path is None:
        file = changed(file, data=unpacked.data)
    else:
        file = changed(file, limit=max(limit, most_bytes(unpacked)))
    return finished(container, file, container.read(file), notes=notes, packing=unpacked.packing)


def finished(
    container: Container, file: ContainerFile, contents: Contents, *, notes: list[str], packing: str
) -> Contents:
    """``contents`` with what the ``container``, the ``notes`` on the encoding, the name and the ``packing`` say."""
    contents.all_text = container.all_text
    contents.notes[:0] = notes
    _compare_with_ending(file, contents)
    if packing:
        contents.container += f" ({packing})"
    return contents


def table_container(head: bytes) -> Container | None:
    """The binary container of a file that begins with ``head``; None for text."""
    return next((known for known in CONTAINERS if head.startswith(known.magic)), None)


def text_container(file: ContainerFile) -> Container:
    """The container of a text. Raises :class:`InputError` for a text without records."""
    if not file.body:
        raise InputError(f"{file.name} holds nothing but white space.", remedy="Choose a file that holds rows.")
    container = next((known for known in CONTAINERS if not known.magic and known.recognise(file)), None)
    if container is None:
        raise InputError(f"{file.name} is text without records.", remedy=_reads())
    return container


def refuse_foreign(name: str, data: bytes) -> None:
    """Raises :class:`InputError` where what ``data`` begins with is no text that could hold records."""
    if data.startswith(b"version https://git-lfs"):
        raise InputError(
            f"{name} is a Git LFS pointer, not the data: the repository was copied without its large files.",
            remedy="Run “git lfs pull” where it came from, or download the file itself, then load it again.",
        )
    if len(data) < 400 and b"/annex/objects/" in data:
        raise InputError(
            f"{name} is a git-annex pointer, not the data: the repository was copied without its large files.",
            remedy="Run “git annex get” where it came from, or download the file itself, then load it again.",
        )
    for start, kind in FOREIGN.items():
        if data.startswith(start):
            raise InputError(f"{name} is {kind}, not a corpus.", remedy=_reads())
    head = data[:65536]
    controls = len(head) - len(head.translate(None, CONTROLS))
    wide = is_wide(head)
    if not wide and controls > max(len(head) // 20, 8) and head.lstrip(b"\x00 \r\n")[:1] not in (b"[", b"{"):
        raise InputError(f"{name} holds binary data, not text.", remedy=_reads())


def _reads() -> str:
    return f"Diverscope reads {readable(last='and')}."


def _compare_with_ending(file: ContainerFile, contents: Contents) -> None:
    expected = next((known.suffixes[file.ending] for known in CONTAINERS if file.ending in known.suffixes), "")
    if not contents.container.startswith(expected):
        contents.notes.append(f"The file's ending is {file.ending}, its content is {contents.container}; it was read.")
