"""The file formats a subset leaves in, each with every field as it came and what was attached since."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from core.corpus import originals
from core.corpus.row_ids import show_id
from core.errors import InputError
from core.export.records import Row, attached
from core.export.trainers import ALPACA, SHAREGPT, alpaca_record, sharegpt_record

RECIPE_KEY = b"diverscope_recipe"
_HALVES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class Format:
    """One way out: what it is called, what it looks like, how rows are written."""

    name: str
    title: str
    suffix: str
    looks_like: str
    write: Callable[[Iterable[Row], bytes], bytes]


def as_it_came(rows: Iterable[Row], recipe: bytes) -> bytes:
    """One line a row: the record exactly as it came, then what was attached to it (null where it has no value)."""
    rows = list(rows)
    merged = ({**row["original"], **later} for row, later in zip(rows, attached(rows), strict=True))
    return b"".join(originals.json_lines(merged))


def alpaca(rows: Iterable[Row], recipe: bytes) -> bytes:
    """A JSON list of instruction / input / output (with history and system), all other fields kept beside them."""
    return _json_list(rows, alpaca_record, taken=ALPACA)


def sharegpt(rows: Iterable[Row], recipe: bytes) -> bytes:
    """A JSON list of conversations [{from, value, …}], all other fields kept beside them."""
    return _json_list(rows, sharegpt_record, taken=SHAREGPT)


def parquet(rows: Iterable[Row], recipe: bytes) -> bytes:
    """Columns id, instruction, input, response, system, turns, source, category, every original and attached field.

    A field whose values are not all of one plain type is kept as JSON text; half a surrogate pair, which Parquet
    cannot hold, becomes U+FFFD. The recipe lies in the footer
    under ``diverscope_recipe``.
    """
    rows = list(rows)
    columns: dict[str, list[Any]] = {
        "id": [show_id(row["id"]) for row in rows],
        **{name: [row.get(name) for row in rows] for name in ("instruction", "input", "response", "system")},
        "turns": [orjson.dumps(row["turns"]).decode() if row.get("turns") else None for row in rows],
        "source": [row.get("source") for row in rows],
        "category": [row.get("category") for row in rows],
    }
    for name in sorted({str(name) for row in rows for name in row["original"]}):
        # Our instruction holds all user turns: a history beside it would be read as still more of them.
        target = name if name not in columns and name != "history" else f"original_{name}"
        columns[target] = [row["original"].get(name) for row in rows]
    later = attached(rows, taken=columns)
    for name in sorted({name for row in later for name in row}):
        columns[name] = [row.get(name) for row in later]
    arrays = {name: _column(values) for name, values in columns.items()}
    table = pa.table(arrays).replace_schema_metadata({RECIPE_KEY: recipe})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _json_list(rows: Iterable[Row], record: Callable[[Row], dict[str, Any]], *, taken: Sequence[str]) -> bytes:
    rows = list(rows)
    merged = (
        originals.encode({**record(row), **later}).encode()
        for row, later in zip(rows, attached(rows, taken=taken), strict=True)
    )
    return b"[\n" + b",\n".join(merged) + b"\n]\n"


FORMATS = {
    item.name: item
    for item in (
        Format(
            name="jsonl",
            title="JSONL",
            suffix=".jsonl",
            looks_like="one line a row, the record exactly as it came, attached columns beside its fields",
            write=as_it_came,
        ),
        Format(
            name="parquet",
            title="Parquet",
            suffix=".parquet",
            looks_like="our columns, every original and every attached field, the recipe in the footer",
            write=parquet,
        ),
        Format(
            name="alpaca",
            title="Alpaca JSON",
            suffix=".json",
            looks_like="instruction / input / output, history and system where there are any, other fields beside them",
            write=alpaca,
        ),
        Format(
            name="sharegpt",
            title="ShareGPT JSON",
            suffix=".json",
            looks_like="conversations of {from, value}, system and tools where there are any, other fields beside them",
            write=sharegpt,
        ),
    )
}


def bundle(rows: Sequence[Row], *, format: str, recipe: bytes, stem: str) -> bytes:
    """A zip with the data, its recipe (``STEM.recipe.json``), and for trainers' formats LLaMA-Factory's entry.

    Raises :class:`InputError` on a format that is none of :data:`FORMATS`.
    """
    if format not in FORMATS:
        raise InputError(f"There is no format {format!r}.", remedy=f"There are: {', '.join(FORMATS)}.")
    chosen = FORMATS[format]
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        # A fixed date: the same subset gives the same bytes.
        def put(name: str, data: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)

        put(stem + chosen.suffix, chosen.write(rows, recipe))
        put(f"{stem}.recipe.json", recipe)
        if format in ("alpaca", "sharegpt"):
            put("dataset_info.json", orjson.dumps(trainer_entry(stem, format), option=orjson.OPT_INDENT_2))
    return sink.getvalue()


def trainer_entry(stem: str, format: str) -> dict[str, Any]:
    """The entry that LLaMA-Factory's dataset_info.json needs to train on the exported file."""
    if format == "sharegpt":
        columns = {"messages": "conversations", "system": "system", "tools": "tools"}
        return {stem: {"file_name": f"{stem}.json", "formatting": "sharegpt", "columns": columns}}
    columns = {"prompt": "instruction", "query": "input", "response": "output", "system": "system"}
    return {stem: {"file_name": f"{stem}.json", "columns": {**columns, "history": "history"}}}


def _column(values: list[Any]) -> pa.Array:
    plain = {type(value) for value in values if value is not None}
    if plain <= {int, float} and plain:
        try:
            return pa.array(values, pa.float64() if float in plain else pa.int64())
        except (pa.ArrowInvalid, OverflowError):
            pass
    if plain == {bool}:
        return pa.array(values)
    texts = [value if value is None or isinstance(value, str) else _text(value) for value in values]
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:  # halves of surrogate pairs, which Parquet cannot hold
        return pa.array([text and _HALVES.sub("\ufffd", text) for text in texts], pa.string())


def _text(value: Any) -> str:
    return originals.encode({"": value})[4:-1].strip()
