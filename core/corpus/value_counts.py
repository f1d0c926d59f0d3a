"""The different values of a column, and how many rows have each."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.several import coded, word_entries, words_of

MANY = 100_000  # different numbers that are written out to be told apart


def counts_of_values(values: NDArray[Any]) -> dict[str, int]:
    """How many rows have each value of a column (rows,), the commonest first, ties by name; missing ones have none.

    A row whose cell is a list of words counts for each of them. Numbers are written with 15 digits. Each different
    value is written once: O(rows log rows), and a million rows with few values take a tenth of a second.
    """
    counts: Counter[str] = Counter()
    if values.dtype.kind == "f":
        different, times = np.unique(values[~np.isnan(values)], return_counts=True)
        for value, rows in zip(different.tolist(), times.tolist(), strict=True):
            counts[f"{value:.15g}"] += rows
    else:
        words, _, places = word_entries(values)
        counts.update(dict(zip(words, np.bincount(places, minlength=len(words)).tolist(), strict=True)))
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def kinds_of_values(values: NDArray[Any]) -> int:
    """How many different values a column (rows,) has, as :func:`counts_of_values` tells them apart.

    More than :data:`MANY` different numbers are not written out for it: those that 15 digits do not tell apart then
    count as several.
    """
    if values.dtype.kind != "f":
        return len({word for cell in coded(values)[1] for word in words_of(cell)})
    different = np.unique(values[~np.isnan(values)])
    return len(different) if len(different) > MANY else len({f"{value:.15g}" for value in different.tolist()})
