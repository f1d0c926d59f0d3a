"""Records written as files of every container, so that one list of records is a seed of each."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Records = Sequence[Any]


def as_lines(records: Records) -> bytes:
    """JSON Lines."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def as_list(records: Records) -> bytes:
    """One JSON list."""
    return json.dumps(list(records), indent=1).encode()


def as_wrapped(records: Records) -> bytes:
    """A JSON object that holds the list."""
    return json.dumps({"version": 1, "data": list(records)}).encode()


def as_columns(records: Records) -> bytes:
    """A JSON object of one list for each column."""
    return json.dumps({name: [_cell(record, name) for record in records] for name in _names(records)}).encode()


def as_table(records: Records) -> list[list[str]]:
    """A table of text, its header first; what is no text stands there as JSON."""
    names = _names(records)
    values = [[_cell(record, name) for name in names] for record in records]
    texts = [
        ["" if cell is None else cell if isinstance(cell, str) else json.dumps(cell) for cell in row] for row in values
    ]
    return [names, *texts]


def as_delimited(rows: Sequence[Sequence[str]], delimiter: str = ",") -> bytes:
    """CSV of a table of text."""
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode("utf-8", "surrogatepass")


def as_parquet(records: Records) -> bytes:
    """Parquet, its columns as text where their values have no common type."""
    stream = io.BytesIO()
    pq.write_table(_table(records), stream, row_group_size=max(len(records) // 2, 1))
    return stream.getvalue()


def as_stream(records: Records) -> bytes:
    """An Arrow stream, as a shard of ``save_to_disk``."""
    table = _table(records)
    stream = io.BytesIO()
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return stream.getvalue()


def as_feather(records: Records) -> bytes:
    """An Arrow file."""
    table = _table(records)
    stream = io.BytesIO()
    with pa.ipc.new_file(stream, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return stream.getvalue()


WRITERS: Mapping[str, Callable[[Records], bytes]] = {
    ".jsonl": as_lines,
    ".json": as_list,
    ".parquet": as_parquet,
    ".arrow": as_stream,
    ".feather": as_feather,
    ".csv": lambda records: as_delimited(as_table(records)),
    ".tsv": lambda records: as_delimited(as_table(records), "\t"),
}


def written(records: Records, draw: Random) -> tuple[str, bytes]:
    """(ending, bytes) of a file of ``records`` in a container that is drawn."""
    if draw.random() < 0.2:
        return ".json", draw.choice((as_wrapped, as_columns))(records)
    if draw.random() < 0.1:
        return ".csv", as_delimited(as_table(records), draw.choice(";|"))
    ending = draw.choice(list(WRITERS))
    return ending, WRITERS[ending](records)


def _names(records: Records) -> list[str]:
    return list(dict.fromkeys(name for record in records if isinstance(record, dict) for name in record))


def _cell(record: Any, name: str) -> Any:
    return record.get(name) if isinstance(record, dict) else None


def _table(records: Records) -> pa.Table:
    return pa.table({plain(name): _array([_cell(record, name) for record in records]) for name in _names(records)})


def _array(values: list[Any]) -> pa.Array:
    try:
        array = pa.array(values)
        if str(array.type).count("<") < 30 and "struct<>" not in str(array.type):  # neither is written
            return array
    except (pa.ArrowException, OverflowError, UnicodeEncodeError, RecursionError):
        pass
    return pa.array([None if value is None else plain(json.dumps(value)) for value in values], pa.string())


def plain(text: str) -> str:
    """``text`` without half surrogates, which no binary format holds."""
    return text.encode("utf-8", "replace").decode()
