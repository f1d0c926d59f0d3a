"""Facts about a corpus's columns: numbers or words, which one to select first, how the numbers are distributed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.column_store import attached_artefacts
from core.corpus.store import Corpus
from core.several import coded


@dataclass(frozen=True, kw_only=True)
class NumberSummary:
    """How a column's numbers are distributed: counts of finite (``known``) and of ``missing`` values, quantiles.

    ``low``, ``middle`` and ``high`` are the 5 %, 50 % and 95 % quantiles.
    """

    known: int
    missing: int
    low: float
    middle: float
    high: float
    constant: bool


def is_numeric(corpus: Corpus, name: str) -> bool:
    """Whether the values of the column ``name`` are numbers."""
    return bool(corpus.column(name).dtype.kind == "f")


def numeric_columns(corpus: Corpus) -> list[str]:
    """Names of the columns of numbers, in the corpus's order."""
    return [name for name in corpus.columns if is_numeric(corpus, name)]


def newest_numeric_columns(corpus: Corpus) -> list[str]:
    """Names of the columns of numbers: the attached ones, the newest first, then those that came with the rows."""
    made: dict[str, float] = {}
    for artefact in attached_artefacts(corpus.workspace, corpus.id):
        for name in artefact.manifest["names"]:
            made[name] = max(made.get(name, 0.0), artefact.manifest["made_at"])
    names = numeric_columns(corpus)
    attached = sorted((name for name in names if name in made), key=lambda name: (-made[name], name))
    return [*attached, *(name for name in reversed(names) if name not in made)]


def worded_columns(corpus: Corpus) -> list[str]:
    """Names of the columns of words, in the corpus's order."""
    return [name for name in corpus.columns if not is_numeric(corpus, name)]


def starting_column(corpus: Corpus, names: Sequence[str]) -> str | None:
    """The column that a form selects first: one of labels, else the source, else one that varies, else the first.

    A column of labels has several values, and at most half as many as rows: a constant separates no rows, and values
    that differ in every row are not categories. Among numeric columns it is the first that varies. None for no names.
    """
    distinct = {name: _different(corpus.column(name)) for name in names}
    varying = [name for name in names if distinct[name] > 1]
    worded = [name for name in names if not is_numeric(corpus, name)]
    if not worded:
        return next(iter([*varying, *names]), None)
    labels = [
        name
        for name in varying
        if name in worded and name not in ("source", "script") and distinct[name] <= len(corpus) / 2
    ]
    sources = [name for name in ("source", "script") if name in varying]
    return next(iter([*labels, *sources, *varying, *names]))


def _different(values: NDArray[Any]) -> int:
    """How many different values a column (rows,) has, a missing one among them."""
    return len(np.unique(values)) if values.dtype.kind == "f" else len(set(coded(values)[1]))


def label_columns(corpus: Corpus, *, most: int = 50) -> list[str]:
    """Names of the columns with 2 to ``most`` different values, in the corpus's order."""
    return [name for name in corpus.columns if 1 < corpus.kinds(name) <= most]


def rows_between(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.int64]:
    """Positions of the ``values`` (rows,) from ``low`` to ``high``, both included, ascending; missing ones are out."""
    with np.errstate(invalid="ignore"):
        return np.flatnonzero((values >= low) & (values <= high)).astype(np.int64)


def summary_of(values: NDArray[np.float64]) -> NumberSummary:
    """The distribution of ``values`` (rows,), nan where missing; the quantiles are nan where no value is a number."""
    known = values[np.isfinite(values)]
    low, middle, high = np.quantile(known, [0.05, 0.5, 0.95]).tolist() if len(known) else (np.nan,) * 3
    return NumberSummary(
        known=len(known),
        missing=len(values) - len(known),
        low=low,
        middle=middle,
        high=high,
        constant=bool(len(known)) and bool(known.min() == known.max()),
    )
