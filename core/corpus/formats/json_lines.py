"""JSON Lines: one object a line; a broken line is kept apart with its number, never turned into an empty row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from core.corpus.formats import delimited
from core.corpus.formats.container import Container, ContainerFile
from core.corpus.formats.record import Broken, Contents, Record

SUFFIXES = {".jsonl": "JSONL", ".ndjson": "JSONL"}
JSON_SPACE = b" \t\r\n"


def recognise(file: ContainerFile) -> bool:
    """Whether ``file``, which is no JSON document, holds lines of JSON: it begins so, or it says so by its ending."""
    if file.body[:1] in (b"[", b"{"):
        return True
    return file.ending in SUFFIXES and (not delimited.delimiter_of(file) or b'{"' in file.body[:4096])


def read(file: ContainerFile) -> Contents:
    """The records of ``file``; a line with bytes that are no UTF-8 is kept apart unless they are replaced."""
    contents = Contents("JSONL", "line", iter(()))
    contents.records = _records(file.data, contents, file.replace)
    return contents


def _records(data: bytes, contents: Contents, replace: bool) -> Iterator[Record | Broken]:
    loads, start, number, length = orjson.loads, 0, 0, len(data)
    while start < length:
        end = data.find(b"\n", start)
        end = length if end < 0 else end
        line = data[start:end].strip(JSON_SPACE)
        start, number = end + 1, number + 1
        if not line:
            continue
        try:
            value = loads(line)
            text = line.decode()
        except orjson.JSONDecodeError as error:
            value, text, reason = lenient(line, number, contents, replace)
            if reason:
                yield Broken(number, reason if reason != "?" else str(error), text)
                continue
        record = as_object(value)
        if record is None:
            yield Broken(number, f"The line holds {kind_of(value)}, not an object.", text)
        else:
            yield Record(number, record, text if record is value else None)


def lenient(line: bytes, number: int, contents: Contents, replace: bool) -> tuple[Any, str, str]:
    """(value, text, why it is broken): NUL bytes, bad UTF-8, NaN and raw control characters are mended and noted."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        contents.invalid.append(number)
        text = line.decode(errors="replace")
        if not replace:
            return None, text, "The bytes are no valid UTF-8."
    if "\x00" in text:
        contents.nul.append(number)
        text = text.replace("\x00", "")
        if not text.strip():
            return None, "", "The line holds NUL bytes only."
    try:
        return json.loads(text, strict=False), text, ""
    except json.JSONDecodeError as error:
        return None, text, f"No valid JSON: {error.msg} at character {error.pos + 1}."
    except (RecursionError, ValueError) as error:
        return None, text, f"No readable JSON: {error}."


def as_object(value: Any) -> dict[str, Any] | None:
    """``value`` as a record: an object, or a bare list of turns taken as ``messages``."""
    if isinstance(value, dict):
        return value
    if (
        isinstance(value, list)
        and value
        and all(isinstance(item, Mapping) and {"role", "from"} & {*item} for item in value)
    ):
        return {"messages": value}
    return None


def kind_of(value: Any) -> str:
    """What JSON calls ``value``, with its article."""
    names = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


CONTAINER = Container(
    names=("JSONL",),
    looks_like="one object a line",
    suffixes=SUFFIXES,
    recognise=recognise,
    read=read,
)
