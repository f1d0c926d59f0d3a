"""Selections of rows that are kept under a name: each is a column of the corpus that says "in" or "out" of every row.

So a selection filters the pool, bounds a quota, colours the map and serves as types, like any other column.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.corpus.column_store import put_column
from core.corpus.store import Corpus
from core.errors import InputError

PREFIX = "selection: "
IN, OUT = "in", "out"
LONGEST = 60  # characters of a name


def column_of(name: str) -> str:
    """The column that holds the selection ``name``. Raises :class:`InputError` for no name, or one too long."""
    shown = " ".join(name.split())
    if not shown or len(shown) > LONGEST:
        raise InputError(f"A selection's name has 1 to {LONGEST} characters.", remedy="Type a short name.")
    return PREFIX + shown


def kept_names(columns: Sequence[str]) -> list[str]:
    """The names of the selections among the ``columns`` of a corpus."""
    return [column.removeprefix(PREFIX) for column in columns if column.startswith(PREFIX)]


def free_name(columns: Sequence[str]) -> str:
    """The first number that names no selection among ``columns``."""
    taken = set(kept_names(columns))
    return next(str(number) for number in itertools.count(1) if str(number) not in taken)


def kept_rows(corpus: Corpus, name: str) -> NDArray[np.bool_] | None:
    """(rows,) which rows are in the selection ``name``; None if the corpus has none of that name."""
    column = column_of(name)
    return corpus.column(column) == IN if column in corpus.columns else None


def keep_rows(corpus: Corpus, name: str, mask: NDArray[np.bool_] | None) -> None:
    """Keep the rows of ``mask`` (rows,) as the selection ``name`` in place of an earlier one, which moves to the trash.

    None removes the selection. Raises :class:`InputError` if the name is that of a column that came with the rows.
    """
    column = column_of(name)
    if column in corpus.own_columns:
        raise InputError(f"The column {column} came with the rows, which never change.", remedy="Choose another name.")
    values = None if mask is None else pa.array(np.where(mask, IN, OUT))
    put_column(corpus.workspace, corpus.id, column, values)
