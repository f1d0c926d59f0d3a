"""Reads a cell of a score table as people write it: with emphasis, a spread after "±", remarks in brackets."""

from __future__ import annotations

import re
from typing import NamedTuple

from core.evidence.importers.numbers import LONGEST, parse_number

_LATEX = re.compile(r"\\(?:textbf|textit|mathbf|underline|bf|bfseries|emph)\b")
_EMPHASIS = re.compile(
    r"(?P<mark>\*\*|\*|`|~~)(?P<inside>[^*`~]++)(?P=mark)|\\(?:textbf|textit|emph)\{(?P<latex>[^{}]++)\}"
)
_MARKUP = re.compile(r"</?[a-zA-Z]{1,10}>")
_FOOT = "*“”„\"'≈†‡§¶#^↑↓▲▼✓✔⬆⬇`_~$🥇🥈🥉🏆"
_SPREAD = re.compile(r"±|\+/[-−–]|\+-|\\pm\b")
_CHANGE = re.compile(r"[↑↓▲▼⬆⬇]")  # a change relative to another score, after the score
_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*")
_END = r"([+−–-]?(?:\d++(?:[.,]\d++)?|[.]\d++))\s*+%?\s*+"
_INTERVAL = re.compile(rf"[(\[]?\s*+{_END}[/;,]\s*+{_END}[)\]]?")
_SIGNED = re.compile(r"±|[+−–-][^/;,]{1,20}[/;,]\s?[+−–-]")


class ScoreCell(NamedTuple):
    """A number with its ``spread`` (after "±", in the unit of the value) and ``remark`` (in brackets after it)."""

    value: float
    percent: bool
    spread: float | None
    remark: str


def parse_cell(text: str, *, decimal: str = "") -> ScoreCell:
    """``text`` as a number with its spread and remark. ``decimal`` as in :func:`parse_number`.

    Raises ValueError with a reason to show to the user.
    """
    text = str(text).strip()
    if len(text) > LONGEST:
        parse_number(text)  # says that it is too long
    bare = _without_marks(text)
    value, remark = _without_remark(bare)
    spread = ""
    if mark := _SPREAD.match(inside := _without_marks(remark)):
        spread, remark = inside[mark.end() :], ""
    elif mark := _SPREAD.search(value):
        value, spread = value[: mark.start()], value[mark.end() :]
    elif mark := _CHANGE.search(value):
        value, remark = value[: mark.start()], remark or value[mark.start() :]
    value, spread = _without_marks(value), _without_marks(spread)
    try:
        number = parse_number(value, decimal=decimal)
    except ValueError:
        if bare != text:
            parse_number(text, decimal=decimal)  # its reason quotes the cell as it is written
        raise
    percent = number.percent or spread.rstrip().endswith("%")
    return ScoreCell(number.value, percent, _spread(spread, decimal), remark)


def bare_text(text: str) -> str:
    """A name without the marks of bold, italics or code around it: "**ours**", "\\textbf{ours}", "`ours`"."""
    text = text.strip()
    match = _EMPHASIS.fullmatch(text)
    return next(part for part in (match["inside"], match["latex"]) if part is not None).strip() if match else text


def interval(text: str) -> tuple[float, float] | None:
    """The two ends of "(-1.88, +1.97)", "(-1.1 / +1.5)", "[20.6; 24.1]" or "±3"; None for any other text."""
    bare = _without_marks(text.strip()[:LONGEST])
    match = _INTERVAL.fullmatch(bare)
    if match is None:
        mark = _SPREAD.match(bare)
        half = _spread(bare[mark.end() :].strip(), _decimal(bare)) if mark else None
        return None if half is None else (-half, half)
    try:
        low, high = (parse_number(end, decimal=_decimal(end)).value for end in match.groups())
    except ValueError:
        return None
    return low, high


def is_interval(text: str) -> bool:
    """Whether ``text`` can only be an interval: in brackets, or two ends with signs. "7/8" may be a share."""
    return interval(text) is not None and (text.strip()[:1] in ("(", "[") or _SIGNED.match(text.strip()) is not None)


def _decimal(text: str) -> str:
    return "," if text.count(",") == 1 and "." not in text else "."


def _spread(text: str, decimal: str) -> float | None:
    try:
        return abs(parse_number(text, decimal=decimal).value)
    except ValueError:
        return None


def _without_marks(text: str) -> str:
    """``text`` without bold, italics, code, footnote signs and medals; a minus or a point stays."""
    if any(mark in text for mark in "\\<"):
        text = _MARKUP.sub("", _LATEX.sub("", text)).replace("{", "").replace("}", "").replace("\\%", "%")
    return text.strip(_FOOT + " \t\u00a0").strip()


def _without_remark(text: str) -> tuple[str, str]:
    """The text before brackets at its end, and the text in them; a text that is only brackets is left whole."""
    text = text.strip()
    start = max(text.rfind("("), text.rfind("["))
    if start > 0 and (match := _BRACKETS.fullmatch(text[start:])):
        return _without_marks(text[:start]), match[1].strip()
    return _without_marks(text), ""
