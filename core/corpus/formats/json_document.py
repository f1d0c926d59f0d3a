"""One JSON document: a list of objects, an object that holds such a list, or columns as lists."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import orjson

from core.corpus.clean import whole_pairs
from core.corpus.formats import json_lines
from core.corpus.formats.container import Container, ContainerFile, parses
from core.corpus.formats.encodings import bad_lines, decoded_text, undecoded
from core.corpus.formats.json_recovery import Lost, readable
from core.corpus.formats.json_values import holds_long_numbers, lost_digits, may_repeat_keys, repeated_keys, too_deep
from core.corpus.formats.json_wrappers import COLUMN_NAMES, known, unwrapped
from core.corpus.formats.record import Broken, Contents, Record
from core.counted import counted
from core.errors import InputError

SHOWN = 20_000  # characters of a lost stretch that are kept
LISTED = 10  # keys in a note
LOOKED_AT = 4_000_000  # bytes that are examined, and the first line whole
LINES = 200


def recognise(file: ContainerFile) -> bool:
    """Whether ``file`` is one document, rather than a document on each line."""
    if file.body[:1] == b"[":
        return not (file.ending in json_lines.SUFFIXES and _first_line_parses(file.data))
    return file.body[:1] == b"{" and not _is_lines(file)


def read(file: ContainerFile) -> Contents:
    """The records of ``file``; unreadable records are set apart one by one, and reading continues after them."""
    data, name, replace = file.data, file.name, file.replace
    contents = Contents("JSON", "record", iter(()))
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        document = _mended(data, name, contents, replace)
        if isinstance(document, _Pieces):
            contents.records = numbered(document.parts, document)
            return contents
    else:
        if holds_long_numbers(data) and lost_digits(document):
            document = _mended(data, name, contents, replace)
            if isinstance(document, _Pieces):
                contents.records = numbered(document.parts, document)
                return contents
        if may_repeat_keys(data, document):
            note_repeated(repeated_keys(data.decode()), contents)
    contents.records = numbered(_listed(document, name, contents))
    return contents


class _Pieces:
    """The readable parts of a broken document, and its text."""

    def __init__(self, text: str, parts: Iterable[Any]) -> None:
        self.text, self.parts = text, parts


def numbered(values: Iterable[Any], pieces: _Pieces | None = None, *, before: int = 0) -> Iterator[Record | Broken]:
    """The records of a list's entries, ``before`` of which stand above ``values``."""
    number, line, seen = before, 1, 0
    for value in values:
        number += 1
        if isinstance(value, Lost) and pieces:
            line += pieces.text.count("\n", seen, value.start)
            seen = value.start
            reason = f"It is no valid JSON ({value.why}); it begins at line {line:,} of the file."
            yield Broken(number, reason, pieces.text[value.start : min(value.end, value.start + SHOWN)], value.records)
            number += value.records - 1
            continue
        record = json_lines.as_object(value)
        if record is None:
            what = value if isinstance(value, str) and len(value) < 200 else ""
            reason = f"The entry is {json_lines.kind_of(value)}, not an object{': ' if what else ''}{what}."
            yield Broken(number, reason, "" if too_deep(value) else json.dumps(value))
        elif too_deep(record):
            yield Broken(number, json_lines.DEEP)
        elif pieces is None or not undecoded(record):
            whole = whole_pairs(record)
            yield Record(number, whole, None if whole is record else json.dumps(record))
        else:
            yield Broken(number, "The bytes are no valid UTF-8.", json.dumps(record))


def _listed(document: Any, name: str, contents: Contents) -> list[Any]:
    if isinstance(document, list):
        return _table(document, contents) or document
    if not isinstance(document, dict):
        raise InputError(
            f"{name} holds {json_lines.kind_of(document)}, not rows.", remedy="A corpus is a list of objects."
        )
    rows_and_notes = unwrapped(document)
    if rows_and_notes is None:
        return [document]
    rows, notes = rows_and_notes
    contents.notes += notes
    return rows


def _table(document: list[Any], contents: Contents) -> list[Any] | None:
    """The records of a list of lists whose first names the columns; None for any other list."""
    header = document[0] if document else None
    if not isinstance(header, list) or not all(isinstance(name, str) for name in header):
        return None
    if not COLUMN_NAMES & {name.strip().lower() for name in header} or len({*header}) < len(header):
        return None
    contents.notes.append("The file is a list of rows, of which the first names the columns.")
    rows = document[1:]
    alike = [isinstance(row, list) and len(row) == len(header) for row in rows]
    return [dict(zip(header, row, strict=True)) if fits else row for row, fits in zip(rows, alike, strict=True)]


def _mended(data: bytes, name: str, contents: Contents, replace: bool) -> Any:
    """The document as a lenient parser reads it, or its pieces if it is broken."""
    text = decoded_text(data, replace=replace)
    damaged = "\ufffd" in text if replace else undecoded(text)
    if damaged and (marked := bad_lines(data)):
        if replace:
            contents.invalid.extend(marked)
            contents.notes.append(
                f"Bytes that are no UTF-8 were replaced in {counted(len(marked), 'line')} of the file."
            )
        else:
            listed = ", ".join(map(str, marked[:LISTED])) + " …" * (len(marked) > LISTED)
            contents.notes.append(f"Lines {listed} hold bytes that are no UTF-8; their records are set apart.")
    if "\x00" in text:
        contents.notes.append(f"{text.count(chr(0)):,} NUL bytes were left out.")
        text = text.replace("\x00", "")
    try:
        document = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        printed = json_lines.python_record(text)
        if isinstance(printed, list):
            contents.notes.append("The file holds a list as Python prints it, not JSON; it was read.")
            return printed
        return _in_pieces(text, name, contents, error)
    note_repeated(repeated_keys(text), contents)
    if damaged and not replace:
        return _Pieces(text, _listed(document, name, contents))
    return document


def _in_pieces(text: str, name: str, contents: Contents, error: Exception) -> _Pieces:
    """The readable parts of a broken document; raises :class:`InputError` if they hold no record."""
    parts = readable(text)
    first: list[Any] = []
    for part in parts:
        first.append(part)
        if isinstance(part, dict):
            break
    if not any(isinstance(part, dict) for part in first) and not _lost_record(text, first):
        if isinstance(error, RecursionError):
            raise InputError(f"{name} is nested too deeply.", remedy="A corpus is a list of flat objects.") from error
        where = error if isinstance(error, json.JSONDecodeError) else None
        place = f" {where.msg} (line {where.lineno}, column {where.colno})" if where else f" {error}"
        raise InputError(
            f"{name} is no valid JSON:{place}.",
            remedy="Mend that place, or save one object a line as .jsonl: then only the broken line is lost.",
        ) from error
    if isinstance(error, json.JSONDecodeError):
        contents.notes.append(
            f"The JSON breaks off at line {error.lineno} ({error.msg}); reading went on at the next readable record."
        )
    if isinstance(first[0], dict) and text.lstrip()[:1] == "{" and (rows_and_notes := unwrapped(first[0])):
        first[:1] = rows_and_notes[0]  # a whole document, and something behind it
        contents.notes += rows_and_notes[1]
    return _Pieces(text, chain(first, parts))


def _lost_record(text: str, parts: list[Any]) -> bool:
    """Whether a lost stretch looks like a record that is unreadable only because of a number or its depth."""
    return any(isinstance(part, Lost) and "digits" in part.why and text[part.start] == "{" for part in parts)


def note_repeated(repeated: Counter[str], contents: Contents) -> None:
    """Say in the notes of ``contents`` which keys stand twice in how many objects."""
    if repeated:
        listed = ", ".join(f"“{key}” in {counted(times, 'object')}" for key, times in repeated.most_common(LISTED))
        contents.notes.append(f"Some objects name a key twice; the last value counts: {listed}.")


def _is_lines(file: ContainerFile) -> bool:
    """Whether a file that begins with an object has an object on each line, rather than a document over many lines."""
    lines = _first_lines(file.data)
    whole = [line.startswith(b"{") and parses(line) for line in lines[:50]]
    if whole[0]:
        # A document on a single line may be a wrapper around its rows.
        return len(lines) > 1 or not _is_wrapper(lines[0], named=file.ending in json_lines.SUFFIXES)
    if 2 * sum(line.endswith(b",") for line in lines) >= len(lines):
        return False  # the entries of a list, each on its own line
    if any(whole):
        return True
    starts = sum(line.startswith(b'{"') for line in lines)
    return len(lines) > 1 and starts > len(lines) / 2


def _first_lines(data: bytes) -> list[bytes]:
    """The first lines that are not blank: the first whole, whatever its length, and further lines close to it."""
    separator = json_lines.line_end(data)
    lines: list[bytes] = []
    start = 0
    while start < len(data) and len(lines) < LINES and (not lines or start < LOOKED_AT):
        end = data.find(separator, start)
        end = len(data) if end < 0 else end
        line = data[start:end].strip(json_lines.JSON_SPACE + b"\x00")
        if line:
            lines.append(line)
        start = end + 1
    return lines


def _is_wrapper(line: bytes, *, named: bool) -> bool:
    """Whether a single line holds the rows of a corpus; in a file ``named`` as lines, only rows of known shapes."""
    value = orjson.loads(line)
    wrapper = unwrapped(value) if isinstance(value, dict) else None
    return wrapper is not None and (not named or known(wrapper[0]))


def _first_line_parses(data: bytes) -> bool:
    lines = _first_lines(data)
    return len(lines) > 1 and parses(lines[0])


CONTAINER = Container(
    names=("JSON",),
    looks_like="a list of objects, an object that holds such a list, or columns as lists",
    suffixes={".json": "JSON"},
    recognise=recognise,
    read=read,
)
