"""What a moved threshold changes: tokens that are in another band, rows that gain or lose mid-band types."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.bands import BAND_NAMES, Band
from core.row_positions import CorpusRows
from core.view import TokenRows


@dataclass(frozen=True)
class TokenMove:
    """Tokens that went from one band to another: their ``ids``, commonest first, their occurrences, and the rows that
    hold at least one of them."""

    start: str
    end: str
    ids: NDArray[np.int64]
    occurrences: int
    rows: int


@dataclass(frozen=True)
class BandMoves:
    """The difference between two mid bands of some rows; ``before`` and ``now`` (rows,) are mid-band types a row."""

    tokens: tuple[TokenMove, ...]
    before: NDArray[np.int64]
    now: NDArray[np.int64]

    @cached_property
    def sides(self) -> dict[str, CorpusRows]:
        """Rows by what becomes of them, those with the largest change first.

        ``in`` had no mid-band type and have one now, so that micro strategies can choose them; ``out`` have lost their
        last one; ``more`` and ``fewer`` have other numbers of types and stay in.
        """
        change = self.now - self.before
        empty_before, empty_now = self.before == 0, self.now == 0
        kinds = {
            "in": empty_before & ~empty_now,
            "out": ~empty_before & empty_now,
            "more": (change > 0) & ~empty_before,
            "fewer": (change < 0) & ~empty_now,
        }
        ordered = np.argsort(-np.abs(change), kind="stable")
        return {name: CorpusRows(ordered[mask[ordered]]) for name, mask in kinds.items()}


def band_moves(
    before: Band, now: Band, tokens: TokenRows, *, types_before: NDArray[np.int64], types_now: NDArray[np.int64]
) -> BandMoves:
    """What changes where the mid band ``before`` becomes ``now``; the last two are mid-band types (rows,) under each.

    O(entries of the count matrix) for each pair of bands between which a token moved, of which there are at most six.
    """
    frequency = np.asarray(tokens.frequency)
    old, new = before.split(frequency), now.split(frequency)
    moves = []
    for start in BAND_NAMES:
        for end in BAND_NAMES:
            mask = old[start] & new[end]
            if start == end or not mask.any():
                continue
            ids = np.flatnonzero(mask)
            ids = ids[np.argsort(-frequency[ids], kind="stable")]
            moves.append(TokenMove(start, end, ids, int(frequency[ids].sum()), _rows_with_any(tokens, mask)))
    return BandMoves(tuple(moves), types_before, types_now)


def same_split(left: Band, right: Band, frequency: NDArray[np.int64]) -> bool:
    """Whether every type of ``frequency`` (types,) is in the same band under both."""
    old, new = left.split(frequency), right.split(frequency)
    return all(np.array_equal(old[name], new[name]) for name in BAND_NAMES)


def _rows_with_any(tokens: TokenRows, mask: NDArray[np.bool_]) -> int:
    """How many rows hold a type of ``mask`` (types,)."""
    counts = tokens.counts
    entries = np.flatnonzero(mask[counts.indices])
    return len(np.unique(np.searchsorted(counts.indptr, entries, side="right")))
