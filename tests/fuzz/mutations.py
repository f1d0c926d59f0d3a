"""How a good file becomes an odd or a damaged one: on its bytes, on its JSON, on its table, on what packs it."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import zstandard

TOKENS = (
    b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"\r\n", b"\n", b"\n\n", b'"',
    b'""', b"'", b"\\", b"\\u", b"\\ud800", b"\\u0000", b",", b";", b"\t", b"|", b"{", b"}", b"[", b"]", b"[]", b"{}",
    b":", b"null", b"true", b"NaN", b"-Infinity", b"1e999", b"-0", b"1e-400", b"9" * 19, b"9" * 25, b"9" * 5000,
    "\u2028".encode(), "\u0085".encode(), "\u00a0".encode(), "−".encode(), "é".encode("cp1252"), "한국".encode(),
    b"#", b"=", b"sep=;\n", b"[" * 300, b'{"a":' * 300, b" " * 70, b"%", b"\x1a", b"\x1b[31m",
)  # fmt: skip
STRINGS = (
    "", " ", "\n", "nan", "NaN", "null", "None", "true", "0", "-1", "1,5", "1e999", "\x00", "\ud800", "\udfff x", "é",
    "日本語", "\u2028", "=1+1", "@x", "[1, 2", '{"a": 1', "['a' 'b']", "[1. 2.]", "a" * 3000, "x\ty", "a,b;c|d",
    "\x1b[1m", "/etc/passwd", "../..", "http://x", "0000000000000001", "g" * 16, "user", "assistant", "..", "\ufeff",
    "%s", "{}",
)  # fmt: skip
VALUES = (
    None, True, False, 0, -0.0, 1, -1, 0.5, 2**31, 2**53 + 1, 2**63, 2**64, 10**30, -(10**30), 1e308, 5e-324,
    float("nan"), float("inf"), float("-inf"), [], {}, [[]], [{}], [None], {"": ""}, {"": None}, [1, "a", None],
    {"role": "user"}, {"text": []}, {"content": {"text": "x"}},
)  # fmt: skip
ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "gb18030", "cp932", "koi8_r")
NUMBERS = (0, 1, -1, 2**15, 2**31 - 1, -(2**31), 2**32 - 1, 2**40, 2**62, 2**63 - 1, -(2**63))

# ---------------------------------------------------------------------------------------------------------- bytes


def damaged(data: bytes, draw: Random, others: Sequence[bytes] = ()) -> bytes:
    """``data`` after one to four changes of its bytes; ``others`` are files of which pieces may be put in."""
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        data = draw.choice(_ON_BYTES)(data, draw, others)
    return data


def _place(data: bytes, draw: Random) -> int:
    """A place in ``data``: headers at the beginning and tables of offsets at the end come more often."""
    ends = (draw.randrange(256), len(data) - 1 - draw.randrange(256), draw.randrange(len(data) or 1))
    return min(max(draw.choice(ends), 0), max(len(data) - 1, 0))


def _flip(data: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 3, 16)) if data else 0):
        changed[_place(data, draw)] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _cut(data: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    return data[: _place(data, draw)]


def _without_stretch(data: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    start = _place(data, draw)
    return data[:start] + data[start + draw.choice((1, 4, 40, 400)) :]


def _with_stretch_again(data: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    start, length, times = _place(data, draw), draw.choice((1, 8, 100)), draw.choice((1, 2, 20))
    return data[:start] + data[start : start + length] * times + data[start:]


def _with_token(data: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    start = _place(data, draw)
    return data[:start] + draw.choice(TOKENS) + data[start + draw.choice((0, 0, 1, 5)) :]


def _with_number(data: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    """Four or eight bytes replaced by an extreme number, as lengths and offsets of binary formats are written."""
    start, wide = _place(data, draw), draw.random() < 0.5
    number = draw.choice(NUMBERS) % (1 << (64 if wide else 32))
    written = struct.pack("<Q" if wide else "<I", number)
    return data[:start] + written + data[start + len(written) :]


def _spliced(data: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    other = draw.choice(others) if others else data
    return data[: _place(data, draw)] + other[_place(other, draw) :]


def _with_other_line_ends(data: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    return data.replace(b"\n", draw.choice((b"\r", b"\r\n", b"\n\n", b"\x00\n", b"\xe2\x80\xa8", b" ")))


def _with_other_delimiter(data: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    before, after = draw.sample((b",", b";", b"\t", b"|", b'"', b":"), 2)
    return data.replace(before, after, draw.choice((1, -1)))


def _encoded(data: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    return data.decode("utf-8", "replace").encode(draw.choice(ENCODINGS), "replace")


def _packed(data: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    return draw.choice(PACKED)(data)


_ON_BYTES: tuple[Callable[[bytes, Random, Sequence[bytes]], bytes], ...] = (
    _flip, _flip, _cut, _without_stretch, _with_stretch_again, _with_token, _with_token, _with_number, _spliced,
    _with_other_line_ends, _with_other_delimiter, _encoded, _packed,
)  # fmt: skip


def zipped(members: Sequence[tuple[str, bytes]], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive of ``members``; two may have one name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return stream.getvalue()


def tarred(members: Sequence[tuple[str, bytes]]) -> bytes:
    """A tar archive of ``members``."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


PACKED: tuple[Callable[[bytes], bytes], ...] = (
    lambda data: gzip.compress(data, mtime=0),
    bz2.compress,
    lzma.compress,
    lambda data: zstandard.ZstdCompressor().compress(data),
    lambda data: zipped([("rows.jsonl", data)]),
    lambda data: zipped([("rows.jsonl", data)], compression=zipfile.ZIP_STORED),
    lambda data: tarred([("rows.jsonl", data)]),
    lambda data: gzip.compress(tarred([("a/rows.jsonl", data)]), mtime=0),
)

# ------------------------------------------------------------------------------------------------------- structure


def changed(value: Any, draw: Random, names: Sequence[str]) -> Any:
    """A copy of a JSON ``value`` with one change somewhere: another value, type, key, order or depth.

    ``names`` are keys that mean something to the reader.
    """
    copy = json.loads(json.dumps(value))
    places = list(_places(copy))
    if not places:
        return odd(draw)
    holder, key = draw.choice(places)
    now = holder[key]
    kind = draw.randrange(9)
    if kind == 0:
        del holder[key]
    elif kind == 1:
        holder[key] = [now] if draw.random() < 0.5 else {draw.choice(names): now}
    elif kind == 2 and isinstance(now, (dict, list)) and now:
        holder[key] = next(iter(now.values() if isinstance(now, dict) else now))
    elif kind == 3:
        other, other_key = draw.choice(places)
        holder[key], other[other_key] = json.loads(json.dumps(other[other_key])), json.loads(json.dumps(now))
    elif kind == 4 and isinstance(holder, dict):
        holder[draw.choice((*names, *STRINGS))] = holder.pop(key)
    elif kind == 5 and isinstance(holder, dict):
        holder[draw.choice((*names, *STRINGS))] = json.loads(json.dumps(draw.choice((now, odd(draw)))))
    elif kind == 6 and isinstance(holder, list):
        holder.insert(draw.randrange(len(holder) + 1), json.loads(json.dumps(draw.choice((now, odd(draw))))))
    elif kind == 7:
        holder[key] = str(now) if draw.random() < 0.5 else json.dumps(now)
    else:
        holder[key] = odd(draw)
    return copy


def odd(draw: Random) -> Any:
    """A value that readers may not expect."""
    value = draw.choice((*VALUES, *STRINGS))
    for _ in range(draw.choice((0, 0, 0, 0, 1, 2, 250))):
        value = [value] if draw.random() < 0.5 else {"a": value}
    return value


def _places(value: Any) -> list[tuple[Any, Any]]:
    """(holder, key) of everything inside a JSON value."""
    places: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        if isinstance(holder, (dict, list)):
            keys = list(holder) if isinstance(holder, dict) else range(len(holder))
            places += [(holder, key) for key in keys]
            waiting += [holder[key] for key in keys]
    return places


def table_changed(rows: list[list[str]], draw: Random, names: Sequence[str]) -> list[list[str]]:
    """A copy of a table of text, its header first, with one change: a cell, a row, a column, a name."""
    rows = [list(row) for row in rows]
    at = draw.randrange(len(rows))
    row = rows[at]
    if not row:
        return rows
    column = draw.randrange(len(row))
    kind = draw.randrange(8)
    if kind == 0:
        del row[column]
    elif kind == 1:
        row.insert(column, draw.choice(STRINGS))
    elif kind == 2:
        rows.insert(at, draw.choice((row, [], [""], ["", ""])))
    elif kind == 3:
        rows = [[cell for place, cell in enumerate(line) if place != column] for line in rows]
    elif kind == 4:
        rows[0] = [draw.choice((*names, *STRINGS)) if place == column else cell for place, cell in enumerate(rows[0])]
    elif kind == 5:
        other = draw.choice(rows)
        if other:
            row[column] = draw.choice(other)
    elif kind == 6:
        row[column] = str(draw.choice(VALUES))
    else:
        row[column] = draw.choice(STRINGS)
    return rows
