"""Reads conversations in text cells: JSON, or Python and numpy as ``to_csv`` prints them; nothing is evaluated."""

from __future__ import annotations

import ast
import re
from typing import Any

import orjson

from core.corpus.clean import whole_pairs
from core.corpus.formats.json_values import DEEPEST, too_deep
from core.corpus.formats.json_wrappers import COLUMN_NAMES, RECORD_KEYS

LONGEST = 5_000_000  # characters of a cell that are read as Python
_ARRAY = re.compile(r"^\s*array\(|,\s*dtype=\w+\)\s*$")
_TURN = re.compile(r"""\s*(?:array\(\s*)?(?:\[\s*)?\{\s*['"]""")
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
_ROLES = ("role", "from")


class UnreadableCell(ValueError):
    """A cell that begins like a conversation and cannot be read; the message names its column."""


def with_turns(record: dict[str, Any]) -> dict[str, Any]:
    """``record`` with conversations in text cells turned into lists; ``record`` itself if it has none.

    A cell with an object around its turns is replaced by the fields of that object, and so is the only cell of a row
    if it holds a record. Text that only looks like a list stays text. Raises :class:`UnreadableCell` for a conversation
    that is nested too deeply, and for a broken cell in a column with a name for conversations.
    """
    if len(record) == 1:
        record = _opened(record)
    changed: dict[str, Any] | None = None
    for name, cell in record.items():
        if not isinstance(cell, str) or not cell or cell[0] not in "[{a \n\t" or not _TURN.match(cell):
            continue
        value = structure(cell)
        if value is None and name.strip().lower() in RECORD_KEYS - {"instruction", "prompt"}:
            kind = "JSON" if '"' in cell[:20] else "Python"
            raise UnreadableCell(f"The cell of the column “{name}” holds {kind} text that cannot be read.")
        if isinstance(value, dict) and any(_are_turns(part) for part in value.values()):
            changed = {**{key: part for key, part in (changed or record).items() if key != name}, **value}
        elif _are_turns(value):
            changed = {**(changed or record), name: value}
        else:
            continue
        if too_deep(value):
            raise UnreadableCell(f"The cell of the column “{name}” is nested more than {DEEPEST} levels deep.")
    return record if changed is None else changed


def _opened(record: dict[str, Any]) -> dict[str, Any]:
    """The record that the single cell of a row holds as text; ``record`` itself where it holds none."""
    (cell,) = record.values()
    value = structure(cell) if isinstance(cell, str) and cell[:1] == "{" and _TURN.match(cell) else None
    return value if isinstance(value, dict) and len(value) > 1 and _is_record(value) else record


def _is_record(value: dict[str, Any]) -> bool:
    """Whether an object has the names of a record's content."""
    return bool(COLUMN_NAMES & {str(name).strip().lower() for name in value})


def _are_turns(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(turn, dict) and any(key in turn for key in _ROLES) for turn in value)
    )


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
        return [ast.literal_eval(word) for word in _WORD.findall(text)]
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
