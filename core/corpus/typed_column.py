"""The values of one field as a column: numbers, words, or several words a row; and the cells that are none of these."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from core.corpus.formats.literals import list_in

SCALARS = (str, int, float, bool)
EXACT = 1 << 53  # whole numbers up to here are exact as float64
EXACT_DIGITS = 16
ODD_SHARE = 0.1  # of the cells of a column of numbers may be no numbers
NUMBERS_BESIDE_ONE = 4  # so many numbers make a column of numbers whatever a single other cell holds
SHOWN = 40  # characters of such a cell
LONGEST_INTEGER = 300  # digits; float64 ends a little above
Kind = Literal["number", "text", "list"]  # a list is of words: a category with several values a row
MOST_WORDS, LONGEST_WORD = 50, 200  # of a cell, and characters of a word; longer lists are texts rather than labels


@dataclass(frozen=True)
class OddCells:
    """A column of numbers with ``count`` cells that are none, and the place in the rows read and the text of the first.

    ``kept``: the column is one of numbers all the same, and these cells are missing in it; not where they are whole
    numbers too long for it, which must stay different.
    """

    column: str
    numbers: int
    count: int
    row: int
    text: str
    kept: bool


def scalar_column(values: Sequence[Any], *, text_numbers: bool = False) -> tuple[pa.Array, Kind]:
    """``values`` as a column: lists where all are lists of words, float64 where all are numbers that it can hold.

    Any other column is text; there what is no scalar is null.
    Whole numbers too long for float64, such as ids of 18 digits, make a column of text: there they stay different.
    ``text_numbers``: text that reads as a number counts as one (CSV knows nothing else).
    """
    filled = [value for value in values if value is not None and value != ""]
    if filled and _are_lists(filled):
        return pa.array(map(words_of_cell, values), type=pa.list_(pa.string())), "list"
    if filled and _are_numbers(filled, text=text_numbers):
        return pa.array(
            [None if value is None or value == "" else float(value) for value in values], pa.float64()
        ), "number"
    return pa.array([as_text(value) for value in values], type=pa.string()), "text"


def can_be_column(filled: list[Any]) -> bool:
    """Whether any cell is a scalar, or all are lists of words."""
    return any(isinstance(value, SCALARS) for value in filled) or _are_lists(filled)


def words_in(value: Any) -> list[str] | None:
    """The words of a cell that is a list of words or whole numbers, or the text of one, each once; None for others."""
    if isinstance(value, str):
        value = list_in(value) if len(value) < MOST_WORDS * LONGEST_WORD else None
    if not isinstance(value, (list, tuple)) or len(value) > MOST_WORDS:
        return None
    if not all((isinstance(word, str) and len(word) <= LONGEST_WORD) or type(word) is int for word in value):
        return None
    words = (as_text(word) or "" for word in value)
    return list(dict.fromkeys(word for word in words if word.strip()))


def plain_cell(value: Any) -> Any:
    """A decimal of Parquet as a number, a date or a time as text; every other value as it came."""
    if isinstance(value, decimal.Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value) if isinstance(value, (datetime.timedelta, uuid.UUID)) else value


def _are_lists(filled: list[Any]) -> bool:
    """Whether the cells are lists of words: all of them, or all but single words beside lists."""
    lists = [value for value in filled if isinstance(value, (list, tuple))]
    if lists:
        others = (value for value in filled if not isinstance(value, (list, tuple)))
        if not all(isinstance(value, str) and len(value) <= LONGEST_WORD for value in others):
            return False
    elif isinstance(filled[0], str) and filled[0].startswith(("[", "array([")):
        lists = filled
    cells = [words_in(value) for value in lists]
    return any(cells) and None not in cells


def words_of_cell(value: Any) -> list[str] | None:
    """The words of a cell of a column of lists; None where it holds none."""
    if value is None or value == "":
        return None
    words = words_in(value)
    return [str(as_text(value))] if words is None else words or None


def odd_cells(name: str, by_place: dict[int, Any], picked: list[int], *, text: bool) -> OddCells | None:
    """The cells of a column that keep it from being one of numbers; None where it is one, or far from it."""
    values = list(by_place.values())
    types = {*map(type, values)}
    if (types <= {int, float} or types == {str}) and not (types == {str} and text):
        return None
    odd = [place for place, value in by_place.items() if not is_number(value, text=text)]
    numbers = len(values) - len(odd)
    alone = len(odd) == 1 and numbers >= NUMBERS_BESIDE_ONE
    if not odd or (len(odd) > ODD_SHARE * len(values) and not alone):
        return None
    kept = not any(is_long_number(by_place[place]) for place in odd)
    first = odd[0]
    return OddCells(name, numbers, len(odd), picked[first], str(by_place[first])[:SHOWN], kept)


def without_odd(by_place: dict[int, Any], *, text: bool) -> dict[int, Any]:
    """The cells of a column that are numbers, by their place."""
    return {place: value for place, value in by_place.items() if is_number(value, text=text)}


def is_long_number(value: Any) -> bool:
    """Whether a cell is a whole number, or the text of one, too long for float64."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return False
    return isinstance(value, int) or value.strip().lstrip("+-").isdecimal()


def _are_numbers(filled: list[Any], *, text: bool) -> bool:
    types = {*map(type, filled)}
    if types <= {int, float} and min(filled) >= -EXACT and max(filled) <= EXACT:
        return True
    if types == {str} and not text:
        return False
    return all(is_number(value, text=text) for value in filled)


def is_number(value: Any, *, text: bool) -> bool:
    """Whether ``value`` is a number that float64 holds without changing it; ``text``: or the text of one."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str) if text else (int, float)):
        return False
    if isinstance(value, str):
        digits = value.strip().lstrip("+-")
        if len(digits) < EXACT_DIGITS:
            try:
                float(value)
            except ValueError:
                return False
            return True
        if digits.isdecimal():
            return len(digits) <= LONGEST_INTEGER and int(float(value)) == int(value)
        try:
            float(value)
        except ValueError:
            return False
        return True
    if isinstance(value, int):
        return abs(value) <= EXACT or (abs(value) < 1 << 1000 and int(float(value)) == value)
    return True


def as_text(value: Any) -> str | None:
    """A scalar as the text of a cell; None for what is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int) and abs(value) >= 1 << 10_000:  # Python writes no integer of more digits
        return hex(value)
    return str(value) if isinstance(value, (int, float)) else None
