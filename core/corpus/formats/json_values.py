"""Finds what a JSON parser accepts silently: long integers, repeated keys, deep nesting."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

DEEPEST = 200  # levels of nesting; not every program can write deeper values
DIGITS = 19  # an integer with this many digits may not fit 64 bits
BLOCK = 1 << 24
_ZEROS = bytes(48 if 48 <= byte <= 57 else byte for byte in range(256))
_RUN = b"0" * DIGITS
_SPACED_COLON = re.compile(rb'"[ \t\r\n]+:')


def holds_long_numbers(data: bytes) -> bool:
    """Whether ``data`` has so many consecutive digits that an integer may be beyond 64 bits."""
    return any(
        _RUN in data[start : start + BLOCK + DIGITS].translate(_ZEROS) for start in range(0, len(data) or 1, BLOCK)
    )


def lost_digits(value: Any) -> bool:
    """Whether a number may be an integer beyond 64 bits, which a fast parser turns into a float."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
        elif isinstance(part, float) and abs(part) >= 2.0**63:
            return True
    return False


def too_deep(value: Any, brackets: int | None = None) -> bool:
    """Whether ``value`` is nested deeper than DEEPEST levels; ``brackets``: how many its text opens, if known."""
    if brackets is not None and brackets <= DEEPEST:
        return False
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            return True
        level = [
            part
            for whole in level
            for part in (whole.values() if isinstance(whole, dict) else whole if isinstance(whole, list) else ())
            if isinstance(part, (dict, list))
        ]
    return False


def key_count(value: Any) -> int:
    """The number of keys of all objects in ``value`` together."""
    if not isinstance(value, (dict, list)):
        return 0
    total, waiting = 0, [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            total += len(part)
            waiting += [inner for inner in part.values() if inner.__class__ is dict or inner.__class__ is list]
        else:
            waiting += [inner for inner in part if inner.__class__ is dict or inner.__class__ is list]
    return total


def may_repeat_keys(data: bytes, value: Any) -> bool:
    """Whether ``data`` has more keys than ``value``; it examines the characters before each colon."""
    written = data.count(b'":') - data.count(b'\\":')
    keys = key_count(value)
    if written > keys:
        return True
    written += sum(data[end.start() - 1 : end.start()] != b"\\" for end in _SPACED_COLON.finditer(data))
    return written > keys


def repeated_keys(text: str) -> Counter[str]:
    """For each key, the number of objects of a JSON text in which it occurs more than once."""
    repeated: Counter[str] = Counter()

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) < len(found):
            repeated.update(key for key, times in Counter(key for key, _ in found).items() if times > 1)
        return made

    try:
        json.loads(text, strict=False, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return Counter()
    return repeated
