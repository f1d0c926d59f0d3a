"""Recovers the records of a broken JSON list: each is read on its own, and after a break reading continues."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.corpus.formats.json_wrappers import RECORD_KEYS

_SPACE = " \t\r\n,"
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_FIRST_KEY = re.compile(r'\{\s*"((?:[^"\\]|\\.){1,200})"\s*:')
_LIST_BEGINS = re.compile(r'"([^"\\]{1,200})"\s*:\s*\[\s*(?=\{)')
_LIST = re.compile(r"\[\s*\{")  # an entry is no list
PATIENCE = 50  # failed attempts may read at most this many times the length of the text


@dataclass(frozen=True)
class Lost:
    """A stretch of text with ``records`` records that cannot be read."""

    start: int
    end: int
    why: str
    records: int = 1


def readable(text: str) -> Iterator[Any | Lost]:
    """The entries of a list, of a list inside an object, or of consecutive objects, and the lost stretches between.

    Each stretch is read a bounded number of times, so that the time grows in proportion to the text.
    """
    decoder = json.JSONDecoder(strict=False)
    position, wrapped = _beginning(text, decoder)
    keys: set[str] = set()
    first_key = ""
    spent, budget = 0, PATIENCE * len(text) + 1_000_000
    while True:
        while position < len(text) and text[position] in _SPACE:
            position += 1
        if position >= len(text) or (wrapped and text[position] == "]"):
            return
        if text[position] == "]" or _LIST.match(text, position):
            position += 1  # one list ends, or another follows it
            continue
        try:
            value, after = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            why, reached = error.msg, error.pos
        except RecursionError:
            why, reached = "nested too deeply", position
        except ValueError:
            why, reached = "a number of more than 4,300 digits", position
        else:
            if isinstance(value, dict):
                keys |= {*value}
                first_key = first_key or next(iter(value), "")
                yield value
            else:
                yield value
            position = after
            continue
        spent += max(reached - position, 1)
        begins = _FIRST_KEY.match(text, position)
        first_key = first_key or (begins.group(1) if begins else "")
        starts = _starts(first_key)
        if spent > budget:
            yield Lost(position, len(text), why, max(len(starts.findall(text, position)), 1) if starts else 1)
            return
        following = starts.search(text, position + 1) if starts else None
        limit = following.start("object") if following else len(text)
        after = _closing(text, position, limit)
        yield Lost(position, after, why)
        position = after


def _beginning(text: str, decoder: json.JSONDecoder) -> tuple[int, bool]:
    """(the position of the first entry, whether its list is in an object, behind which nothing is read)."""
    position = len(text) - len(text.lstrip())
    if text[position : position + 1] == "[":
        return position + 1, False
    try:
        decoder.raw_decode(text, position)
    except (ValueError, RecursionError) as error:
        reached = error.pos if isinstance(error, json.JSONDecodeError) else len(text)
        wrapped = _LIST_BEGINS.search(text, position, max(reached, position))
        if wrapped and wrapped.group(1) not in RECORD_KEYS:
            return wrapped.end(), True
    return position, False


def _starts(first_key: str) -> re.Pattern[str] | None:
    """A pattern of the start of a record: an object after another or on its own line, with the usual first key."""
    if not first_key:
        return None
    return re.compile(r'(?:[},]\s*|\n[ \t]*)(?P<object>\{\s*"' + re.escape(first_key) + r'"\s*:)')


def _closing(text: str, position: int, limit: int) -> int:
    """The end of the entry at ``position`` by its brackets, at most ``limit``."""
    depth = 0
    for token in _TOKENS.finditer(text, position, limit):
        sign = token.group()
        if sign in ("{", "["):
            depth += 1
        elif sign in ("}", "]"):
            depth -= 1
            if depth == 0:
                return token.end()
            if depth < 0:
                return token.start() if token.start() > position else token.end()
    return limit
