"""Which row of a corpus a typed name means, on the command line and in every field of a page."""

from __future__ import annotations

import re

from core.corpus.row_ids import ID, ID_LOOKS_LIKE, PLACE, parse_id, show_id, show_place
from core.corpus.store import Corpus
from core.counted import counted
from core.errors import InputError, in_short, quoted

LISTED = 8  # row names listed in a message
_WORDS = re.compile(r"[^\s,]+")


def named_rows(corpus: Corpus, typed: str) -> list[int]:
    """The ids of the rows that the user named: the row with an id, or all rows that came from a file:line.

    The row with that id may be missing from ``corpus``. Raises :class:`InputError` for a text that is neither an id nor
    a file:line, a file that the corpus does not have, and a line that holds no row.
    """
    text = typed.strip()
    place = PLACE.fullmatch(text)
    if place is None and ID.fullmatch(text):
        return [parse_id(text)]
    files = corpus.files
    if place is None:
        example = show_place(files[0], 12) if files else "file:12"
        raise InputError(
            f"{quoted(text)} is not a row id.",
            remedy=f"{ID_LOOKS_LIKE} A row may also be named by the file and line it came from, such as {example}.",
        )
    file, line = place["file"], int(place["line"])
    if file not in files:
        known = ", ".join(files[:LISTED]) + (" …" if len(files) > LISTED else "")
        raise InputError(f"{corpus.name} has no file “{in_short(file)}”.", remedy=f"Its files: {known or 'none'}.")
    rows = corpus.rows_from(file, line)
    if not len(rows):
        raise InputError(
            f"No row of {corpus.name} came from {show_place(file, line)}.",
            remedy="A line that is broken or empty holds no row; the corpus's report counts them.",
        )
    return [int(row_id) for row_id in corpus.ids[rows]]


def named_row(corpus: Corpus, typed: str) -> int:
    """The id of the single row that the user named, as :func:`named_rows` reads it.

    Also raises :class:`InputError` where a line holds several rows; the message lists their ids.
    """
    row_ids = named_rows(corpus, typed)
    if len(row_ids) > 1:
        listed = ", ".join(map(show_id, row_ids[:LISTED])) + (" …" if len(row_ids) > LISTED else "")
        raise InputError(
            f"{typed.strip()} holds {counted(len(row_ids), 'row')}.", remedy=f"Name one by its id: {listed}."
        )
    return row_ids[0]


def names_in(text: str) -> list[str]:
    """The row names in a text that the user typed, each once: on lines of their own, or split by blanks or commas.

    A line whose file name holds a blank or a comma is one name.
    """
    names: list[str] = []
    for line in text.splitlines():
        words = _WORDS.findall(line)
        one_name = ":" in line and not all(ID.fullmatch(word) or PLACE.fullmatch(word) for word in words)
        names += [line.strip()] if one_name else words
    return list(dict.fromkeys(names))
