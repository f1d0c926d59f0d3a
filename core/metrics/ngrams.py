"""n-grams as dense integers, numbered in one pass for each length with an exact hash table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from core.view import TokenRows


@dataclass(frozen=True, eq=False)
class Ngrams:
    """The n-grams of one length; no n-gram crosses the border of a row."""

    n: int
    codes: NDArray[np.int32]  # (tokens,) number of the n-gram that starts here, -1 where the row ends first
    distinct: int
    total: int


def ngrams(rows: TokenRows, *, longest: int) -> Iterator[Ngrams]:
    """The n-grams of length 1 to ``longest``, each length built from the one before. O(tokens) for each length.

    Codes are numbered in order of appearance: equal codes mean equal n-grams, never a collision.
    """
    lengths = rows.lengths
    left = np.repeat(rows.indptr[1:], lengths) - np.arange(rows.indptr[-1])  # (tokens,) tokens left in the row
    keys, codes = rows.ids.astype(np.int64), rows.ids
    for n in range(1, longest + 1):
        if n > 1:
            starts = np.flatnonzero(left >= n)
            keys = np.full(len(left), -1, dtype=np.int64)
            keys[starts] = (codes[starts].astype(np.int64) << 32) | rows.ids[starts + n - 1]
        codes, distinct = _number(keys)
        yield Ngrams(n, codes, distinct, int(np.maximum(lengths - n + 1, 0).sum()))


def holders(rows: TokenRows, grams: Ngrams) -> NDArray[np.int64]:
    """(distinct,) in how many rows each n-gram occurs."""
    return _holders(rows.indptr, grams.codes, grams.distinct)


@numba.njit(cache=True, nogil=True)
def _number(keys):  # type: ignore[no-untyped-def] # compiled: numba infers the types
    """(codes (keys,) int32, number of different keys); a key of -1 gets the code -1."""
    capacity = 16
    while capacity < 2 * len(keys):
        capacity *= 2
    mask = np.uint64(capacity - 1)
    slots = np.full(capacity, -1, dtype=np.int32)
    known = np.empty(len(keys), dtype=np.int64)
    codes = np.empty(len(keys), dtype=np.int32)
    count = 0
    for i in range(len(keys)):
        key = keys[i]
        if key < 0:
            codes[i] = -1
            continue
        mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
        slot = (mixed ^ (mixed >> np.uint64(29))) & mask
        while slots[slot] >= 0 and known[slots[slot]] != key:
            slot = (slot + np.uint64(1)) & mask
        if slots[slot] < 0:
            slots[slot] = count
            known[count] = key
            count += 1
        codes[i] = slots[slot]
    return codes, count


@numba.njit(cache=True, nogil=True)
def _holders(indptr, codes, distinct):  # type: ignore[no-untyped-def] # compiled: numba infers the types
    rows_with = np.zeros(distinct, dtype=np.int64)
    last = np.full(distinct, -1, dtype=np.int64)
    for row in range(len(indptr) - 1):
        for i in range(indptr[row], indptr[row + 1]):
            code = codes[i]
            if code >= 0 and last[code] != row:
                last[code] = row
                rows_with[code] += 1
    return rows_with
