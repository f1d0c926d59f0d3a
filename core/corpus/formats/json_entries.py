"""Divides a large JSON list between its entries, so that no more than some of them are in memory at a time."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from core.corpus.formats.byte_range import ByteRange
from core.corpus.formats.json_document import note_repeated, numbered
from core.corpus.formats.json_lines import JSON_SPACE
from core.corpus.formats.json_values import holds_long_numbers, lost_digits, may_repeat_keys, repeated_keys
from core.corpus.formats.record import Contents

PIECE = 1 << 20  # bytes that are examined at a time
LONGEST = 64 * PIECE  # bytes of an entry
TRIED = 20  # places at which a piece may be cut
_FIRST = re.compile(rb'\{[ \t\r\n]*("(?:[^"\\]|\\.)*")[ \t\r\n]*:')
_BETWEEN = rb"\}[ \t\r\n]*,[ \t\r\n]*(?=\{%s)"


@dataclass(frozen=True, kw_only=True)
class Entries(ByteRange):
    """Neighbouring entries of a list, above which it has ``before`` others."""

    unit = "record"

    def contents(self, *, replace: bool) -> Contents:
        """The records, all entries in memory."""
        values = _values(b"[" + self.read() + b"]")
        assert values is not None, "the list was read from end to end when it was divided"
        return Contents("JSON", "record", numbered(values, before=self.before))


def divided(path: Path, *, start: int, size: int) -> tuple[list[Entries], Contents] | None:
    """The list that begins at the byte ``start`` of a file in stretches of about ``size`` bytes, and notes on it.

    It is read from end to end, a piece at a time: where a comma stands between two objects and everything above is a
    list by itself, it can be cut. None for what is no valid list that begins with an object. O(bytes of the file), and
    a piece more for each place that looks like such a comma and is none.
    """
    contents = Contents("JSON", "record", iter(()))
    repeated: Counter[str] = Counter()
    stretches: list[Entries] = []
    with open(path, "rb") as stream:
        stream.seek(start)
        head = stream.read(PIECE)
        body = head.lstrip(JSON_SPACE)
        if body[:1] != b"[":
            return None
        start += len(head) - len(body) + 1
        begin, begun, entries = start, 0, 0
        for piece in _pieces(stream, body[1:]):
            if piece is None:
                return None
            if may_repeat_keys(piece.data, piece.values):
                repeated += repeated_keys(piece.data.decode())
            entries += len(piece.values)
            end, start = start + len(piece.data) - 2, start + piece.length
            if piece.last or start - begin >= size:
                stretches.append(Entries(path=path, start=begin, end=end, before=begun))
                begin, begun = start, entries
    note_repeated(repeated, contents)
    return stretches, contents


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """Neighbouring entries as a list, and as many bytes as they take with the comma behind them."""

    data: bytes
    values: list[Any]
    length: int
    last: bool = False


def _pieces(stream: BinaryIO, waiting: bytes) -> Iterator[_Piece | None]:
    """The pieces of a list behind its bracket, of which ``waiting`` was read; None where it cannot be cut further."""
    first = _FIRST.match(waiting.lstrip(JSON_SPACE))
    if first is None:
        yield None
        return
    alike = re.compile(_BETWEEN % (rb"[ \t\r\n]*" + re.escape(first[1]) + rb"[ \t\r\n]*:"))
    anyhow = re.compile(_BETWEEN % b"")
    while block := stream.read(PIECE):
        waiting += block
        piece = _cut(waiting, alike) or (_cut(waiting, anyhow) if len(waiting) > 4 * PIECE else None)
        if piece is not None:
            yield piece
            waiting = waiting[piece.length :]
        elif len(waiting) > LONGEST:
            yield None
            return
    data = b"[" + waiting.rstrip(JSON_SPACE)
    values = _values(data)
    yield None if values is None else _Piece(data=data, values=values, length=len(waiting), last=True)


def _cut(waiting: bytes, between: re.Pattern[bytes]) -> _Piece | None:
    for place in islice(between.finditer(waiting, len(waiting) // 2), TRIED):
        data = b"[" + waiting[: place.start() + 1] + b"]"
        values = _values(data)
        if values is not None:
            return _Piece(data=data, values=values, length=place.end())
    return None


def _values(data: bytes) -> list[Any] | None:
    """The entries of a list, with every digit of long numbers; None where it is not valid."""
    try:
        values: Any = orjson.loads(data)
        if holds_long_numbers(data) and lost_digits(values):
            values = json.loads(data.decode(), strict=False)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, list) else None
