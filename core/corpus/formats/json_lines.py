"""JSON Lines: an object on each line; a broken line is set apart with its number, never turned into an empty row."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from core.corpus.clean import whole_pairs
from core.corpus.formats import delimited
from core.corpus.formats.container import Container, ContainerFile
from core.corpus.formats.json_recovery import Lost, readable
from core.corpus.formats.json_values import (
    DEEPEST,
    holds_long_numbers,
    lost_digits,
    may_repeat_keys,
    repeated_keys,
    too_deep,
)
from core.corpus.formats.literals import structure
from core.corpus.formats.record import Broken, Contents, Record
from core.counted import counted

JSON_SPACE = b" \t\r\n"
SUFFIXES = {".jsonl": "JSONL", ".ndjson": "JSONL"}
LISTED = 20  # lines in a note
SHOWN = 20_000  # characters of what is set apart
_PYTHON = re.compile(r"\s*(?:\[\s*)?\{\s*'")
DEEP = "The record is nested more than 200 levels deep."


def recognise(file: ContainerFile) -> bool:
    """Whether ``file``, which is not a JSON document, holds lines of JSON, by its first lines or its ending."""
    if file.body[:1] in (b"[", b"{"):
        return True
    objects = any(sign in file.body[:4096] for sign in (b'{"', b'{\\"'))
    return file.ending in SUFFIXES and (not delimited.delimiter_of(file) or objects)


def read(file: ContainerFile) -> Contents:
    """The records of ``file``; a line with bytes that are not UTF-8 is set apart unless they are replaced."""
    return read_lines(file.data, replace=file.replace, separator=line_end(file.data))


def read_lines(data: bytes, *, replace: bool, separator: bytes = b"\n", before: int = 0) -> Contents:
    """The records of the lines of ``data``, before which the file has ``before`` lines."""
    contents = Contents("JSONL", "line", iter(()))
    contents.records = _records(data, contents, replace, separator, before)
    return contents


def _records(
    data: bytes, contents: Contents, replace: bool, separator: bytes, before: int
) -> Iterator[Record | Broken]:
    loads, dumps, start, number, length = orjson.loads, orjson.dumps, 0, before, len(data)
    long_numbers = holds_long_numbers(data)
    while start < length:
        end = data.find(separator, start)
        end = length if end < 0 else end
        line = data[start:end].strip(JSON_SPACE)
        if line.startswith(codecs.BOM_UTF8):  # of a file that was put behind another
            line = line[len(codecs.BOM_UTF8) :].strip(JSON_SPACE)
        start, number = end + 1, number + 1
        if not line:
            continue
        try:
            value = loads(line)
            text = line.decode()
            reason = ""
            brackets = line.count(b"{") + line.count(b"[")
            # What is written back as it came lost no digit and no key.
            as_written = value.__class__ is dict and brackets <= DEEPEST and dumps(value) == line
            if long_numbers and not as_written and holds_long_numbers(line) and lost_digits(value):
                value, text, reason = lenient(line, number, contents, replace)
        except orjson.JSONDecodeError:
            brackets, as_written = line.count(b"{") + line.count(b"["), False
            value, text, reason = lenient(line, number, contents, replace)
        if reason:
            yield from _pieces(text, number) if "Extra data" in reason else [Broken(number, reason, text)]
            continue
        if too_deep(value, brackets):
            yield Broken(number, DEEP, text)
            continue
        record = as_object(value)
        if record is None:
            yield Broken(number, f"The line holds {kind_of(value)}, not an object.", text)
            continue
        if not as_written and may_repeat_keys(line, value) and repeated_keys(text):
            contents.repeating.append(number)
        yield Record(number, record, text if record is value else None)


def repeated_note(lines: Sequence[int]) -> list[str]:
    """What a report says of the ``lines`` whose records name a key twice; nothing for none."""
    if not lines:
        return []
    listed = ", ".join(map(str, lines[:LISTED])) + " …" * (len(lines) > LISTED)
    return [f"{counted(len(lines), 'record')} name a key twice; the last value counts (lines {listed})."]


def _pieces(text: str, number: int) -> Iterator[Record | Broken]:
    """The objects that stand one behind the other on a line, and what cannot be read between them."""
    for part in readable(text):
        if isinstance(part, Lost):
            yield Broken(number, f"No valid JSON: {part.why}.", text[part.start : part.end], part.records)
        elif isinstance(part, dict) and not too_deep(part):
            whole = whole_pairs(part)
            yield Record(number, whole, None if whole is part else json.dumps(part))
        else:
            yield Broken(number, f"The line holds {kind_of(part)}, not an object.", str(part)[:SHOWN])


def line_end(data: bytes) -> bytes:
    """The line end: a carriage return if the file has no line feed, as old Mac programs write it."""
    return b"\r" if b"\n" not in data and b"\r" in data.strip() else b"\n"


def lenient(line: bytes, number: int, contents: Contents, replace: bool) -> tuple[Any, str, str]:
    """(value, text, why it is broken) of a line; NUL bytes, NaN and raw control characters are repaired and noted.

    Bytes that are not UTF-8 are repaired too if ``replace`` is set; otherwise they break the line.
    """
    try:
        text = line.decode()
    except UnicodeDecodeError:
        if not replace:
            return None, line.decode(errors="backslashreplace"), "The bytes are no valid UTF-8."
        contents.invalid.append(number)
        text = line.decode(errors="replace")
    if "\x00" in text:
        contents.nul.append(number)
        text = text.replace("\x00", "")
        if not text.strip():
            return None, "", "The line holds NUL bytes only."
    try:
        value = json.loads(text, strict=False)
        return value if too_deep(value, text.count("{") + text.count("[")) else whole_pairs(value), text, ""
    except json.JSONDecodeError as error:
        value = python_record(text)
        if value is not None:
            return value, json.dumps(value), ""
        return None, text, f"No valid JSON: {error.msg} at character {error.pos + 1}."
    except RecursionError:
        return None, text, DEEP
    except ValueError:  # Python does not read integers of more digits
        return None, text, "The record holds a number of more than 4,300 digits; write it between quotation marks."


def python_record(text: str) -> Any:
    """The object or list that ``text`` writes as Python prints it, with single quotation marks; None for other text."""
    return structure(text) if _PYTHON.match(text) else None


def as_object(value: Any) -> dict[str, Any] | None:
    """``value`` as a record: an object, the JSON text of one, or a list of turns, which is read as ``messages``."""
    if isinstance(value, dict):
        return value
    if isinstance(value, str) and value[:1] == "{":
        inner = structure(value)
        return inner if isinstance(inner, dict) else None
    if (
        isinstance(value, list)
        and value
        and all(isinstance(item, Mapping) and {"role", "from"} & {*item} for item in value)
    ):
        return {"messages": value}
    return None


def kind_of(value: Any) -> str:
    """JSON's name of the type of ``value``, with its article."""
    names = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


CONTAINER = Container(
    names=("JSONL",),
    looks_like="one object a line",
    suffixes=SUFFIXES,
    recognise=recognise,
    read=read,
)
