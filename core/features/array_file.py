"""A ``.npy`` file that is written piece by piece, so that the whole array is never in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class GrowingArray:
    """A ``.npy`` file of ``dtype`` written row by row, its header last; ``shape`` is that of a row, () of a number.

    Uses plain writes: a memory map on a full disk kills the process without a message.
    """

    HEADER = 128

    def __init__(self, path: Path, *, dtype: str = "<i4", shape: tuple[int, ...] = ()) -> None:
        self._path, self._dtype, self._shape, self._length = path, dtype, shape, 0

    def __enter__(self) -> GrowingArray:
        self._file = open(self._path, "wb")
        self._file.write(b"\0" * self.HEADER)
        return self

    def add(self, part: NDArray) -> None:
        """Append ``part`` (rows, …)."""
        self._file.write(np.ascontiguousarray(part, dtype=self._dtype).data)
        self._length += len(part)

    def __exit__(self, *_: object) -> None:
        with self._file as file:
            text = f"{{'descr': '{self._dtype}', 'fortran_order': False, 'shape': {(self._length, *self._shape)}, }}"
            head = b"\x93NUMPY\x01\x00" + (self.HEADER - 10).to_bytes(2, "little")
            file.seek(0)
            file.write(head + text.ljust(self.HEADER - 11).encode() + b"\n")


def concatenate_files(target: Path, folders: Sequence[Path], name: str) -> None:
    """Write ``target``, the arrays ``name``.npy of ``folders`` one after another, in order; one is read at a time."""
    first = np.load(folders[0] / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    with GrowingArray(target, dtype=first.dtype.str, shape=first.shape[1:]) as array:
        for folder in folders:
            array.add(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
