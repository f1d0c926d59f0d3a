"""The fields of a record that may become columns, as text that gives back what a column needs of each cell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from core.corpus.typed_column import SCALARS, SHOWN, plain_cell, words_in

_AS_THEY_COME = frozenset({str, int, float, bool, type(None)})
_BY_HAND = " "  # before texts that the fast parser cannot read exactly
_OTHER, _LIST = "other", "list"


@dataclass(frozen=True, slots=True)
class OtherCell:
    """A cell that is neither a scalar nor a list of words: whether it was a list, and how its text begins."""

    is_list: bool
    text: str

    def __str__(self) -> str:
        return self.text


def packed(fields: Mapping[str, Any] | None) -> str | None:
    """``fields`` as JSON text, None for none: numbers, words and lists of words stay, of others the beginning stays.

    Decimals, dates and times of Parquet become what they are in a column.
    """
    if fields is None:
        return None
    if not _AS_THEY_COME.issuperset(map(type, fields.values())):
        fields = {name: _kept(value) for name, value in fields.items()}
    try:
        text = orjson.dumps(fields)
    except TypeError:  # lone surrogates, integers beyond 64 bits
        return _BY_HAND + json.dumps(fields)
    return _BY_HAND + json.dumps(fields) if b"null" in text else text.decode()  # NaN and infinity are null there


def unpacked(text: str) -> dict[str, Any]:
    """The fields that :func:`packed` wrote; what is neither a scalar nor a list of words is an :class:`OtherCell`."""
    fields: dict[str, Any] = json.loads(text) if text[0] == _BY_HAND else orjson.loads(text)
    for name, value in fields.items():
        if type(value) is dict:
            fields[name] = OtherCell(_LIST in value, next(iter(value.values())))
    return fields


def _kept(value: Any) -> Any:
    value = plain_cell(value)
    if value is None or isinstance(value, SCALARS):
        return value
    is_list = isinstance(value, (list, tuple))
    if is_list and words_in(value) is not None:
        return list(value)
    return {_LIST if is_list else _OTHER: str(value)[:SHOWN]}
