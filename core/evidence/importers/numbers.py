"""Reads numbers as people write them (decimal points and commas, thousands, percent signs) and as JSON holds them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from core.counted import counted
from core.errors import quoted

Decimal = Literal["", ".", ",", "mixed"]
MOST_COUNTED = 2.0**63  # entries of the ledger cannot hold a larger integer
LONGEST = 400  # characters of a cell that is read as a number; a longer cell is not a number
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f'’_]")
_GAP = re.compile(r"\d[\s\u00a0\u2009\u202f'’_]++(?=\d)(?!\d{3}(?!\d))")  # between digits that are not groups of three
# Repetitions are possessive (no backtracking), so that the time grows with the length and not with its square.
_PLAIN = re.compile(r"[+-]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?")
_NOTHING = {"", "-", "–", "—", "na", "n/a", "nan", "none", "null", "nil", "?", "tba", "#n/a"}


class ParsedNumber(NamedTuple):
    value: float
    percent: bool


def parse_number(text: str, *, decimal: str = "") -> ParsedNumber:
    """``text`` as a number. ``decimal`` "." or "," says what a single mark means; with "" each number is judged alone.

    Raises ValueError with a reason to show to the user: not a number, longer than :data:`LONGEST`, not finite,
    ambiguous, or in conflict with ``decimal``.
    """
    text = str(text).strip()
    if len(text) > LONGEST:
        raise ValueError(f"“{text[:20]}…” has {counted(len(text), 'character')}: it is not a number")
    if _GAP.search(text):
        raise ValueError(f"{quoted(text)} is not a number")
    cleaned = _SPACES.sub("", text).replace("−", "-")
    percent = cleaned.endswith("%")
    cleaned = cleaned.rstrip("%")
    if cleaned.lower() in _NOTHING:
        raise ValueError(f"{text or 'an empty cell'} is not a score")
    plain = _point(cleaned, decimal or _alone(cleaned))
    if plain is None or not _PLAIN.fullmatch(plain):
        if re.fullmatch(r"[+-]?inf(inity)?", cleaned, re.IGNORECASE):
            raise ValueError(f"{cleaned} is not a finite number")
        why = f" with a decimal {'comma' if decimal == ',' else 'point'}" if decimal and plain is None else ""
        raise ValueError(f"{quoted(text)} is not a number{why}")
    value = float(plain)
    if not math.isfinite(value):
        raise ValueError(f"{cleaned} is not a finite number")
    return ParsedNumber(value, percent)


def figure(value: object) -> float:
    """A value of JSON, YAML or Parquet as a finite number; a text that is a number with a decimal point counts.

    Raises ValueError with a reason to show to the user: missing, true or false, a list, not a number, not finite.
    """
    if isinstance(value, str):
        return parse_number(value, decimal=".").value
    if value is None:
        raise ValueError("nothing stands there")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        kind = "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else f"{value}".lower()
        raise ValueError(f"{kind} is not a number")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError("a whole number of hundreds of digits is not a score") from None
    if not math.isfinite(number):
        raise ValueError(f"the value is {number}")
    return number


def figure_or_none(value: object) -> float | None:
    """As :func:`figure`, but None where that raises."""
    try:
        return figure(value)
    except ValueError:
        return None


def whole_or_none(value: object) -> int | None:
    """A count or a seed in JSON as a whole number; None for other values, for fractions and beyond 64 bits."""
    number = figure_or_none(value)
    return int(number) if number is not None and number.is_integer() and abs(number) < MOST_COUNTED else None


def whole_number(text: str, *, decimal: str = "", times: int = 1) -> int | None:
    """A count or a seed, multiplied by ``times``; None if ``text`` is not a number, or is beyond 64 bits."""
    try:
        value = parse_number(text, decimal=decimal).value * times
    except ValueError:
        return None
    return int(value) if abs(value) < MOST_COUNTED else None


def guess_decimal(texts: Iterable[str]) -> Decimal:
    """The decimal mark of the unambiguous numbers of a column; "mixed" for both, "" if no number is unambiguous."""
    votes = set()
    for text in texts:
        stripped = str(text).strip()
        if len(stripped) > LONGEST:
            continue
        cleaned = _SPACES.sub("", stripped).rstrip("%")
        if cleaned and (cleaned[0].isdigit() or cleaned[0] in "+-−.,"):
            vote = _vote(cleaned)
            if vote:
                votes.add(vote)
    if len(votes) == 2:
        return "mixed"
    return votes.pop() if votes else ""


def _vote(text: str) -> Literal["", ".", ","]:
    """The mark that must be the decimal mark in ``text`` in any locale; "" if it could be either."""
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        return "," if comma > point else "."
    mark: Literal[".", ","] = "," if comma >= 0 else "."
    if text.count(mark) != 1:
        return ""
    before, after = text.lstrip("+-−").split(mark)
    if len(after.split("e")[0].split("E")[0]) != 3 or before in ("", "0") or len(before) > 3:
        return mark
    return ""


def _alone(text: str) -> str:
    """The decimal mark of a number judged alone: a single point is decimal, "1,234" is refused."""
    vote = _vote(text)
    if vote:
        return vote
    if text.count(",") == 1 and "." not in text:
        raise ValueError(f"{text} is ambiguous: thousands, or a decimal comma")
    return "," if text.count(".") > 1 else "."


def _point(text: str, decimal: str) -> str | None:
    """``text`` with a decimal point and no thousands marks; None if the marks are at impossible places."""
    thousands = "," if decimal == "." else "."
    whole, *rest = text.split(decimal)
    if len(rest) > 1 or (rest and thousands in rest[0]):
        return None
    groups = whole.split(thousands)
    if len(groups) > 1 and (not groups[0].lstrip("+-").isdigit() or any(len(group) != 3 for group in groups[1:])):
        return None
    return "".join(groups) + ("." + rest[0] if rest else "")
