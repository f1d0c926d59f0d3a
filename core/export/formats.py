"""The file formats a subset leaves in, each with every field as it came."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from core.corpus.fingerprint import show_id
from core.errors import InputError

Row = Mapping[str, Any]  # as core.corpus.store.Corpus.rows gives it
RECIPE_KEY = b"diverscope_recipe"
_ROLES = {"user": "human", "assistant": "gpt", "tool": "observation", "function_call": "function_call"}


@dataclass(frozen=True, kw_only=True)
class Format:
    """One way out: what it is called, what it looks like, how rows are written."""

    name: str
    title: str
    suffix: str
    looks_like: str
    write: Callable[[Iterable[Row], bytes], bytes]


def _jsonl(records: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records)


def _json_list(records: Iterable[Mapping[str, Any]]) -> bytes:
    return b"[\n" + b",\n".join(orjson.dumps(record) for record in records) + b"\n]\n"


def originals(rows: Iterable[Row], recipe: bytes) -> bytes:
    """One line a row: the record exactly as it came in."""
    return _jsonl(row["original"] for row in rows)


def alpaca(rows: Iterable[Row], recipe: bytes) -> bytes:
    """A JSON list of instruction / input / output (with history and system), other fields kept beside them."""
    return _json_list(_alpaca_record(row) for row in rows)


def sharegpt(rows: Iterable[Row], recipe: bytes) -> bytes:
    """A JSON list of conversations [{from, value}], other fields kept beside them."""
    return _json_list(_sharegpt_record(row) for row in rows)


def parquet(rows: Iterable[Row], recipe: bytes) -> bytes:
    """Columns id, instruction, input, response, system, turns, source, category and every original field.

    A field whose values are not all of one plain type is kept as JSON text. The recipe lies in the footer
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
    names = sorted({str(name) for row in rows for name in row["original"]})
    for name in names:
        target = name if name not in columns else f"original_{name}"
        columns[target] = [row["original"].get(name) for row in rows]
    arrays = {name: _column(values) for name, values in columns.items()}
    table = pa.table(arrays).replace_schema_metadata({RECIPE_KEY: recipe})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


FORMATS = {
    item.name: item
    for item in (
        Format(
            name="jsonl",
            title="JSONL",
            suffix=".jsonl",
            looks_like="one line a row, the record exactly as it came",
            write=originals,
        ),
        Format(
            name="parquet",
            title="Parquet",
            suffix=".parquet",
            looks_like="our columns and every original field, the recipe in the footer",
            write=parquet,
        ),
        Format(
            name="alpaca",
            title="Alpaca JSON",
            suffix=".json",
            looks_like="instruction / input / output, history and system where there are any",
            write=alpaca,
        ),
        Format(
            name="sharegpt",
            title="ShareGPT JSON",
            suffix=".json",
            looks_like="conversations of {from, value}, system and tools where there are any",
            write=sharegpt,
        ),
    )
}


def bundle(rows: Sequence[Row], *, format: str, recipe: bytes, stem: str) -> bytes:
    """A zip with the data, ``recipe.json`` beside it, and for trainers' formats LLaMA-Factory's ``dataset_info.json``.

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
        put("recipe.json", recipe)
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


def _spoken(row: Row) -> list[tuple[str, str]]:
    """(role, content) of each turn, user and assistant made from the fields where there are no turns."""
    if row.get("turns"):
        return [
            (str(turn["role"]), str(turn.get("content") or "")) for turn in row["turns"] if turn["role"] != "system"
        ]
    prompt = row["instruction"] + (f"\n\n{row['input']}" if row.get("input") else "")
    return [("user", prompt), ("assistant", row["response"])]


def _alpaca_record(row: Row) -> dict[str, Any]:
    record: dict[str, Any] = {
        "instruction": row["instruction"],
        "input": row.get("input") or "",
        "output": row["response"],
    }
    if row.get("turns"):
        pairs = list(_exchanges(_spoken(row)))
        if pairs:
            record = {"instruction": pairs[-1][0], "input": "", "output": pairs[-1][1]}
            record["history"] = [list(pair) for pair in pairs[:-1]]
    if row.get("system"):
        record["system"] = row["system"]
    return {**{k: v for k, v in row["original"].items() if k not in record}, **record}


def _exchanges(turns: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Pairs of what the user said and what the assistant answered; tool turns join the answer's side."""
    asked: list[str] = []
    answered: list[str] = []
    for role, content in turns:
        if role == "user" and answered:
            yield "\n".join(asked), "\n".join(answered)
            asked, answered = [], []
        (asked if role == "user" else answered).append(content)
    if asked or answered:
        yield "\n".join(asked), "\n".join(answered)


def _sharegpt_record(row: Row) -> dict[str, Any]:
    turns = [{"from": _ROLES.get(role, role), "value": content} for role, content in _spoken(row)]
    record: dict[str, Any] = {"conversations": turns}
    if row.get("system"):
        record["system"] = row["system"]
    dropped = {"conversations", "messages", "instruction", "input", "output", "response", "history"}
    return {**{k: v for k, v in row["original"].items() if k not in dropped and k not in record}, **record}


def _column(values: list[Any]) -> pa.Array:
    plain = {type(value) for value in values if value is not None}
    if plain <= {int, float} and plain:
        try:
            return pa.array(values, pa.float64() if float in plain else pa.int64())
        except (pa.ArrowInvalid, OverflowError):
            pass
    if plain in ({bool}, {str}):
        return pa.array(values)
    return pa.array(
        [None if v is None else v if isinstance(v, str) else orjson.dumps(v).decode() for v in values], pa.string()
    )
