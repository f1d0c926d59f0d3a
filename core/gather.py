"""Copies rows of a ragged array, with one memory move for each row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True)
def gather(
    indptr: NDArray[np.int64], values: NDArray[Any], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """(rows + 1,) offsets and the values of the rows at positions ``rows`` of a ragged array, in that order.

    Each value is read once and written once, which is the minimum; no index array is made.
    """
    made = np.empty(len(rows) + 1, dtype=np.int64)
    made[0] = 0
    for at in range(len(rows)):
        made[at + 1] = made[at] + indptr[rows[at] + 1] - indptr[rows[at]]
    taken = np.empty(made[-1], dtype=values.dtype)
    for at in range(len(rows)):
        taken[made[at] : made[at + 1]] = values[indptr[rows[at]] : indptr[rows[at] + 1]]
    return made, taken
