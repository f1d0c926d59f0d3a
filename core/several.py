"""A cell that holds several words, such as the topics ["history", "law"] of one row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
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


def overlaps(column: NDArray[Any]) -> bool:
    """Whether any cell of ``column`` (rows,) holds two words or more, so that its values do not part the rows."""
    return column.dtype.kind == "O" and any(isinstance(cell, Several) and len(cell.words) > 1 for cell in column)


def word_entries(column: NDArray[Any]) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """The sorted words of ``column`` (rows,) of text, and (entries,) pairs of row and word, ascending by row."""
    words = [words_of(cell) for cell in column.tolist()]
    names = sorted({word for cell in words for word in cell})
    number = {word: place for place, word in enumerate(names)}
    rows = np.repeat(np.arange(len(words)), [len(cell) for cell in words])
    return names, rows, np.array([number[word] for cell in words for word in cell], dtype=np.int64)
