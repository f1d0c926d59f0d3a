"""Which rows a page lists for reading, by a number that each row has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.row_positions import CorpusRows


def most_first(numbers: NDArray[np.integer]) -> CorpusRows:
    """All rows, those with the largest of ``numbers`` (rows,) first, ties in row-id order."""
    return CorpusRows(np.argsort(-numbers, kind="stable"))


def without_any(numbers: NDArray[np.integer]) -> CorpusRows:
    """The rows whose number is 0, in row-id order."""
    return CorpusRows(np.flatnonzero(numbers == 0))


def some_rows(total: int, *, count: int, seed: int = 0) -> CorpusRows:
    """``count`` of ``total`` rows at random without repetition, in row-id order; all where there are fewer."""
    drawn = np.random.default_rng(seed).choice(total, size=min(count, total), replace=False)
    return CorpusRows(np.sort(drawn).astype(np.int64))


def from_one_end(values: NDArray[np.float64], *, lowest: bool) -> CorpusRows:
    """The rows with a finite value, sorted by ``values`` (rows,) from the lowest or the highest, ties by row id."""
    known = np.flatnonzero(np.isfinite(values))
    return CorpusRows(known[np.argsort(values[known] if lowest else -values[known], kind="stable")])
