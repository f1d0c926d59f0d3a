"""Vectors in a user's file (.npy, Parquet, JSON Lines, CSV), read as one matrix together with the ids."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.corpus.column_files import read_table
from core.corpus.joining import ids_of
from core.errors import InputError, in_short, listed_in_short, reason_of
from core.features.vector_texts import from_texts, looks_like_vectors

KINDS = (".npy", ".parquet", ".jsonl", ".csv", ".tsv")
USUAL = ("embedding", "embeddings", "vector", "vectors", "emb")


@dataclass(frozen=True, eq=False, kw_only=True)
class VectorFile:
    """The content of a file of vectors.

    ``vectors`` (lines, d) float32 as they stand in the file; ``ids`` (lines,) where a column, ``named`` so, holds ids;
    ``broken`` are the 1-based numbers of the lines without d finite numbers, which are all zero in ``vectors``.
    """

    vectors: NDArray[np.float32]
    ids: list[Any] | None
    broken: NDArray[np.int64]
    named: str = "id"


def read_vectors(data: bytes, *, name: str) -> VectorFile:
    """The vectors of the file ``name``: an array (lines, d), a column of lists (or of their text), or one column a
    dimension.

    A line whose list is missing, of another length than most, or holds something that is not a finite number is
    kept as zeros and listed in ``broken``. Raises :class:`InputError` when the file's kind is not in :data:`KINDS`, or
    the file is damaged, holds no vector, or leaves open which column holds the vectors.
    """
    path = PurePath(name)
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise InputError(
            f"{in_short(path.name)} is none of {', '.join(KINDS)}.", remedy="Save the vectors as one of them."
        )
    id_name: str | None = None
    if kind == ".npy":
        vectors, ids = _array(data, path.name), None
    else:
        table = read_table(data, name=name)
        id_name, ids = ids_of(table)
        vectors = _matrix(table if id_name is None else table.drop_columns([id_name]), path.name)
    if not vectors.size:
        raise InputError(f"{path.name} holds no vector.")
    finite = np.logical_and.reduce(np.isfinite(vectors), axis=1)
    if not finite.all():
        vectors = np.where(finite[:, None], vectors, np.float32(0))
    return VectorFile(vectors=vectors, ids=ids, named=id_name or "id", broken=np.flatnonzero(~finite) + 1)


def _array(data: bytes, name: str) -> NDArray[np.float32]:
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except Exception as error:  # whatever NumPy raises at a damaged header; there is no list of it
        raise InputError(
            f"{name} cannot be read: {reason_of(error)}", remedy="Save it with numpy.save, without objects."
        ) from error
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.dtype.kind not in "fiu":
        raise InputError(f"{name} does not hold an array of numbers, a row for each line, a column for each dimension.")
    return np.asarray(array, dtype=np.float32)


def _matrix(table: pa.Table, name: str) -> NDArray[np.float32]:
    """(lines, d) float32, nan where a line has no vector of the file's width."""
    lists = [field.name for field in table.schema if _listed(field.type)]
    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    named = [column for column in lists if column.lower() in USUAL]
    if lists and not named:  # a usual name says more than the form
        for column in texts:
            if column.lower() in USUAL and looks_like_vectors(cells := table[column].to_pylist(), named=True):
                return _from_lists(from_texts(cells, name=name, column=column))
    lists = named or lists
    if len(lists) > 1:
        raise InputError(
            f"{name} has several columns of lists: {listed_in_short(lists)}.",
            remedy="Name the one you mean “embedding”.",
        )
    if lists:
        return _from_lists(table[lists[0]].combine_chunks())
    for column in sorted(texts, key=lambda text: text.lower() not in USUAL):
        cells = table[column].to_pylist()
        if looks_like_vectors(cells, named=column.lower() in USUAL):
            return _from_lists(from_texts(cells, name=name, column=column))
    numeric = [
        field.name for field in table.schema if (pa.types.is_floating(field.type) or pa.types.is_integer(field.type))
    ]
    if len(numeric) < 2:
        raise InputError(
            f"{name} holds no vectors.",
            remedy="It needs a column of lists of numbers, or a column of numbers for each dimension.",
        )
    columns = [table[column].to_numpy().astype(np.float32) for column in numeric]
    return np.stack(columns, axis=1)


def _from_lists(lists: pa.ListArray) -> NDArray[np.float32]:
    flat = lists.flatten().cast(pa.float32()).to_numpy(zero_copy_only=False)  # null becomes nan
    lengths = lists.value_lengths() if not pa.types.is_fixed_size_list(lists.type) else None
    if lengths is None:
        sizes = np.where(lists.is_valid().to_numpy(zero_copy_only=False), lists.type.list_size, 0).astype(np.int64)
    else:
        sizes = lengths.fill_null(0).to_numpy().astype(np.int64)
    width = int(np.bincount(sizes[sizes > 0]).argmax()) if (sizes > 0).any() else 0
    vectors = np.full((len(sizes), width), np.nan, dtype=np.float32)
    whole = sizes == width
    if width:
        vectors[whole] = flat[np.repeat(whole, sizes)].reshape(-1, width)
    return vectors


def _listed(kind: pa.DataType) -> bool:
    return bool(
        (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))
        and (pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type))
    )
