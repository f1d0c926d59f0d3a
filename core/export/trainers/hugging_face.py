"""A Hugging Face data set: chat messages as Parquet, which ``load_dataset`` of the folder reads by its card."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from core.corpus.clean import whole_pairs
from core.export.format import Exported
from core.export.parquet import RECIPE_KEY, plain_column
from core.export.records import Row
from core.export.trainers import messages
from core.export.trainers.cutoff import Cutoff

CARD = "README.md"
DEEPEST = 30  # lists and objects inside each other that a column may have


@dataclass(frozen=True, kw_only=True)
class HuggingFace(messages.Messages):
    """Chat messages as a typed table, with the recipe in its footer; arguments of calls and tools are JSON text."""

    card: ClassVar[bool] = True

    def export(self, rows: Sequence[Row], *, recipe: bytes, stem: str, cutoff: Cutoff | None = None) -> Exported:
        """The rows as Parquet. Raises :class:`InputError` where no row can be written."""
        exported = super().export(rows, recipe=recipe, stem=stem, cutoff=cutoff)
        records: list[dict[str, Any]] = [whole_pairs(record) for record in json.loads(exported.data)]
        names = dict.fromkeys(name for record in records for name in record)
        table = pa.table({name: _column([record.get(name) for record in records]) for name in names})
        sink = io.BytesIO()
        pq.write_table(table.replace_schema_metadata({RECIPE_KEY: recipe}), sink, compression="zstd")
        return replace(exported, data=sink.getvalue())


def _column(values: list[Any]) -> pa.Array:
    """``values`` in the type they have in common; as JSON text where they have none that Parquet holds."""
    try:
        array = pa.array(values)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        return plain_column(values)
    kind = str(array.type)
    return array if "struct<>" not in kind and kind.count("<") < DEEPEST else plain_column(values)


FORMAT = HuggingFace(
    name="hugging-face",
    title="Hugging Face data set",
    suffix=".parquet",
    looks_like="messages of {role, content} as Parquet, and README.md, the card of the data set",
    layout=messages.FORMAT.layout,
    optional=messages.FORMAT.optional,
    taken=messages.FORMAT.taken,
    calls="text",
)
