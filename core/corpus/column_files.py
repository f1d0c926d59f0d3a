"""Columns in a file of the user (CSV, JSON Lines, Parquet, .npy), read as a table that can be attached."""

from __future__ import annotations

import io
from pathlib import PurePath

import numpy as np
import pyarrow as pa

from core.errors import InputError

KINDS = (".csv", ".tsv", ".jsonl", ".parquet", ".npy")
MOST_COLUMNS = 64


def column_table(data: bytes, *, name: str) -> pa.Table:
    """The columns of the file ``name``: text, numbers or booleans; a column ``id`` holds row ids as text or uint64.

    A ``.npy`` file holds one value for each row, and its column is named after the file. Raises :class:`InputError`
    when the file's kind is not in :data:`KINDS`, or the file is damaged or holds no column.
    """
    path = PurePath(name)
    table = read_table(data, name=name)
    kept = [field.name for field in table.schema if _scalar(field.type)]
    if not kept:
        raise InputError(f"{path.name} holds no column of text or numbers.")
    if len(kept) > MOST_COLUMNS:
        raise InputError(f"{path.name} brings {len(kept)} columns; at most {MOST_COLUMNS} at a time.")
    return table.select(kept)


def read_table(data: bytes, *, name: str) -> pa.Table:
    """Every column of the file ``name``, lists included. Raises :class:`InputError` as :func:`column_table` does."""
    path = PurePath(name)
    if path.suffix.lower() not in KINDS:
        raise InputError(f"{path.name} is none of {', '.join(KINDS)}.", remedy="Save the columns as one of them.")
    try:
        table = _read(data, path.suffix.lower(), path.stem)
    except (pa.ArrowException, ValueError, OSError, EOFError) as error:
        if not data.strip():
            raise InputError(f"{path.name} is empty.", remedy="Choose a file with a line for each row.") from error
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200].rstrip(" .:")
        raise InputError(
            f"{path.name} cannot be read: {reason}.", remedy="Is it complete, and of that kind?"
        ) from error
    if not table.num_rows:
        raise InputError(f"{path.name} holds no row.")
    return table


def _read(data: bytes, suffix: str, stem: str) -> pa.Table:
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        return pq.read_table(pa.BufferReader(data))
    if suffix == ".jsonl":
        from pyarrow import json

        return json.read_json(pa.BufferReader(data))
    if suffix == ".npy":
        values = np.load(io.BytesIO(data), allow_pickle=False)
        if values.ndim != 1 or values.dtype.kind not in "fiubU":
            raise ValueError("it does not hold a plain list of numbers or text")
        return pa.table({stem: pa.array(values)})
    from pyarrow import csv

    # Sixteen hexadecimal digits may look like a number such as 12e4567890123456.
    options = csv.ConvertOptions(column_types={"id": pa.string()}, strings_can_be_null=True)
    parse = csv.ParseOptions(delimiter="\t" if suffix == ".tsv" else ",", newlines_in_values=True)
    return csv.read_csv(pa.BufferReader(data), convert_options=options, parse_options=parse)


def _scalar(kind: pa.DataType) -> bool:
    return (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
    )
