"""A cell that holds several words, such as the topics ["history", "law"] of one row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class Several(str):
    """The words of one cell, shown with commas between them; whoever groups rows asks :func:`words_of` for each."""

    __slots__ = ("words",)
    words: tuple[str, ...]

    def __new__(cls, words: Iterable[str]) -> Several:
        kept = tuple(words)
        made = super().__new__(cls, ", ".join(kept))
        made.words = kept
        return made

    def __reduce__(self) -> tuple[type[Several], tuple[tuple[str, ...]]]:
        return Several, (self.words,)


def words_of(cell: Any) -> tuple[str, ...]:
    """The words of a cell of a column of text: several, one, or none where there is no value."""
    if isinstance(cell, Several):
        return cell.words
    return () if cell is None or cell == "" else (cell,)


def coded(column: NDArray[Any]) -> tuple[NDArray[np.int64], list[Any]]:
    """The different cells of ``column`` (rows,) of objects, and (rows,) int64 which of them each row has.

    Cells are told apart by being the same object, as the equal cells of a stored column are: a million rows with a
    few values are looked into a few times. Equal cells that are several objects come several times.
    """
    if column.dtype.kind != "O":  # numbers have no objects of their own
        different, of_rows = np.unique(column, return_inverse=True)
        return of_rows.astype(np.int64), different.tolist()
    places, first = pd.factorize(np.fromiter(map(id, column), dtype=np.int64, count=len(column)))
    starts = np.empty(len(first), dtype=np.int64)  # a row of each cell
    starts[places] = np.arange(len(column))
    return places.astype(np.int64), column[starts].tolist()


def overlaps(column: NDArray[Any]) -> bool:
    """Whether any cell of ``column`` (rows,) holds two words or more, so that its values do not part the rows."""
    if column.dtype.kind != "O":
        return False
    return any(isinstance(cell, Several) and len(cell.words) > 1 for cell in coded(column)[1])


def word_entries(column: NDArray[Any]) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """The sorted words of ``column`` (rows,) of text, and (entries,) pairs of row and word, ascending by row."""
    return entries_of(*coded(column))


def entries_of(
    places: NDArray[np.int64], cells: Sequence[Any]
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """What :func:`word_entries` gives, of rows that have the cell ``cells[places]`` each, ``places`` (rows,)."""
    words = [words_of(cell) for cell in cells]
    names = sorted({word for cell in words for word in cell})
    number = {word: place for place, word in enumerate(names)}
    numbers = np.array([number[word] for cell in words for word in cell], dtype=np.int64)
    sizes = np.array([len(cell) for cell in words], dtype=np.int64)
    begins = np.cumsum(sizes) - sizes  # (cells,) where the numbers of each begin
    of_row = sizes[places]
    rows = np.repeat(np.arange(len(places)), of_row)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(of_row) - of_row, of_row)
    return names, rows, numbers[np.repeat(begins[places], of_row) + within]


def with_word(column: NDArray[Any], wanted: Collection[str]) -> NDArray[np.bool_]:
    """(rows,) whether a cell of ``column`` (rows,) of text is one of ``wanted``, or has one of them as a word."""
    places, cells = coded(column)
    chosen = set(wanted)
    fits = [cell in chosen or any(word in chosen for word in words_of(cell)) for cell in cells]
    return np.array(fits, dtype=bool)[places]
