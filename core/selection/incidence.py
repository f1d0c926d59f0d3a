"""Which types each row carries: the matrix that macro, meso, micro and every balanced strategy use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import sparse

from core.gather import gather
from core.view import TokenRows, TypeRows

BLOCK_TOKENS = 1 << 24  # tokens that are read at a time


@dataclass(frozen=True, eq=False)
class Incidence:
    """Rows against types, without counts: a row carries a type or it does not.

    Types are numbered 0 .. types - 1 in ascending ``keys`` (token ids, cluster labels, positions of sorted
    names), so that their numbers do not depend on the order of the rows. Every type has at least one row.
    """

    indptr: NDArray[np.int64]  # (rows + 1,)
    types: NDArray[np.int32]  # (entries,) ascending within a row
    keys: NDArray[np.int64]  # (types,) the strategy's key of each type, ascending
    names: Sequence[str | int] = ()  # (types,) or empty

    @property
    def rows(self) -> int:
        return len(self.indptr) - 1

    @cached_property
    def per_row(self) -> NDArray[np.int64]:
        """(rows,) the number of distinct types of each row."""
        return np.diff(self.indptr)

    @cached_property
    def df(self) -> NDArray[np.int64]:
        """(types,) the number of rows that carry each type."""
        return times(self.types, len(self.keys))

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """(types + 1,) where each type's rows begin in :attr:`columns`."""
        return np.concatenate(([0], np.cumsum(self.df))).astype(np.int64)

    @cached_property
    def columns(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The matrix by type: (types + 1,) offsets and (entries,) rows, ascending within a type. 4 bytes an entry."""
        return self.offsets, rows_of_types(self.indptr, self.types, self.offsets)

    @property
    def matrix(self) -> sparse.csr_matrix:
        """(rows, types) of ones, columns sorted."""
        ones = np.ones(len(self.types), dtype=np.int8)
        return sparse.csr_matrix((ones, self.types, self.indptr), shape=(self.rows, len(self.keys)))

    def of(self, row: int) -> NDArray[np.int32]:
        """The types of one row, ascending."""
        return self.types[self.indptr[row] : self.indptr[row + 1]]

    def entries_of(self, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        """The types of several rows one after the other, repeats included."""
        return gather(self.indptr, self.types, np.asarray(rows, dtype=np.int64))[1]

    def counts(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """(types,) how many of ``rows`` carry each type."""
        return times(self.entries_of(rows), len(self.keys))

    def title(self, kind: int) -> str | int:
        """A type's name, or its key where types have no names."""
        return self.names[kind] if len(self.names) else int(self.keys[kind])


def from_entries(
    *, rows: NDArray[np.int64], keys: NDArray[np.int64], shape: int, names: Sequence[str] = ()
) -> Incidence:
    """The incidence of ``shape`` rows from (entries,) pairs of row and key, in any order, repeats allowed.

    ``names`` is indexed by key.
    """
    present, types = np.unique(keys, return_inverse=True)
    order = np.sort(rows.astype(np.int64) * max(len(present), 1) + types)  # np.unique hashes, which is slower here
    order = order[np.diff(order, prepend=-1) > 0]
    row, kind = np.divmod(order, max(len(present), 1))
    indptr = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=shape)))).astype(np.int64)
    kept = [names[key] for key in present.tolist()] if len(names) else ()
    return Incidence(indptr, kind.astype(np.int32), present.astype(np.int64), kept)


def from_labels(labels: NDArray[np.signedinteger], *, names: Sequence[str] = ()) -> Incidence:
    """At most one type for each row: ``labels`` (rows,) integers, negative for no type (HDBSCAN's noise)."""
    labels = np.asarray(labels, dtype=np.int64)
    (rows,) = np.nonzero(labels >= 0)
    return from_entries(rows=rows, keys=labels[rows].astype(np.int64), shape=len(labels), names=names)


def from_counts(counts: sparse.csr_matrix, *, mask: NDArray[np.bool_] | None = None) -> Incidence:
    """The stored, non-zero entries of ``counts`` (rows, types) whose type is in ``mask`` (types,)."""
    keep = counts.data != 0
    if mask is not None:
        keep &= mask[counts.indices]
    rows = np.repeat(np.arange(counts.shape[0], dtype=np.int64), np.diff(counts.indptr))
    return from_entries(rows=rows[keep], keys=counts.indices[keep].astype(np.int64), shape=counts.shape[0])


def from_tokens(tokens: TokenRows, *, mask: NDArray[np.bool_]) -> Incidence:
    """The token types in ``mask`` (vocabulary,) of each row; a token that repeats in a row counts once.

    Equal to ``from_counts(tokens.counts, mask=mask)``. Reads each token once, a block of rows at a time; holds 4 bytes
    an entry, 8 while the blocks are joined.
    """
    whole, rows = tokens.whole
    starts, ids = np.asarray(whole.indptr), np.asarray(whole.ids)
    latest = np.full(len(mask), -1, dtype=np.int64)  # (vocabulary,) the row in which a type was met last
    per_row = np.zeros(len(rows), dtype=np.int64)
    blocks: list[NDArray[np.int32]] = []
    for first, stop in _blocks_of(tokens.indptr, BLOCK_TOKENS):
        types = np.empty(int(tokens.indptr[stop] - tokens.indptr[first]), dtype=np.int32)
        made = _masked(rows[first:stop], first, starts, ids, mask, latest, types, per_row)
        blocks.append(types[:made].copy())
    keys = np.flatnonzero(latest >= 0)
    number = np.zeros(len(mask), dtype=np.int32)
    number[keys] = np.arange(len(keys), dtype=np.int32)
    for block in blocks:
        np.take(number, block, out=block)
    joined = np.concatenate(blocks) if blocks else np.empty(0, dtype=np.int32)
    return Incidence(np.concatenate(([0], np.cumsum(per_row))).astype(np.int64), joined, keys.astype(np.int64))


def _blocks_of(indptr: NDArray[np.int64], most: int) -> Iterator[tuple[int, int]]:
    """First and stop of ranges of rows that have ``most`` tokens or fewer, or one row."""
    first, rows = 0, len(indptr) - 1
    while first < rows:
        stop = max(int(np.searchsorted(indptr, indptr[first] + most, side="right")) - 1, first + 1)
        yield first, min(stop, rows)
        first = stop


@njit(cache=True, nogil=True)
def _masked(rows, first, starts, ids, mask, latest, types, per_row):  # type: ignore[no-untyped-def]  # compiled
    """Write the distinct types in ``mask`` of each of ``rows``, ascending, and say how many there are."""
    made = 0
    for place in range(len(rows)):
        begin = made
        for entry in range(starts[rows[place]], starts[rows[place] + 1]):
            kind = ids[entry]
            if mask[kind] and latest[kind] != first + place:
                latest[kind] = first + place
                types[made] = kind
                made += 1
        types[begin:made].sort()
        per_row[first + place] = made - begin
    return made


@njit(cache=True, nogil=True)
def times(types, count):  # type: ignore[no-untyped-def]  # compiled
    """(count,) int64: how often each type occurs in ``types``, without the 64-bit copy that numpy makes to count."""
    counted = np.zeros(count, dtype=np.int64)
    for kind in types:
        counted[kind] += 1
    return counted


@njit(cache=True, nogil=True)
def rows_of_types(indptr, types, offsets):  # type: ignore[no-untyped-def]  # compiled
    """(entries,) int32 rows of each type, ascending, where ``offsets`` (types + 1,) says that they begin."""
    rows = np.empty(len(types), dtype=np.int32)
    at = offsets[:-1].copy()
    for row in range(len(indptr) - 1):
        for entry in range(indptr[row], indptr[row + 1]):
            rows[at[types[entry]]] = row
            at[types[entry]] += 1
    return rows


def from_types(types: TypeRows) -> Incidence:
    """The incidence of named types (tags, categories or templates) that a feature gave."""
    matrix = types.matrix.tocsr()
    entries = from_counts(matrix)
    return Incidence(entries.indptr, entries.types, entries.keys, [types.names[key] for key in entries.keys.tolist()])
