"""Reads conversations in text cells: JSON, or Python and numpy as ``to_csv`` prints them; nothing is evaluated."""

from __future__ import annotations

import re
from typing import Any

from core.corpus.formats.json_values import DEEPEST, too_deep
from core.corpus.formats.json_wrappers import COLUMN_NAMES, RECORD_KEYS
from core.corpus.formats.literals import structure
from core.errors import in_short

_TURN = re.compile(r"""\s*(?:array\(\s*)?(?:\[\s*)?\{\s*['"]""")
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
            raise UnreadableCell(f"The cell of the column “{in_short(name)}” holds {kind} text that cannot be read.")
        if isinstance(value, dict) and any(_are_turns(part) for part in value.values()):
            changed = {**{key: part for key, part in (changed or record).items() if key != name}, **value}
        elif _are_turns(value):
            changed = {**(changed or record), name: value}
        else:
            continue
        if too_deep(value):
            raise UnreadableCell(
                f"The cell of the column “{in_short(name)}” is nested more than {DEEPEST} levels deep."
            )
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
