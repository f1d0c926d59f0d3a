"""CSV and its cousins: header line, any of four delimiters, quoted line breaks."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import BinaryIO

from core.corpus.formats.cells import UnreadableCell, with_turns
from core.corpus.formats.container import Container, ContainerFile
from core.corpus.formats.encodings import bad_lines, blocks_of, is_utf8, undecoded
from core.corpus.formats.record import Broken, Contents, Record
from core.corpus.formats.text_lines import TextLines
from core.counted import counted

DELIMITERS = ",;\t|"
NAMES = {",": "CSV", ";": "CSV (semicolons)", "\t": "TSV", "|": "CSV (bars)"}
SUFFIXES = {".csv": "CSV", ".tsv": "TSV"}
FIELD_LIMIT = (1 << 31) - 1
TIMES_READ = 16  # how often the whole file may be read, where reading starts again below a stray opening quote
_SEP_LINE = re.compile(r'"?sep=(?P<sign>[^\r\n"])"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)


def sniff(text: str, *, named: bool = False) -> str:
    """The delimiter of the file, "" for none.

    ``named``: the file's name says CSV, so the header alone decides. A line ``sep=;`` before the header, which Excel
    writes, states the delimiter.
    """
    said = _SEP_LINE.match(text)
    if said:
        header = text[said.end() : said.end() + 65536].split("\n", 1)[0]
        return said["sign"] if said["sign"] in header else sniff(text[said.end() :], named=named) or said["sign"]
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


def header_start(text: str) -> int:
    """The index at which the header begins: after a line ``sep=;`` if there is one."""
    said = _SEP_LINE.match(text)
    return said.end() if said else 0


def delimiter_of(file: ContainerFile) -> str:
    """The delimiter of ``file``, "" for none; if its name says CSV or TSV, the header alone decides."""
    return sniff(file.data[:1_000_000].decode(errors="replace"), named=file.ending in SUFFIXES)


def recognise(file: ContainerFile) -> bool:
    """Whether ``file`` has a delimiter, or is called CSV or TSV."""
    return file.ending in SUFFIXES or bool(delimiter_of(file))


def read(file: ContainerFile) -> Contents:
    """The records of ``file``; without a delimiter it is a table of one column."""
    return _read(file.open, delimiter=delimiter_of(file) or ",", replace=file.replace)


def read_rows(data: bytes, *, delimiter: str, replace: bool = False) -> Contents:
    """The records of ``data``, each numbered by the line on which it begins; a row of another width is set apart.

    A row with bytes that are not UTF-8 is set apart too, unless ``replace`` turns them into U+FFFD.
    """
    return _read(lambda: io.BytesIO(data), delimiter=delimiter, replace=replace)


def _read(opened: Callable[[], BinaryIO], *, delimiter: str, replace: bool) -> Contents:
    """The records of a stream that is read twice, some lines at a time: for odd lines, then for the records."""
    contents = Contents(NAMES.get(delimiter, f"CSV ({delimiter})"), "line", iter(()))
    damaged, before = False, 0
    with opened() as stream:
        for block in blocks_of(stream, start=stream.tell()):
            if not is_utf8(block):
                damaged = not replace
                contents.invalid.extend(before + number for number in (bad_lines(block) if replace else ()))
            if b"\x00" in block:
                lines = enumerate(block.split(b"\n"), start=before + 1)
                contents.nul.extend(number for number, line in lines if b"\x00" in line)
            before += block.count(b"\n")
    source = TextLines(opened=opened, replace=replace, without_nul=bool(contents.nul))
    contents.records = _records(source, delimiter, contents, damaged=damaged)
    return contents


def _records(source: TextLines, delimiter: str, contents: Contents, *, damaged: bool) -> Iterator[Record | Broken]:
    csv.field_size_limit(FIELD_LIMIT)
    lines = _Feed(iter(source))
    before = lines.skip(_SEP_LINE)  # lines above the header
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    first_row: list[str] = []
    read_again = in_file = 0  # lines

    def as_it_stands(last: int | None = None) -> str:
        shown = "".join(lines.taken[:last]).rstrip("\r\n")
        return shown.encode("utf-8", "surrogateescape").decode(errors="backslashreplace") if damaged else shown

    while True:
        start = reader.line_num + 1 + before
        lines.taken.clear()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            below = lines.taken[1:]
            read_again += len(below)
            in_file = in_file or sum(1 for _ in source)
            again = header and read_again <= TIMES_READ * in_file and _are_rows(below, delimiter, len(header))
            yield Broken(start, f"The line is no valid CSV: {error}.", as_it_stands(1 if again else None))
            if again:
                before = start
                lines.put_back(below)
                reader = csv.reader(lines, delimiter=delimiter, strict=True)
            continue
        if not row:
            continue
        if header is None and _holds_record(row):
            header = ["record"]
            contents.notes.append("The file has no header: each line holds a record as text.")
        if header is None:
            header, first_row = _header(row, contents), row
        elif len(row) != len(header):
            yield Broken(start, f"The row has {counted(len(row), 'field')}, the header {len(header)}.", as_it_stands())
        elif row == first_row:
            yield Broken(start, "The line repeats the header.", as_it_stands())
        elif damaged and undecoded(row):
            yield Broken(start, "The bytes are no valid UTF-8.", as_it_stands())
        else:
            record = dict(zip(header, row, strict=True))
            try:
                yield Record(start, with_turns(record))
            except UnreadableCell as error:
                yield Broken(start, str(error), as_it_stands())


class _Feed:
    """Lines as a reader asks for them. ``taken`` are those it took since they were cleared; some can be put back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.taken: list[str] = []

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        self.taken.append(next(self._lines))
        return self.taken[-1]

    def put_back(self, lines: list[str]) -> None:
        """Let ``lines`` come next."""
        self._lines = chain(lines, self._lines)

    def skip(self, pattern: re.Pattern[str]) -> int:
        """Take the first line away where it is one of ``pattern``; how many lines that were."""
        first = next(self._lines, None)
        if first is None or pattern.fullmatch(first):
            return int(first is not None)
        self.put_back([first])
        return 0


def _are_rows(lines: list[str], delimiter: str, width: int) -> bool:
    """Whether most of ``lines`` are rows of ``width`` fields, not the lines of one long text."""
    if width < 2:
        return False
    fitting = sum(len(row) == width for line in lines for row in csv.reader([line], delimiter=delimiter))
    return fitting * 2 > len(lines)


def _holds_record(row: list[str]) -> bool:
    """Whether the first line is no header but a record, as JSON in the only cell."""
    return len(row) == 1 and row[0][:1] == "{" and len(with_turns({"": row[0]})) > 1


def _header(row: list[str], contents: Contents) -> list[str]:
    """The names of the columns; a missing or repeated name gets a number."""
    names: list[str] = []
    repeated: list[str] = []
    for index, column in enumerate(row, start=1):
        plain = column.strip().encode("utf-8", "replace").decode() or f"column {index}"
        name, number = plain, 1
        while name in names:
            number += 1
            name = f"{plain} ({number})"
        if number > 1:
            repeated.append(plain)
        names.append(name)
    if repeated:
        contents.notes.append(
            f"The header names {', '.join(dict.fromkeys(repeated))} more than once; the later columns got a number."
        )
    return names


CONTAINER = Container(
    names=("CSV", "TSV"),
    looks_like="a header line; comma, semicolon, tab or bar between fields",
    suffixes=SUFFIXES,
    recognise=recognise,
    read=read,
    all_text=True,
)
