"""Compiled counting: how often each token type occurs in each row, and in how many rows."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, nogil=True)
def _count(
    indptr: NDArray[np.int64],
    ids: NDArray[np.int32],
    seen: NDArray[np.int32],
    counts_indptr: NDArray[np.int64],
    types: NDArray[np.int32],
    counts: NDArray[np.int32],
) -> int:
    """Count in one pass; ``seen`` (types,) is zero before and after, so that a row costs its own tokens only."""
    out = 0
    counts_indptr[0] = 0
    for row in range(len(indptr) - 1):
        begin = out
        for at in range(indptr[row], indptr[row + 1]):
            token = ids[at]
            if seen[token] == 0:
                types[out] = token
                out += 1
            seen[token] += 1
        types[begin:out].sort()
        for at in range(begin, out):
            counts[at] = seen[types[at]]
            seen[types[at]] = 0
        counts_indptr[row + 1] = out
    return out


def count_rows(
    *, indptr: NDArray[np.int64], ids: NDArray[np.int32], vocabulary_size: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Occurrences of each type in each row as CSR: row pointer (rows + 1,), types and counts (entries,) int32.

    Types ascend inside a row. Time grows with the tokens, memory with the tokens and the vocabulary.
    """
    counts_indptr = np.empty(len(indptr), dtype=np.int64)
    types = np.empty(len(ids), dtype=np.int32)
    counts = np.empty(len(ids), dtype=np.int32)
    entries = _count(indptr, ids, np.zeros(vocabulary_size, dtype=np.int32), counts_indptr, types, counts)
    return counts_indptr, types[:entries], counts[:entries]
