"""One JSON document: a list of objects, an object that holds such a list, or columns as lists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import orjson

from core.corpus.formats import json_lines
from core.corpus.formats.container import Container, ContainerFile, parses
from core.corpus.formats.record import Broken, Contents, Record
from core.counted import counted
from core.errors import InputError

# An object with one of these is a record itself, whatever lists it holds.
RECORD_KEYS = {
    "conversations", "conversation", "dialog", "dialogue", "turns", "messages", "instruction", "prompt", "instances",
}  # fmt: skip


def recognise(file: ContainerFile) -> bool:
    """Whether ``file`` is one document, rather than one a line."""
    if file.body[:1] == b"[":
        return not (file.ending in json_lines.SUFFIXES and _first_line_parses(file.body))
    return file.body[:1] == b"{" and not _is_lines(file.body)


def read(file: ContainerFile) -> Contents:
    """The records of ``file``; what stands before a break is kept, the break and what follows are reported."""
    data, name, replace = file.data, file.name, file.replace
    contents = Contents("JSON", "record", iter(()))
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        document = _mended(data, name, contents, replace)
    if isinstance(document, _Stopped):
        contents.records = _numbered(document.values, document.broken)
        contents.notes.append(document.broken.reason)
        return contents
    contents.records = _numbered(_listed(document, name, contents))
    return contents


class _Stopped:
    """What could be read of a document that breaks off."""

    def __init__(self, values: list[Any], broken: Broken) -> None:
        self.values, self.broken = values, broken


def _numbered(values: list[Any], broken: Broken | None = None) -> Iterator[Record | Broken]:
    for number, value in enumerate(values, start=1):
        record = json_lines.as_object(value)
        if record is None:
            yield Broken(number, f"The entry is {json_lines.kind_of(value)}, not an object.", json.dumps(value))
        else:
            yield Record(number, record)
    if broken is not None:
        yield broken


def _listed(document: Any, name: str, contents: Contents) -> list[Any]:
    if isinstance(document, list):
        return document
    if not isinstance(document, dict):
        raise InputError(
            f"{name} holds {json_lines.kind_of(document)}, not rows.", remedy="A corpus is a list of objects."
        )
    list_and_note = unwrapped(document)
    if list_and_note is None:
        return [document]
    contents.notes.append(list_and_note[1])
    return list_and_note[0]


def unwrapped(document: dict[str, Any]) -> tuple[list[Any], str] | None:
    """(rows, how they stood) of an object that holds a corpus; None for an object that is one record itself."""
    lists = {key: value for key, value in document.items() if isinstance(value, list)}
    tables = {key: value for key, value in lists.items() if value and isinstance(value[0], dict)}
    if tables and not RECORD_KEYS & {*document}:
        rows = [row for table in tables.values() for row in table]
        if all(isinstance(row, dict) and isinstance(row.get("row"), dict) for row in rows):
            rows = [row["row"] for row in rows]
        return rows, f"The rows stand under {', '.join(tables)}."
    if 1 < len(lists) == len(document) and len({len(value) for value in lists.values()}) == 1 and not tables:
        rows = [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
        return rows, "The file holds columns as lists; they were turned into rows."
    values = list(document.values())
    alike = len(values) > 1 and all(isinstance(value, dict) and len(value) > 1 for value in values)
    if alike and len({frozenset(value) for value in values}) == 1:
        rows = [{"key": key, **value} for key, value in document.items()]
        return rows, "The file is an object of objects; its keys became the column “key”."
    return None


def _mended(data: bytes, name: str, contents: Contents, replace: bool) -> Any:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if not replace:
            line = data.count(b"\n", 0, error.start) + 1
            raise InputError(
                f"{name} is no valid UTF-8 (first at line {line}).", remedy="Save it as UTF-8, or choose to replace."
            ) from error
        text = data.decode(errors="replace")
        marked = [number for number, line in enumerate(data.split(b"\n"), start=1) if not _is_utf8(line)]
        contents.invalid.extend(marked)
        contents.notes.append(f"Bytes that are no UTF-8 were replaced in {counted(len(marked), 'line')} of the file.")
    if "\x00" in text:
        contents.notes.append(f"{text.count(chr(0)):,} NUL bytes were left out.")
        text = text.replace("\x00", "")
    try:
        return json.loads(text, strict=False)
    except RecursionError as error:
        raise InputError(f"{name} is nested too deeply.", remedy="A corpus is a list of flat objects.") from error
    except json.JSONDecodeError as error:
        return _before_break(text, name, error)
    except ValueError as error:  # Python reads no integer of more digits than this
        raise InputError(
            f"{name} holds a number of more than 4,300 digits.", remedy="Write it as text, between quotation marks."
        ) from error


def _before_break(text: str, name: str, error: json.JSONDecodeError) -> _Stopped:
    """The entries that a list, or objects one after another, hold before the document breaks off."""
    decoder, values = json.JSONDecoder(strict=False), []
    start = position = len(text) - len(text.lstrip())
    inside = text[position : position + 1] == "["
    position += inside
    while True:
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
        if position >= len(text) or text[position] == "]":
            break
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            break
        values.append(value)
    if not values or not any(isinstance(value, dict) for value in values):
        raise InputError(
            f"{name} is no valid JSON: {error.msg} (line {error.lineno}, column {error.colno}).",
            remedy="Mend that place, or save one object a line as .jsonl: then only the broken line is lost.",
        )
    rest = text[position:]
    if not inside and not rest.strip():
        return _Stopped(values, Broken(len(values) + 1, "Nothing follows.", ""))
    line = text.count("\n", start, position) + 1
    reason = (
        f"The JSON breaks off at line {line} ({error.msg}); what comes before it was read "
        f"({counted(len(values), 'entry', 'entries')}), the rest was not ({counted(len(rest), 'character')})."
    )
    return _Stopped(values, Broken(len(values) + 1, reason, rest[:20000]))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_lines(body: bytes) -> bool:
    """Whether what begins with an object is one object a line, rather than one document over many lines."""
    lines = [line.strip() for line in body[:4_000_000].split(b"\n")[:200]]
    lines = [line for line in lines if line]
    whole = [line.startswith(b"{") and parses(line) for line in lines[:50]]
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
    return isinstance(value, dict) and unwrapped(value) is not None


def _first_line_parses(body: bytes) -> bool:
    line, _, rest = body.partition(b"\n")
    return bool(rest.strip()) and parses(line)


CONTAINER = Container(
    names=("JSON",),
    looks_like="a list of objects, an object that holds such a list, or columns as lists",
    suffixes={".json": "JSON"},
    recognise=recognise,
    read=read,
)
