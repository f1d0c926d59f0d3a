"""CSV and its cousins: header line, any of four delimiters, quoted line breaks."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from core.corpus.formats.container import Container, ContainerFile
from core.corpus.formats.record import Broken, Contents, Record
from core.counted import counted
from core.errors import InputError

DELIMITERS = ",;\t|"
NAMES = {",": "CSV", ";": "CSV (semicolons)", "\t": "TSV", "|": "CSV (bars)"}
SUFFIXES = {".csv": "CSV", ".tsv": "TSV"}
FIELD_LIMIT = (1 << 31) - 1


def sniff(text: str, *, named: bool = False) -> str:
    """The delimiter of the file, "" for none.

    It is the one with which most of the next rows have as many fields as the header; among equals, the one that gives
    the header most fields. ``named``: the file calls itself CSV, so that the header alone decides.
    """
    head = text[:65536]
    best: tuple[str, float, int] = ("", -1.0, 1)
    for delimiter in DELIMITERS:
        csv.field_size_limit(FIELD_LIMIT)
        rows = []
        try:
            for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
                rows.append(len(row))
                if len(rows) == 20:
                    break
        except csv.Error:
            continue
        if len(rows) > 1 and len(text) > len(head):
            rows.pop()
        if rows and rows[0] > 1:
            alike = sum(count == rows[0] for count in rows[1:]) / max(len(rows) - 1, 1)
            if (alike, rows[0]) > best[1:]:
                best = (delimiter, alike, rows[0])
    return best[0] if named or best[1] > 0.5 else ""


def delimiter_of(file: ContainerFile) -> str:
    """The delimiter of ``file``, "" for none; where its name says CSV or TSV, the header alone decides."""
    return sniff(file.data[:1_000_000].decode(errors="replace"), named=file.ending in SUFFIXES)


def recognise(file: ContainerFile) -> bool:
    """Whether ``file`` has a delimiter, or is called CSV or TSV."""
    return file.ending in SUFFIXES or bool(delimiter_of(file))


def read(file: ContainerFile) -> Contents:
    """The records of ``file``. Raises :class:`InputError` where there is one column only."""
    delimiter = delimiter_of(file)
    if not delimiter:
        raise InputError(
            f"{file.name} has one column only: a row needs an instruction and a response.",
            remedy="Check the delimiter; comma, semicolon, tab and bar are known.",
        )
    return read_rows(file.data, name=file.name, delimiter=delimiter, replace=file.replace)


def read_rows(data: bytes, *, name: str, delimiter: str, replace: bool = True) -> Contents:
    """The records of ``data``, each numbered by the line on which it begins; a row of another width is kept apart."""
    contents = Contents(NAMES[delimiter], "line", iter(()))
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        bad = [number for number, line in enumerate(data.split(b"\n"), start=1) if not _is_utf8(line)]
        if not replace:
            raise InputError(
                f"{name} is no valid UTF-8 (first at line {bad[0] if bad else 1}).",
                remedy="Save it as UTF-8, or choose to replace.",
            ) from error
        contents.invalid.extend(bad)
        text = data.decode(errors="replace")
    if "\x00" in text:
        contents.nul.extend(number for number, line in enumerate(text.split("\n"), start=1) if "\x00" in line)
        text = text.replace("\x00", "")
    contents.records = _records(text, delimiter)
    return contents


def _records(text: str, delimiter: str) -> Iterator[Record | Broken]:
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    lines: list[str] = []  # of the whole text, split once when the first row is broken

    def as_it_stands(first: int, last: int) -> str:
        if not lines:
            lines.extend(text.split("\n"))
        return "\n".join(lines[first - 1 : last])

    while True:
        start = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Broken(start, f"The line is no valid CSV: {error}.", as_it_stands(start, reader.line_num))
            continue
        if not row:
            continue
        if header is None:
            header = [column.strip() or f"column {index}" for index, column in enumerate(row, start=1)]
        elif len(row) != len(header):
            reason = f"The row has {counted(len(row), 'field')}, the header {len(header)}."
            yield Broken(start, reason, as_it_stands(start, reader.line_num))
        else:
            yield Record(start, dict(zip(header, row, strict=True)))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


CONTAINER = Container(
    names=("CSV", "TSV"),
    looks_like="a header line; comma, semicolon, tab or bar between fields",
    suffixes=SUFFIXES,
    recognise=recognise,
    read=read,
    all_text=True,
)
