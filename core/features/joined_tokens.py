"""The token ids of a corpus's rows, joined from arrays of which each holds some of the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.gather import gather

BLOCK_ROWS = 4096


@dataclass(frozen=True, kw_only=True, eq=False)
class TokenPart:
    """Token ids of some rows of a corpus.

    ``rows`` (taken,) are their positions in the corpus, ascending, and ``places`` (taken,) those in the arrays
    ``indptr`` (stored rows + 1,) and ``ids`` (tokens,), which may be memory-mapped. ``numbers`` (types,) gives each id
    of the arrays its id in the corpus; None where it is the same.
    """

    rows: NDArray[np.int64]
    places: NDArray[np.int64]
    indptr: NDArray[np.int64]
    ids: NDArray[np.int32]
    numbers: NDArray[np.int32] | None = None

    def between(self, start: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """Of the corpus's rows ``start`` to ``end``: (rows,) those that this part has, their row pointer and ids."""
        first, last = np.searchsorted(self.rows, [start, end])
        indptr, ids = gather(np.asarray(self.indptr), np.asarray(self.ids), self.places[first:last])
        return self.rows[first:last], indptr, ids if self.numbers is None else self.numbers[ids]


def joined_blocks(parts: Sequence[TokenPart], rows: int) -> Iterator[Mapping[str, Any]]:
    """{"indptr", "ids"} of each :data:`BLOCK_ROWS` rows, in row order; every row is in exactly one part."""
    for start in range(0, rows, BLOCK_ROWS):
        taken = [part.between(start, min(start + BLOCK_ROWS, rows)) for part in parts]
        order = np.argsort(np.concatenate([own_rows for own_rows, _, _ in taken]))
        lengths = np.concatenate([np.diff(indptr) for _, indptr, _ in taken])
        indptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        joined, ids = gather(indptr, np.concatenate([ids for _, _, ids in taken]), order)
        yield {"indptr": joined, "ids": ids}


def types_used(part: TokenPart, types: int) -> NDArray[np.bool_]:
    """(types,) which ids of the part's arrays its rows hold."""
    used = np.zeros(types, dtype=bool)
    for start in range(0, len(part.places), BLOCK_ROWS):
        _, ids = gather(np.asarray(part.indptr), np.asarray(part.ids), part.places[start : start + BLOCK_ROWS])
        used[ids] = True
    return used
