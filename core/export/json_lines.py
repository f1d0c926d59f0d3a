"""JSONL: a line for each row, with the record exactly as it came."""

from __future__ import annotations

from collections.abc import Sequence

from core.corpus import originals
from core.export.format import Exported, Format
from core.export.records import Row, attached


class JsonLines(Format):
    """A line for each row: the record exactly as it came, then its attached values (null where it has no value)."""

    def export(self, rows: Sequence[Row], *, recipe: bytes, stem: str) -> Exported:
        merged = ({**row["original"], **later} for row, later in zip(rows, attached(rows), strict=True))
        return Exported(data=b"".join(originals.json_lines(merged)), rows=len(rows))


FORMAT = JsonLines(
    name="jsonl",
    title="JSONL",
    suffix=".jsonl",
    looks_like="a line for each row: the record exactly as it came, and the attached columns as further fields",
)
