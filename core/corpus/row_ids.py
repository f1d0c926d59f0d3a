"""How a row is named: by its id, 16 hexadecimal digits, or by where it came from, file:line.

Every page, command and file writes and reads ids through this module; core.corpus.named_rows finds the row of a corpus
that a typed text names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, quoted

ID_LOOKS_LIKE = "A row id is 16 digits, 0–9 and a–f, as tables of rows and reading cards show it."
ID = re.compile("[0-9a-fA-F]{16}")
PLACE = re.compile(r"(?P<file>.+):(?P<line>[0-9]{1,12})")
_RECORDED = re.compile("[0-9a-fA-F]{1,16}")


def show_id(row_id: int) -> str:
    """A row id as every page, command and file writes it: 16 hexadecimal digits."""
    return f"{int(row_id):016x}"


def show_place(file: str, line: int) -> str:
    """Where a row came from, as every page and command shows it: file:line, or file:record if the file has no lines."""
    return f"{file}:{line}"


def parse_id(typed: str) -> int:
    """The row id that the user typed: all its 16 hexadecimal digits, in upper or lower case.

    Raises :class:`InputError` for anything else. Fewer digits do not name a row: they may fit one id today and two
    tomorrow, and "12" may be meant as a number.
    """
    text = typed.strip()
    if not ID.fullmatch(text):
        raise InputError(f"{quoted(text)} is not a row id.", remedy=ID_LOOKS_LIKE)
    return int(text, 16)


def recorded_ids(texts: Iterable[str]) -> NDArray[np.uint64]:
    """(ids,) uint64, ascending and distinct: row ids as a recipe or a link holds them.

    Ids were once written without their leading zeros, so fewer than 16 hexadecimal digits are read here, and only
    here. Raises :class:`InputError` for any other text.
    """
    return np.array(sorted({_recorded_id(text) for text in texts}), dtype=np.uint64)


def renewed(recorded: str) -> str:
    """A row id of a recipe or a link as it is written today; any other text is returned unchanged, to be refused."""
    try:
        return show_id(_recorded_id(recorded))
    except InputError:
        return recorded


def id_in_file(value: Any) -> int:
    """The row id in a cell of a user's file: text as a person types it, or a whole number, which is the id itself.

    Raises :class:`InputError` for anything else.
    """
    if isinstance(value, str):
        return parse_id(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64:
        return value
    raise InputError(f"{quoted(value)} is not a row id.", remedy=ID_LOOKS_LIKE)


def _recorded_id(text: str) -> int:
    if not _RECORDED.fullmatch(text):
        raise InputError(f"{quoted(text)} is not a row id.", remedy=ID_LOOKS_LIKE)
    return int(text, 16)
