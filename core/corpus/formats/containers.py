"""Which container a file's bytes are, seen by content; the name's ending is only compared with it."""

from __future__ import annotations

import codecs
from pathlib import Path

import orjson

from core.corpus.formats import delimited, json_document, json_lines, parquet
from core.corpus.formats.record import Contents
from core.corpus.sources import PACKED_SUFFIXES
from core.corpus.unpack import Unpacked
from core.errors import InputError

BY_ENDING = {
    ".json": ("JSON",),
    ".jsonl": ("JSONL",),
    ".ndjson": ("JSONL",),
    ".csv": ("CSV",),
    ".tsv": ("TSV",),
    ".parquet": ("Parquet",),
}
FOREIGN = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"SQLite format 3": "an SQLite database",
    b"ARROW1": "an Arrow file",
    b"\x93NUMPY": "a numpy array",
    b"\x7fELF": "a program",
    b"\x80\x04": "a Python pickle, which is never loaded",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
}
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x1b\f"))
READS = "Diverscope reads JSON, JSONL, CSV, TSV and Parquet, also packed as .gz, .zst, .bz2, .xz or .zip."


def open_contents(unpacked: Unpacked, *, limit: int, replace: bool = True) -> Contents:
    """The records of one file. Raises :class:`InputError` saying what the file is when it holds none."""
    name, data = unpacked.file.name, unpacked.data
    notes: list[str] = []
    if data.startswith(b"PAR1"):
        contents = parquet.read(data, name=name, limit=limit)
    else:
        contents = _text(_as_utf8(name, data, notes), name, replace)
    contents.notes[:0] = notes
    _compare_with_ending(name, contents)
    if unpacked.packing:
        contents.container += f" ({unpacked.packing})"
    return contents


def _as_utf8(name: str, data: bytes, notes: list[str]) -> bytes:
    for start, kind in FOREIGN.items():
        if data.startswith(start):
            raise InputError(f"{name} is {kind}, not a corpus.", remedy=READS)
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        notes.append("The file is UTF-16; it was read as such.")
        data = data.decode("utf-16", errors="replace").encode("utf-8", errors="replace")
    head = data[:65536]
    controls = len(head) - len(head.translate(None, CONTROLS))
    if controls > max(len(head) // 20, 8) and head.lstrip(b"\x00 \r\n")[:1] not in (b"[", b"{"):
        raise InputError(f"{name} holds binary data, not text.", remedy=READS)
    return data


def _text(data: bytes, name: str, replace: bool) -> Contents:
    body = data.lstrip(b" \t\r\n\x00")
    if not body:
        raise InputError(f"{name} holds nothing but white space.", remedy="Choose a file that holds rows.")
    first = body[:1]
    if first == b"[":
        if Path(name).suffix.lower() in (".jsonl", ".ndjson") and _first_line_parses(body):
            return json_lines.read(data, replace=replace)
        return json_document.read(data, name=name, replace=replace)
    if first == b"{":
        if _is_lines(body):
            return json_lines.read(data, replace=replace)
        return json_document.read(data, name=name, replace=replace)
    named = _ending(name) in (".csv", ".tsv")
    delimiter = delimited.sniff(data[:1_000_000].decode(errors="replace"), named=named)
    if _ending(name) in (".jsonl", ".ndjson") and (not delimiter or b'{"' in body[:4096]):
        return json_lines.read(data, replace=replace)
    if delimiter:
        return delimited.read(data, name=name, delimiter=delimiter, replace=replace)
    if named:
        raise InputError(
            f"{name} has one column only: a row needs an instruction and a response.",
            remedy="Check the delimiter; comma, semicolon, tab and bar are known.",
        )
    raise InputError(f"{name} is text without records.", remedy=READS)


def _is_lines(body: bytes) -> bool:
    """Whether what begins with an object is one object a line, rather than one document over many lines."""
    lines = [line.strip() for line in body[:4_000_000].split(b"\n")[:200]]
    lines = [line for line in lines if line]
    whole = [line.startswith(b"{") and _parses(line) for line in lines[:50]]
    if whole[0]:
        # A document in a single line may be a wrapper around its rows.
        return len(lines) > 1 or not _is_wrapper(body)
    if any(whole):
        return True
    starts = sum(line.startswith(b'{"') for line in lines)
    return len(lines) > 1 and starts > len(lines) / 2


def _is_wrapper(body: bytes) -> bool:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, dict) and json_document.unwrapped(value) is not None


def _first_line_parses(body: bytes) -> bool:
    line, _, rest = body.partition(b"\n")
    return bool(rest.strip()) and _parses(line)


def _parses(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _ending(name: str) -> str:
    path = Path(name)
    while path.suffix.lower() in PACKED_SUFFIXES:
        path = path.with_suffix("")
    return path.suffix.lower()


def _compare_with_ending(name: str, contents: Contents) -> None:
    expected = BY_ENDING.get(_ending(name))
    if expected and not contents.container.startswith(expected):
        contents.notes.append(
            f"The file's ending is {_ending(name)}, its content is {contents.container}; it was read."
        )
