"""The usable vectors and scores of a pool that ranked strategies read, with a count of the rows left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, quoted
from core.selection.plan import Rows
from core.view import View


@dataclass(frozen=True, eq=False, kw_only=True)
class Points:
    """The rows whose embedding is not the zero vector.

    ``rows`` (m,) are their positions in the pool, ascending; ``vectors`` (m, d) are float32 of unit length, C order.
    ``outside`` counts, by reason, the pool rows that are not among them.
    """

    rows: Rows
    vectors: NDArray[np.float32]
    outside: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def local(self, positions: Rows) -> Rows:
        """Indices into ``rows`` of those pool ``positions`` that are in ``rows``, ascending."""
        return np.flatnonzero(np.isin(self.rows, positions)).astype(np.int64)


def points(view: View, among: NDArray[np.bool_] | None = None, *, where: str = "in the pool") -> Points:
    """The rows of ``view`` (only those where ``among`` is True) whose embedding is not the zero vector.

    Rows with the zero vector are left out and counted; in messages ``where`` names the rows. Raises
    :class:`InputError` when the pool is empty, a value is not a number, or no row is left.
    """
    rows = np.arange(len(view)) if among is None else np.flatnonzero(among)
    if len(view) == 0:
        raise InputError("The pool holds no rows.", remedy="Loosen the filters of the pool.")
    vectors = np.ascontiguousarray(view.embeddings if among is None else view.embeddings[rows], dtype=np.float32)
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    if not np.isfinite(norms).all():
        raise InputError(
            f"The embeddings of {int((~np.isfinite(norms)).sum()):,} rows hold values that are not numbers.",
            remedy="Compute or import the embeddings again.",
        )
    usable = norms > 0
    outside = {} if usable.all() else {"all-zero vector": int((~usable).sum())}
    if not usable.any():
        raise InputError(f"Every embedding {where} is the zero vector.", remedy="Choose another embedder.")
    if outside:
        rows, vectors, norms = rows[usable], vectors[usable], norms[usable]
    if np.abs(norms - 1).max() > 1e-4:
        vectors = (vectors / norms[:, None]).astype(np.float32)
    if not vectors.flags.writeable:  # torch cannot wrap read-only memory
        vectors = vectors.copy()
    return Points(rows=rows.astype(np.int64), vectors=vectors, outside=outside)


@dataclass(frozen=True, eq=False, kw_only=True)
class Copies:
    """Rows grouped by equal vectors: ``first`` (groups,) is the lowest row of each group, ascending; ``group`` (m,) is
    the group of each row; ``count`` (groups,) is the number of rows of each group."""

    first: Rows
    group: NDArray[np.int64]
    count: NDArray[np.int64]


def copies(vectors: NDArray[np.float32]) -> Copies:
    """Group the rows of ``vectors`` (m, d) whose components are equal bit for bit (-0 counts as 0)."""
    flat = np.ascontiguousarray(vectors) + np.float32(0)
    keys = flat.view(np.dtype((np.void, flat.dtype.itemsize * flat.shape[1]))).ravel()
    _, first, inverse, count = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(first), dtype=np.int64)
    order = np.argsort(first)
    rank[order] = np.arange(len(first))
    return Copies(first=first[order].astype(np.int64), group=rank[inverse.ravel()], count=count[order].astype(np.int64))


def column_of(view: View, name: str | None, *, what: str) -> str:
    """``name`` if it names a column of the view. Raises :class:`InputError`, which lists the columns, otherwise."""
    if not name:
        raise InputError(f"No column is chosen as {what}.", remedy=f"Choose one of: {_listed(view)}.")
    if not view.has(f"column:{name}"):
        raise InputError(f"There is no column {quoted(name)}.", remedy=f"There are: {_listed(view)}.")
    return name


def scores(view: View, name: str | None, *, what: str = "the score") -> NDArray[np.float64]:
    """(rows,) float64, the numeric column ``name``; NaN where a row has no finite value.

    Raises :class:`InputError` when no column is chosen, it is not numeric, holds no number, or is constant: a
    constant score cannot order rows.
    """
    name = column_of(view, name, what=what)
    values = np.asarray(view.column(name))
    if values.dtype.kind not in "fiub":
        raise InputError(
            f"The column {quoted(name)} is text, not numbers.", remedy=f"Choose a numeric column as {what}."
        )
    values = values.astype(np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    known = values[~np.isnan(values)]
    if len(known) == 0:
        raise InputError(
            f"The column {quoted(name)} holds no number in this pool.", remedy=f"Choose another as {what}."
        )
    if len(known) > 1 and known.min() == known.max():
        raise InputError(
            f"The column {quoted(name)} is {known[0]:g} in every row: it cannot order the rows.",
            remedy=f"Choose another column as {what}.",
        )
    return values


def scored(values: NDArray[np.float64], name: str | None) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """(rows,) which rows have a number, and the number of rows that have none, by reason."""
    known = ~np.isnan(values)
    return known, ({} if known.all() else {f"no number in {name}": int((~known).sum())})


def labels(view: View, name: str) -> tuple[NDArray[np.int32], list[str]]:
    """(rows,) int32 category of each row, -1 where it has none, and the categories' names, sorted."""
    values = np.asarray(view.column(column_of(view, name, what="the category")), dtype=object)
    texts = ["" if value is None or value != value else str(value) for value in values.tolist()]
    names, codes = np.unique(np.asarray(texts, dtype=object), return_inverse=True)
    blank = int(len(names) > 0 and names[0] == "")
    return (codes.ravel() - blank).astype(np.int32), [str(entry) for entry in names[blank:]]


def _listed(view: View) -> str:
    return ", ".join(view.columns) or "(there is none)"
