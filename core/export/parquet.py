"""Parquet: our columns, every field as it came, and the recipe in the footer."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from core.corpus.clean import whole_pairs
from core.corpus.row_ids import show_id
from core.export.format import Exported, Format
from core.export.records import Row, as_text, attached

RECIPE_KEY = b"diverscope_recipe"
_HALVES = re.compile("[\ud800-\udfff]")


class Parquet(Format):
    """Columns id, instruction, input, response, system, turns, source, category, every original and attached field.

    Where any row has them: ``thinking``, and ``pictures`` as a list of turn and name.

    A field of lists of words is a column of lists. One with values of several types, or of none that Parquet holds
    plainly, is kept as JSON text; half a surrogate
    pair, which Parquet cannot hold, becomes U+FFFD. The footer holds the recipe under ``diverscope_recipe``.
    """

    def export(self, rows: Sequence[Row], *, recipe: bytes, stem: str) -> Exported:
        columns: dict[str, list[Any]] = {
            "id": [show_id(row["id"]) for row in rows],
            **{name: [row.get(name) for row in rows] for name in ("instruction", "input", "response", "system")},
            "turns": [orjson.dumps(row["turns"]).decode() if row.get("turns") else None for row in rows],
            **_where_any("thinking", rows),
            **_where_any("pictures", rows),
            "source": [row.get("source") for row in rows],
            "category": [row.get("category") for row in rows],
        }
        for name in sorted({str(name) for row in rows for name in row["original"]}):
            # Our instruction holds all user turns: a history beside it would be read as further turns.
            target = whole_pairs(name) if name != "history" else f"original_{name}"
            while target in columns:
                target = f"original_{target}"
            columns[target] = [row["original"].get(name) for row in rows]
        later = attached(rows, taken=columns)
        for name in sorted({name for row in later for name in row}):
            columns[name] = [row.get(name) for row in later]
        arrays = {name: plain_column(values) for name, values in columns.items()}
        table = pa.table(arrays).replace_schema_metadata({RECIPE_KEY: recipe})
        sink = io.BytesIO()
        pq.write_table(table, sink, compression="zstd")
        return Exported(data=sink.getvalue(), rows=len(rows))


def _where_any(name: str, rows: Sequence[Row]) -> dict[str, list[Any]]:
    """The column ``name``, where any row has something in it."""
    values = [row.get(name) or None for row in rows]
    return {name: values} if any(values) else {}


def plain_column(values: list[Any]) -> pa.Array:
    """``values`` as numbers, truths, lists of words or text, whichever they all are; as JSON text where they differ."""
    plain = {type(value) for value in values if value is not None}
    if plain <= {int, float} and plain:
        try:
            return pa.array(values, pa.float64() if float in plain else pa.int64())
        except (pa.ArrowInvalid, OverflowError):
            pass
    if plain == {bool}:
        return pa.array(values)
    if plain == {list} and all(isinstance(word, str) for value in values for word in value or ()):
        try:
            return pa.array(values, pa.list_(pa.string()))
        except UnicodeEncodeError:
            pass
    texts = [as_text(value) for value in values]
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:  # halves of surrogate pairs, which Parquet cannot hold
        return pa.array([text and _HALVES.sub("\ufffd", text) for text in texts], pa.string())


FORMAT = Parquet(
    name="parquet",
    title="Parquet",
    suffix=".parquet",
    looks_like="our columns, every original and every attached field, the recipe in the footer",
)
