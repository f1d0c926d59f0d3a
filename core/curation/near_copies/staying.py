"""Which rows of a group of copies stay: the longest, of the first source, by a score, or at random."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.store import Corpus
from core.curation.near_copies.settings import NearCopies
from core.errors import InputError, in_short
from core.selection.priorities import by_priority
from core.several import words_of


def preference(corpus: Corpus, settings: NearCopies) -> NDArray[np.int64]:
    """(rows,) each row's rank, 0 for the one that stays before all others; ties by row id.

    Raises :class:`InputError` for a column that is not there or holds no numbers.
    """
    if settings.keep == "random":
        order = by_priority(corpus.ids, seed=settings.seed)
    else:
        order = np.argsort(_cost(corpus, settings), kind="stable")
    ranks = np.empty(len(corpus), dtype=np.int64)
    ranks[order] = np.arange(len(corpus))
    return ranks


def _cost(corpus: Corpus, settings: NearCopies) -> NDArray[Any]:
    """(rows,) a number that is smallest for the row to keep."""
    if settings.keep == "longest":
        return -(corpus.column("instruction_characters") + corpus.column("response_characters"))
    if settings.keep == "source":
        cells = [words_of(cell) for cell in corpus.column("source").tolist()]
        others = sorted({name for names in cells for name in names} - set(settings.sources))
        place = {name: number for number, name in enumerate([*dict.fromkeys(settings.sources), *others])}
        return np.array([min((place[name] for name in names), default=len(place)) for names in cells])
    values = corpus.column(settings.column)
    if values.dtype.kind != "f":
        raise InputError(f"The column “{in_short(settings.column)}” holds text.", remedy="Choose a column of numbers.")
    signed = values if settings.keep == "lowest" else -values
    return np.where(np.isnan(signed), np.inf, signed)


def left_out(
    groups: NDArray[np.int64], ranks: NDArray[np.int64], passing: NDArray[np.bool_], *, most: int = 1
) -> NDArray[np.int64]:
    """(rows,) int64: the row of its group that stays for a row that is left out, −1 for all others.

    ``groups`` (rows,) are those of :class:`CopyForest`; only rows that are ``passing`` (rows,) stay, or are left out.
    Of each group the ``most`` rows with the smallest ``ranks`` stay, and the first of them stands for the others.
    """
    standing = np.full(len(groups), -1, dtype=np.int64)
    rows = np.flatnonzero(passing & (groups >= 0))
    if not len(rows):
        return standing
    rows = rows[np.lexsort((ranks[rows], groups[rows]))]
    new = np.diff(groups[rows], prepend=-1) != 0
    start = np.maximum.accumulate(np.where(new, np.arange(len(rows)), 0))  # the place of each group's first row
    over = np.arange(len(rows)) - start >= most
    standing[rows[over]] = rows[start[over]]
    return standing
