"""Positions of rows in a corpus and in a pool, two kinds of numbers that must not be mixed, and their look-up."""

from __future__ import annotations

from typing import NewType

import numpy as np
from numpy.typing import NDArray

# A corpus numbers its rows from 0 in ascending row-id order; a pool numbers its own rows in the same way. So a row has
# two numbers. At run time both are plain integers and arrays; mypy distinguishes them.
CorpusRow = NewType("CorpusRow", int)
CorpusRows = NewType("CorpusRows", NDArray[np.int64])
PoolRow = NewType("PoolRow", int)
PoolRows = NewType("PoolRows", NDArray[np.int64])


def places_of(wanted: NDArray[np.integer], *, among: NDArray[np.integer]) -> NDArray[np.int64]:
    """(wanted,) int64: the index in ``among`` of each value of ``wanted``, −1 for a value that is not in it.

    ``among`` (rows,) are distinct values in ascending order, such as the ids of a corpus. O(wanted log rows).
    """
    wanted = np.asarray(wanted, dtype=among.dtype)
    if not len(among):
        return np.full(len(wanted), -1, dtype=np.int64)
    places = np.minimum(np.searchsorted(among, wanted), len(among) - 1)
    return np.where(among[places] == wanted, places, -1).astype(np.int64)
