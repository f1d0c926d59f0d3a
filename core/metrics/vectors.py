"""The embeddings of a view, checked once (finite, unit length, float32), and their transfer to a device."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.view import View

if TYPE_CHECKING:
    import torch

UNIT_TOLERANCE = 1e-5
BLOCK = 2048

_UNIT: WeakKeyDictionary[View, NDArray[np.float32]] = WeakKeyDictionary()


def unit_vectors(view: View) -> NDArray[np.float32]:
    """(rows, d) float32 rows of unit length, C-contiguous; scaled only where their length is not 1.

    Raises :class:`InputError` when a vector is not finite or has length zero: a zero vector has no direction, and
    leaving it out would change which rows are measured.
    """
    if view not in _UNIT:
        vectors = np.ascontiguousarray(view.embeddings, dtype=np.float32)
        norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        broken = int(np.count_nonzero(~np.isfinite(norms)))
        if broken:
            raise InputError(f"{broken:,} of these {len(norms):,} rows have a vector with a value that is not a number")
        empty = int(np.count_nonzero(norms == 0))
        if empty:
            raise InputError(f"{empty:,} of these {len(norms):,} rows have a vector of length zero")
        if np.abs(norms - 1).max(initial=0.0) > UNIT_TOLERANCE:
            vectors = vectors / norms[:, None]
        _UNIT[view] = vectors
    return _UNIT[view]


def precise(device: str) -> torch.dtype:
    """float64 where the device has it, float32 on mps."""
    import torch

    return torch.float32 if device == "mps" else torch.float64


def on_device(array: NDArray[np.floating], *, device: str, dtype: torch.dtype) -> torch.Tensor:
    """``array`` as a tensor of ``dtype`` on ``device``; a read-only memory map is copied, never written."""
    import torch

    if not array.flags.writeable:
        array = array.copy()
    return torch.from_numpy(array).to(dtype).to(device)  # convert the type first: mps cannot hold float64


def distinct_rows(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """Ascending positions of the first of each different vector; equality is bit for bit (−0 equals 0).

    The rows are grouped by 64-bit fingerprints, and every row of a group is compared with its first, so that the
    result is exact. O(rows · d).
    """
    bits = np.ascontiguousarray(vectors + np.float32(0.0)).view(np.uint32)
    weights = np.random.default_rng(0).integers(1, 2**63, size=bits.shape[1], dtype=np.uint64) | np.uint64(1)
    prints = np.empty(len(bits), dtype=np.uint64)
    for start in range(0, len(bits), BLOCK):
        prints[start : start + BLOCK] = bits[start : start + BLOCK].astype(np.uint64) @ weights
    _, first, inverse = np.unique(prints, return_index=True, return_inverse=True)
    doubtful = np.flatnonzero(np.arange(len(bits)) != first[inverse])
    clash = doubtful[(bits[doubtful] != bits[first[inverse[doubtful]]]).any(axis=1)]
    if len(clash):  # different vectors with equal fingerprints: compare these few in full
        _, again = np.unique(bits[clash], axis=0, return_index=True)
        first = np.concatenate((first, clash[again]))
    return np.sort(first).astype(np.int64)
