"""Lists and objects that a text writes as JSON, as Python literals or as numpy prints them; nothing is evaluated."""

from __future__ import annotations

import ast
import re
from typing import Any

import orjson

from core.corpus.clean import whole_pairs

LONGEST = 5_000_000  # characters of a cell that are read as Python
_ARRAY = re.compile(r"^\s*array\(|,\s*dtype=\w+\)\s*$")
# Quoted text, or what Python does not read outside it: numpy prints no comma between objects.
_OUTSIDE = re.compile(
    r"""(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<between>\}\s*\{)"""
    r"""|(?P<word>\b(?:nan|NaN|inf|Infinity|null|true|false|array(?=\()))|,\s*dtype=\w+(?=\s*\))""",
    re.DOTALL,
)
_WRITTEN = {
    "nan": "None", "NaN": "None", "inf": "1e999", "Infinity": "1e999", "null": "None", "true": "True", "false": "False",
}  # fmt: skip
_WORD = re.compile(r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*\"""")
_WORDS = re.compile(rf"\[\s*(?:(?:{_WORD.pattern})\s*)+\]")


def structure(cell: str) -> Any:
    """The list or object in a cell, written as JSON or as Python literals; None for any other text."""
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError:
        pass
    if len(cell) > LONGEST:
        return None
    for text in (cell, _OUTSIDE.sub(_as_literal, cell)):
        try:
            value = ast.literal_eval(text.strip())
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        return _plain(value)
    return None


def _as_literal(part: re.Match[str]) -> str:
    """Python text of what numpy and JSON write in other words; texts between quotation marks stay."""
    if part["text"] is not None:
        return part["text"]
    if part["between"] is not None:
        return "}, {"
    return _WRITTEN.get(part["word"] or "", "")


def list_in(cell: str) -> list[Any] | None:
    """The list that a cell holds as JSON, Python or numpy text (``['law' 'art']``, no commas); None for other text."""
    if not cell.startswith(("[", "array([")):
        return None
    text = _ARRAY.sub("", cell)
    if _WORDS.fullmatch(text):  # Python would join words that no comma parts
        try:
            return [ast.literal_eval(word) for word in _WORD.findall(text)]
        except (ValueError, SyntaxError):  # a NUL byte, half an escape
            return None
    value = structure(cell)
    return value if isinstance(value, list) else None


def _plain(value: Any) -> Any:
    """Literals as JSON values: tuples and sets become lists, names become text."""
    if isinstance(value, dict):
        return {whole_pairs(str(key)): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(part) for part in value]
    if isinstance(value, str):
        return whole_pairs(value)
    if isinstance(value, (bytes, complex)) or value is Ellipsis:
        return str(value)
    return value
