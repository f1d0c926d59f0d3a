"""Rows for export: the record as it came, and the values that were attached to it later."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.corpus import originals
from core.corpus.fields import attached_fields
from core.corpus.store import Corpus
from core.row_positions import CorpusRow, CorpusRows

Row = Mapping[str, Any]  # as core.corpus.store.Corpus.rows gives it, with "attached"
PREFIX = "attached_"


def rows_to_export(corpus: Corpus, positions: Sequence[CorpusRow] | CorpusRows, *, labels: bool = False) -> list[Row]:
    """The full records at ``positions``, in that order, each with ``attached``: the values that were added later.

    These are fields of later loadings of the same rows, attached columns and models' scores. Every row has every name;
    None where it has no value. With ``labels`` what a person wrote on the rows is among them.
    """
    records = corpus.rows(positions)
    if not records:
        return []
    return [
        {**row, "attached": later}
        for row, later in zip(records, attached_fields(corpus, positions, labels=labels), strict=True)
    ]


def attached(rows: Sequence[Row], *, taken: Collection[str] = ()) -> list[dict[str, Any]]:
    """The values attached to each of ``rows``, under names that neither a record of theirs nor ``taken`` has.

    A name that is taken gets the prefix ``attached_``, in all rows.
    """
    used = {*taken, *(name for row in rows for name in row["original"])}
    names: dict[str, str] = {}
    for name in sorted({name for row in rows for name in row.get("attached") or ()}):
        free = name
        while free in used:
            free = PREFIX + free
        used.add(free)
        names[name] = free
    return [{names[name]: value for name, value in (row.get("attached") or {}).items()} for row in rows]


def as_text(value: Any) -> str | None:
    """A value for a column of text: text as it is, None as None, any other value as JSON."""
    if value is None or isinstance(value, str):
        return value
    return originals.encode({"": value})[4:-1].strip()
