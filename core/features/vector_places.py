"""Gathers the vectors of a corpus's rows from several arrays, without a copy in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.features.array_file import GrowingArray

BLOCK = 2_048  # rows written at a time


class VectorPlaces:
    """Where the vector of each row of a corpus stands: in which array, and at which place of it."""

    def __init__(self, rows: int) -> None:
        self._arrays: list[NDArray[np.float32]] = []
        self._array = np.full(rows, -1, dtype=np.int32)
        self._place = np.zeros(rows, dtype=np.int64)

    def take(self, array: NDArray[np.float32], rows: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        """The vectors of the corpus's ``rows`` (taken,) stand at ``places`` (taken,) of ``array``."""
        self._array[rows] = len(self._arrays)
        self._place[rows] = places
        self._arrays.append(array)

    def repeat(self, texts: Sequence[str], rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Let those of ``rows`` whose text a row with a vector has share it; returns the others, ascending."""
        wanted = {texts[row] for row in rows.tolist()}
        like: dict[str, int] = {}
        for row in np.flatnonzero(self._array >= 0).tolist():
            if texts[row] in wanted:
                like.setdefault(texts[row], row)
        left = []
        for row in rows.tolist():
            known = like.get(texts[row])
            if known is None:
                left.append(row)
            else:
                self._array[row], self._place[row] = self._array[known], self._place[known]
        return np.array(left, dtype=np.int64)

    def write(self, target: Path, *, width: int) -> None:
        """Write the (rows, width) float32 vectors of all rows, a block of rows at a time."""
        with GrowingArray(target, dtype="<f4", shape=(width,)) as file:
            for start in range(0, len(self._array), BLOCK):
                arrays, places = self._array[start : start + BLOCK], self._place[start : start + BLOCK]
                block = np.empty((len(arrays), width), dtype="<f4")
                for number in np.unique(arrays).tolist():
                    here = arrays == number
                    block[here] = self._arrays[number][places[here]]
                file.add(block)
