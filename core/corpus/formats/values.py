"""The value of a field: whether it is filled, and its text."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from core.corpus.formats.record import BadRecord


def filled(value: Any) -> bool:
    """Whether ``value`` is filled. None, NaN, white space and empty lists are not; 0 and false are."""
    if isinstance(value, str):
        return bool(value) and not value.isspace()
    if value is None:
        return False
    if isinstance(value, (list, tuple, Mapping)):
        return bool(value)
    return not is_nan(value)


def first_filled(record: Mapping[str, Any], names: Collection[str]) -> str | None:
    """The first of ``names`` whose field in ``record`` is filled; else the first that is a field; else None."""
    for name in names:
        value = record.get(name)
        if value is not None and filled(value):
            return name
    return next((name for name in names if name in record), None)


def text_under(record: Mapping[str, Any], names: Iterable[str], text_of: Callable[[Any], str]) -> str:
    """The text of the first of ``names`` whose field in ``record`` is filled; empty for none."""
    for name in names:
        value = record.get(name)
        if value is not None and filled(value):
            return text_of(value)
    return ""


def is_nan(value: Any) -> bool:
    """Whether ``value`` is NaN."""
    return isinstance(value, (float, Decimal)) and math.isnan(value)


def scalar_text(value: Any) -> str:
    """The text of a value that is neither a list nor an object: "" for None and NaN, true and false as in JSON.

    Raises :class:`BadRecord` for bytes that are not text.
    """
    if isinstance(value, str):
        return value
    if value is None or is_nan(value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise BadRecord("A field holds bytes that are no text.") from error
    return str(value)
