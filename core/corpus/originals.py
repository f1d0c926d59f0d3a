"""Records exactly as they came, kept as JSON text."""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

_LONG_NUMBER = re.compile(r"[0-9]{19}")


def encode(record: dict[str, Any]) -> str:
    """``record`` as JSON. Values that JSON does not have (dates, bytes, decimals of Parquet) become text."""
    try:
        text = orjson.dumps(record, default=_plain)
    except TypeError:  # lone surrogates, integers beyond 64 bits
        return json.dumps(record, default=_plain)
    if b"null" in text and _has_no_number(record):  # NaN and Infinity, which orjson writes as null
        return json.dumps(record, default=_plain)
    return text.decode()


def decode(text: str) -> dict[str, Any]:
    """The record that :func:`encode` wrote; integers of any length are kept exactly."""
    if _LONG_NUMBER.search(text):  # orjson would turn it into a float
        try:
            return json.loads(text, strict=False)
        except ValueError:  # more digits than Python converts
            pass
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text, strict=False)


def json_lines(records: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """``records`` as JSON Lines."""
    for record in records:
        yield encode(record).encode() + b"\n"


def _has_no_number(record: Any) -> bool:
    """Whether a float that is NaN or infinite stands anywhere in ``record``."""
    waiting = [record]
    while waiting:
        part = waiting.pop()
        if isinstance(part, float):
            if not math.isfinite(part):
                return True
        elif isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, (list, tuple)):
            waiting += part
    return False


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    if isinstance(value, (decimal.Decimal, datetime.timedelta)):
        return str(value)
    return str(value)
