"""Columns in a file of the user (CSV, JSON Lines, Parquet, .npy), read as a table that can be attached."""

from __future__ import annotations

import csv as stdlib_csv
import io
import json
import re
from collections import Counter
from pathlib import PurePath
from typing import Any

import numpy as np
import pyarrow as pa

from core.corpus.formats import delimited
from core.corpus.formats.encodings import as_utf8
from core.corpus.formats.json_values import holds_long_numbers
from core.corpus.joining import holds_row_ids
from core.corpus.sources import numbered_names
from core.corpus.typed_column import odd_cells, scalar_column, without_odd
from core.errors import DiverscopeError, InputError, in_short, reason_of

KINDS = (".csv", ".tsv", ".jsonl", ".parquet", ".npy")
MOST_COLUMNS = 64
_NO_OBJECT = re.compile(rb"^[ \t\r]*+[^ \t\r\n{]", re.MULTILINE)
NO_NUMBERS = b"cells without a number"  # of a column of numbers, in the description of its field


def column_table(data: bytes, *, name: str) -> pa.Table:
    """The columns of the file ``name``: text, numbers or booleans; a column ``id`` holds row ids as text or uint64.

    A ``.npy`` file holds one value for each row, and its column is named after the file. Values inside objects are
    columns of their own: {"scores": {"PPLScorer": {"score": 7.5}}}, as OpenDataArena writes, is the column PPLScorer.
    A few cells of a CSV that are no numbers are missing in a column of numbers, which says how many
    (:data:`NO_NUMBERS`). Raises :class:`InputError` when the file's kind is not in :data:`KINDS`, or the file is
    damaged or holds no column.
    """
    path = PurePath(name)
    table = _opened(read_table(data, name=name))
    kept = [field.name for field in table.schema if _scalar(field.type) or _words(field.type)]
    if not kept:
        raise InputError(f"{path.name} holds no column of text or numbers.")
    if len(kept) > MOST_COLUMNS:
        raise InputError(f"{path.name} brings {len(kept)} columns; at most {MOST_COLUMNS} at a time.")
    return table.select(kept)


def _opened(table: pa.Table) -> pa.Table:
    """The table with the fields of objects as columns; of a path the part that tells it apart is its name."""
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    short = [name.removeprefix("scores.").removesuffix(".score") for name in table.column_names]
    times = Counter(short)
    names = [name if times[brief] > 1 else brief for name, brief in zip(table.column_names, short, strict=True)]
    return table.rename_columns(numbered_names(names))


def read_table(data: bytes, *, name: str) -> pa.Table:
    """Every column of the file ``name``, lists included. Raises :class:`InputError` as :func:`column_table` does."""
    path = PurePath(name)
    if path.suffix.lower() not in KINDS:
        raise InputError(
            f"{in_short(path.name)} is none of {', '.join(KINDS)}.", remedy="Save the columns as one of them."
        )
    try:
        binary = path.suffix.lower() in (".parquet", ".npy")
        plain = data if binary else as_utf8(data, name=path.name, notes=[])
        table = _read(plain, path.suffix.lower(), path.stem)
        for field in table.schema:
            _read_names(field)
        table.validate(full=True)  # a damaged length or offset is otherwise followed wherever it points
    except DiverscopeError:
        raise
    except Exception as error:  # whatever a library raises at a damaged file; there is no list of it
        if not data.strip():
            raise InputError(f"{path.name} is empty.", remedy="Choose a file with a line for each row.") from error
        reason = reason_of(error).rstrip(" .:")
        raise InputError(
            f"{path.name} cannot be read: {reason}.", remedy="Is it complete, and of that kind?"
        ) from error
    if not table.num_rows:
        raise InputError(f"{path.name} holds no row.")
    return table.rename_columns(numbered_names(table.column_names))


def _read(data: bytes, suffix: str, stem: str) -> pa.Table:
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        return pq.read_table(pa.BufferReader(data))
    if suffix == ".jsonl":
        from pyarrow.json import read_json

        if other := _NO_OBJECT.search(data):  # pyarrow follows a null in the first line into nowhere
            before = data[: other.end()].count(b"\n")
            raise ValueError(f"line {before + 1:,} is not an object")
        if holds_long_numbers(data):
            return _json_lines(data)
        return read_json(pa.BufferReader(data))
    if suffix == ".npy":
        values = np.load(io.BytesIO(data), allow_pickle=False)
        if not isinstance(values, np.ndarray) or values.ndim != 1 or values.dtype.kind not in "fiubU":
            raise ValueError("it does not hold a plain list of numbers or text")
        return pa.table({stem: pa.array(values)})
    return _delimited(data, suffix)


def _delimited(data: bytes, suffix: str) -> pa.Table:
    from pyarrow import csv

    head = data[:65536].decode(errors="replace")
    delimiter = delimited.sniff(head, named=True) or ("\t" if suffix == ".tsv" else ",")
    data = data[len(head[: delimited.header_start(head)].encode()) :]
    head = data[:1_000_000].decode(errors="replace")
    header = next(stdlib_csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), [])
    long_numbers = holds_long_numbers(data)
    # Sixteen hexadecimal digits may look like a number such as 12e4567890123456.
    as_text = header if long_numbers else [name for name in header if holds_row_ids(name)]
    options = csv.ConvertOptions(column_types={name: pa.string() for name in as_text}, strings_can_be_null=True)
    parse = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    table = csv.read_csv(pa.BufferReader(data), convert_options=options, parse_options=parse)
    for place, field in enumerate(table.schema):
        if not pa.types.is_string(field.type) or holds_row_ids(field.name):
            continue
        cells = dict(enumerate(table.column(place).to_pylist()))
        filled = {row: cell for row, cell in cells.items() if cell}
        odd = odd_cells(field.name, filled, list(cells), text=True) if filled else None
        if odd and odd.kept:
            numbers = without_odd(filled, text=True)
            cells = {row: numbers.get(row) for row in cells}
            field = field.with_metadata({NO_NUMBERS: str(odd.count)})
        elif not long_numbers:
            continue
        values, kind = scalar_column(list(cells.values()), text_numbers=True)
        if kind != "list":
            table = table.set_column(place, pa.field(field.name, values.type, metadata=field.metadata), values)
    return table


def _json_lines(data: bytes) -> pa.Table:
    """JSON Lines with whole numbers that may be beyond 64 bits: such a column becomes text."""
    records = [json.loads(line) for line in data.split(b"\n") if line.strip()]
    columns: dict[str, pa.Array] = {}
    for name in dict.fromkeys(name for record in records for name in record):
        values = [record.get(name) for record in records]
        plain = all(value is None or isinstance(value, (str, int, float, bool)) for value in values)
        columns[name] = scalar_column(values)[0] if plain and not holds_row_ids(name) else _as_array(values)
    return pa.table(columns)


def _as_array(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        if all(value is None or (type(value) is int and 0 <= value < 1 << 64) for value in values):
            return pa.array(values, pa.uint64())  # row ids, as whole numbers
        return pa.array([None if value is None else _as_text(value) for value in values], pa.string())


def _read_names(field: pa.Field) -> None:
    """Raises UnicodeDecodeError where the name of ``field``, or of a field inside it, is no UTF-8."""
    _ = field.name
    kind = field.type
    if pa.types.is_struct(kind):
        for place in range(kind.num_fields):
            _read_names(kind.field(place))
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        _read_names(kind.value_field)


def _as_text(value: Any) -> str:
    """``value`` as text: what is none as JSON, with question marks for half surrogates."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()


def _scalar(kind: pa.DataType) -> bool:
    return (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
    )


def _words(kind: pa.DataType) -> bool:
    """Whether cells of this type are lists of words or whole numbers: a category with several values a row."""
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        return False
    return pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type)
