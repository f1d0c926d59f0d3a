"""How a row is called: by its id, 16 hexadecimal digits, or by where it came from, file:line.

Every page, command and file writes and reads ids through this module, so the same text means the same row everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.counted import counted
from core.errors import InputError

if TYPE_CHECKING:
    from core.corpus.store import Corpus

ID_LOOKS_LIKE = "A row id is 16 digits, 0–9 and a–f, as tables of rows and reading cards show it."
_ID = re.compile("[0-9a-fA-F]{16}")
_RECORDED = re.compile("[0-9a-fA-F]{1,16}")
_PLACE = re.compile(r"(?P<file>.+):(?P<line>[0-9]{1,12})")
_WORDS = re.compile(r"[^\s,]+")
LISTED = 8  # names in a message


def show_id(row_id: int) -> str:
    """A row id as everything shows and writes it: 16 hexadecimal digits."""
    return f"{int(row_id):016x}"


def show_place(file: str, line: int) -> str:
    """Where a row came from, as everything shows it: file:line, or file:record where the file has no lines."""
    return f"{file}:{line}"


def parse_id(typed: str) -> int:
    """The row id that a person typed: all its 16 hexadecimal digits, capital or small.

    Raises :class:`InputError` for anything else. Fewer digits name no row: what is the beginning of one id today is
    that of two tomorrow, and "12" may have been meant as a number.
    """
    text = typed.strip()
    if not _ID.fullmatch(text):
        raise InputError(f"{text[:40]!r} is no row id.", remedy=ID_LOOKS_LIKE)
    return int(text, 16)


def named_rows(corpus: Corpus, typed: str) -> list[int]:
    """The ids of the rows that a person typed: one by its id, or all that came from a file:line of ``corpus``.

    An id need not be one of the corpus. Raises :class:`InputError` for a text that is neither, a file that the corpus
    does not have, and a line that holds no row.
    """
    text = typed.strip()
    place = _PLACE.fullmatch(text)
    if place is None and _ID.fullmatch(text):
        return [parse_id(text)]
    files = corpus.files
    if place is None:
        example = show_place(files[0], 12) if files else "file:12"
        raise InputError(
            f"{text[:40]!r} is no row id.",
            remedy=f"{ID_LOOKS_LIKE} A row may also be named by the file and line it came from, such as {example}.",
        )
    file, line = place["file"], int(place["line"])
    if file not in files:
        known = ", ".join(files[:LISTED]) + (" …" if len(files) > LISTED else "")
        raise InputError(f"{corpus.name} has no file “{file}”.", remedy=f"Its files: {known or 'none'}.")
    rows = corpus.rows_from(file, line)
    if not len(rows):
        raise InputError(
            f"No row of {corpus.name} came from {show_place(file, line)}.",
            remedy="A line that is broken or empty holds no row; the corpus's report counts them.",
        )
    return [int(row_id) for row_id in corpus.ids[rows]]


def named_row(corpus: Corpus, typed: str) -> int:
    """The id of the one row that a person typed, as :func:`named_rows` reads it.

    Raises :class:`InputError` also where a line holds several rows, and names them.
    """
    row_ids = named_rows(corpus, typed)
    if len(row_ids) > 1:
        listed = ", ".join(map(show_id, row_ids[:LISTED])) + (" …" if len(row_ids) > LISTED else "")
        raise InputError(
            f"{typed.strip()} holds {counted(len(row_ids), 'row')}.", remedy=f"Name one by its id: {listed}."
        )
    return row_ids[0]


def names_in(text: str) -> list[str]:
    """The names of rows in a text that a person typed, each once: one a line, or with blanks or commas between them.

    A line whose file name holds a blank or a comma is one name.
    """
    names: list[str] = []
    for line in text.splitlines():
        words = _WORDS.findall(line)
        one_name = ":" in line and not all(_ID.fullmatch(word) or _PLACE.fullmatch(word) for word in words)
        names += [line.strip()] if one_name else words
    return list(dict.fromkeys(names))


def recorded_ids(texts: Iterable[str]) -> NDArray[np.uint64]:
    """(ids,) uint64, ascending and distinct: row ids as a recipe or a link holds them.

    Ids were once written without their leading zeros, so fewer than 16 hexadecimal digits are read here, and only
    here. Raises :class:`InputError` for any other text.
    """
    return np.array(sorted({_recorded_id(text) for text in texts}), dtype=np.uint64)


def renewed(recorded: str) -> str:
    """A row id of a recipe or a link as it is written today; a text that is none stays as it is, to be refused."""
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
    raise InputError(f"{value!r} is no row id.", remedy=ID_LOOKS_LIKE)


def _recorded_id(text: str) -> int:
    if not _RECORDED.fullmatch(text):
        raise InputError(f"{text[:40]!r} is no row id.", remedy=ID_LOOKS_LIKE)
    return int(text, 16)
