"""Compiled parts of the neighbour search: keep the nearest of a block, then order them in double precision."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Array = NDArray[Any]


@njit(cache=True, inline="always")
def _push(near: Array, who: Array, row: int, value: float, other: int) -> None:
    """Replace the weakest entry in the row's heap (weakest first) by ``value``."""
    size = near.shape[1]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        if child + 1 < size and near[row, child + 1] < near[row, child]:
            child += 1
        if near[row, child] >= value:
            break
        near[row, place] = near[row, child]
        who[row, place] = who[row, child]
        place = child
    near[row, place] = value
    who[row, place] = other


@njit(cache=True, parallel=True)
def keep_rows(block: Array, top: int, left: int, near: Array, who: Array) -> None:
    """Offer block[r, c] = cosine of rows top + r and left + c to row top + r."""
    for r in prange(block.shape[0]):
        row = top + r
        for c in range(block.shape[1]):
            if block[r, c] > near[row, 0] and left + c != row:
                _push(near, who, row, block[r, c], left + c)


@njit(cache=True, parallel=True)
def keep_columns(block: Array, top: int, left: int, near: Array, who: Array, parts: int) -> None:
    """Offer the same values to rows left + c; each thread owns a range of columns."""
    width = block.shape[1]
    for part in prange(parts):
        low, high = part * width // parts, (part + 1) * width // parts
        for r in range(block.shape[0]):
            for c in range(low, high):
                if block[r, c] > near[left + c, 0]:
                    _push(near, who, left + c, block[r, c], top + r)


@njit(cache=True, parallel=True)
def settle(vectors: Array, who: Array, keep: int) -> tuple[Array, Array]:
    """The ``keep`` nearest of who[row] by exact cosine, nearest first, ties by the lower row."""
    rows, wide = who.shape
    names = np.empty((rows, keep), dtype=np.int32)
    cosines = np.empty((rows, keep), dtype=np.float32)
    for row in prange(rows):
        exact = np.empty(wide, dtype=np.float32)
        for slot in range(wide):
            other = who[row, slot]
            total = 0.0
            for part in range(vectors.shape[1]):
                total += np.float64(vectors[row, part]) * np.float64(vectors[other, part])
            exact[slot] = np.float32(total)
        for slot in range(1, wide):  # insertion sort of a few dozen
            value, other = exact[slot], who[row, slot]
            place = slot
            while place > 0 and (
                exact[place - 1] < value or (exact[place - 1] == value and who[row, place - 1] > other)
            ):
                exact[place] = exact[place - 1]
                who[row, place] = who[row, place - 1]
                place -= 1
            exact[place] = value
            who[row, place] = other
        for slot in range(keep):
            names[row, slot] = who[row, slot]
            cosines[row, slot] = exact[slot]
    return names, cosines
