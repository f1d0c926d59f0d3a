"""The values of a column in a few bins: for the small histograms above a table, and for filters made of their bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.corpus.pool import ColumnFilter
from core.corpus.store import Corpus
from core.errors import InputError
from core.row_positions import CorpusRows
from core.several import coded, words_of

BINS = 24  # of a column of numbers
SEPARATE = 12  # a column with at most this many different whole numbers has a bin for each
WORDS = 4  # values of a column of words that have a bin each
CROWDED = 0.5  # the share of the rows in one bin from which bins are equally wide on a logarithmic axis


@dataclass(frozen=True, eq=False)
class Histogram:
    """The bins of one column. ``codes`` (rows,) int16 is the bin of each row, −1 for a row without a value.

    Of numbers, bin i holds lows[i] ≤ value ≤ highs[i]. Of words, bin i holds ``names[i]``; a row with several words is
    in the bin of the first of them that has one. ``others`` is how many further values there are; their rows have −2.
    """

    column: str
    kind: Literal["numbers", "words"]
    codes: NDArray[np.int16]
    counts: NDArray[np.int64]
    lows: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()
    names: tuple[str, ...] = ()
    others: int = 0
    logarithmic: bool = False

    def counts_in(self, rows: CorpusRows) -> NDArray[np.int64]:
        """(bins,) how many of ``rows`` are in each bin."""
        codes = self.codes[rows]
        return np.bincount(codes[codes >= 0], minlength=len(self.counts)).astype(np.int64)

    def filter(self, first: int, last: int) -> ColumnFilter:
        """The rows in the bins ``first`` to ``last``, both included. Raises :class:`InputError` for no such bins."""
        if not 0 <= first <= last < len(self.counts):
            raise InputError("There are no such bins.", remedy="Press a bar of the histogram again.")
        if self.kind == "words":
            return ColumnFilter(column=self.column, values=self.names[first : last + 1])
        return ColumnFilter(column=self.column, minimum=self.lows[first], maximum=self.highs[last])


def histogram(corpus: Corpus, column: str) -> Histogram:
    """The bins of ``column`` over all rows of the corpus. Raises :class:`InputError` when there is no such column."""
    values = corpus.column(column)
    return _of_numbers(column, values) if values.dtype.kind == "f" else _of_words(corpus, column, values)


def _of_numbers(column: str, values: NDArray[np.float64]) -> Histogram:
    known = values[np.isfinite(values)]
    codes = np.full(len(values), -1, dtype=np.int16)
    if not len(known):
        return Histogram(column, "numbers", codes, np.zeros(0, dtype=np.int64))
    whole = bool(np.all(known == np.floor(known)))
    different = np.unique(known)
    logarithmic = False
    if whole and len(different) <= SEPARATE:
        lows = highs = different
    else:
        lows, highs, logarithmic = _edges(known, whole=whole)
    there = np.isfinite(values)
    codes[there] = np.searchsorted(lows, values[there], side="right") - 1
    counts = np.bincount(codes[there], minlength=len(lows)).astype(np.int64)
    return Histogram(
        column, "numbers", codes, counts, tuple(lows.tolist()), tuple(highs.tolist()), logarithmic=logarithmic
    )


def _edges(known: NDArray[np.float64], *, whole: bool) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
    """(bins,) lowest and highest value of each bin, and whether bins are equally wide on a logarithmic axis."""
    low, high = float(known.min()), float(known.max())
    steps = np.linspace(0.0, 1.0, BINS + 1)[:-1]
    lows = low * (1 - steps) + high * steps  # the difference of the ends may be beyond the largest number
    lows[0] = low
    logarithmic = False
    if low >= 0 and high > 0 and (crowd := _fullest(known, lows)) > CROWDED:
        wider = np.geomspace(max(low, float(known[known > 0].min())), high, BINS + 1)[:-1]
        wider[0] = low
        if logarithmic := _fullest(known, wider) < crowd:
            lows = wider
    if whole:
        lows = np.unique(np.ceil(lows))
        highs = np.append(lows[1:] - 1, high)
    else:
        lows = np.unique(lows)
        highs = np.append(np.nextafter(lows[1:], -np.inf), high)
    return lows, highs, logarithmic


def _fullest(known: NDArray[np.float64], lows: NDArray[np.float64]) -> float:
    """The share of ``known`` in the fullest of the bins that begin at ``lows``."""
    counts = np.bincount(np.searchsorted(np.unique(lows), known, side="right"))
    return float(counts.max() / len(known))


def _of_words(corpus: Corpus, column: str, values: NDArray[Any]) -> Histogram:
    named = corpus.counts_of(column)
    names = tuple(named)[: WORDS if len(named) > WORDS + 1 else WORDS + 1]
    place = {name: number for number, name in enumerate(names)}
    places, cells = coded(values)
    words = [words_of(cell) for cell in cells]
    first = [next((place[word] for word in cell if word in place), -2 if cell else -1) for cell in words]
    codes = np.array(first, dtype=np.int16)[places]
    counts = np.bincount(codes[codes >= 0], minlength=len(names)).astype(np.int64)
    return Histogram(column, "words", codes, counts, names=names, others=len(named) - len(names))
