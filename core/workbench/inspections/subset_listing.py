"""A built subset as a page lists it: rows with their ranks, their lengths, the mix of a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.row_positions import PoolRows
from core.several import words_of
from core.workbench.build import Built


@dataclass(frozen=True, kw_only=True)
class SubsetLengths:
    """Tokens of the subset's rows: mean and sum, and the mean over the pool."""

    mean: float
    total: int
    pool_mean: float


def lengths_of(built: Built) -> SubsetLengths | None:
    """The lengths of the rows in tokens; None where tokens are not counted."""
    if not built.corpus_view.pool.has("tokens"):
        return None
    lengths = built.corpus_view.pool.tokens.lengths
    chosen = lengths[built.answer.rows]
    return SubsetLengths(mean=float(chosen.mean()), total=int(chosen.sum()), pool_mean=float(lengths.mean()))


def rows_and_ranks(built: Built, *, chosen: bool, inside: PoolRows | None = None) -> tuple[PoolRows, NDArray[np.int64]]:
    """(rows, ranks from 1): the rows in the order chosen, or those left out, ascending; only those ``inside``."""
    rows = built.answer.rows if chosen else built.left_out
    ranks = np.arange(1, len(rows) + 1)
    if inside is None:
        return rows, ranks
    kept = np.isin(rows, inside)
    return PoolRows(rows[kept]), ranks[kept]


def mix_of(built: Built, column: str) -> pd.DataFrame:
    """Columns value, pool, subset: the rows of each that have the value in ``column``; "none" is a missing value.

    A row with several values counts for each of them.
    """
    values = built.corpus_view.pool.column(column)
    counts = {"pool": _word_counts(values), "subset": _word_counts(values[built.answer.rows])}
    return pd.DataFrame(counts).fillna(0).rename_axis("value").reset_index()


def _word_counts(values: NDArray[Any]) -> pd.Series:
    """The rows (rows,) of each value, or of each word where cells hold several; "none" is a missing value."""
    cells = ["none" if value is None or value != value else value for value in values.tolist()]
    return pd.Series([str(word) for cell in cells for word in words_of(cell)], dtype=object).value_counts()
