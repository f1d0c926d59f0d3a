"""Which types each row carries: the matrix that macro, meso, micro and every balanced strategy use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.view import TokenRows, TypeRows


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
        return np.bincount(self.types, minlength=len(self.keys)).astype(np.int64)

    @cached_property
    def columns(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The matrix by type: (types + 1,) offsets and (entries,) rows, ascending within a type."""
        matrix = self.matrix.tocsc()
        return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32)

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
        lengths = self.per_row[rows]
        stops = np.cumsum(lengths)
        within = np.arange(stops[-1] if len(stops) else 0) - np.repeat(stops - lengths, lengths)
        return self.types[np.repeat(self.indptr[rows], lengths) + within]

    def counts(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """(types,) how many of ``rows`` carry each type."""
        return np.bincount(self.entries_of(rows), minlength=len(self.keys)).astype(np.int64)

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

    Equal to ``from_counts(tokens.counts, mask=mask)`` without sorting the tokens outside the mask.
    """
    keep = mask[tokens.ids]
    rows = np.repeat(np.arange(len(tokens.indptr) - 1, dtype=np.int64), tokens.lengths)
    return from_entries(rows=rows[keep], keys=tokens.ids[keep].astype(np.int64), shape=len(tokens.indptr) - 1)


def from_types(types: TypeRows) -> Incidence:
    """The incidence of named types (tags, categories or templates) that a feature gave."""
    matrix = types.matrix.tocsr()
    entries = from_counts(matrix)
    return Incidence(entries.indptr, entries.types, entries.keys, [types.names[key] for key in entries.keys.tolist()])
