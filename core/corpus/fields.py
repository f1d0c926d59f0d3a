"""Fields that the same rows bring when they are loaded again, kept exactly as they came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.corpus import originals, row_labels
from core.corpus.column_store import attached_names
from core.corpus.differing_duplicates import differing_fields, same_value
from core.corpus.store import Corpus
from core.row_positions import CorpusRow, CorpusRows
from core.several import Several
from core.workspace.artefacts import Artefact
from core.workspace.digests import digest

PREFIX = "fields-"
BATCH = 8192  # rows compared at a time


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What loading the same rows again brought.

    ``fresh`` are the fields that the corpus lacked, ``values`` (rows,) their values. ``differing`` counts, by the
    name of the column, the rows whose value differs from the one that the corpus has.
    """

    fresh: tuple[str, ...]
    values: list[dict[str, Any]]
    differing: dict[str, int]


NOTHING = Brought(fresh=(), values=[], differing={})


def same_records(corpus: Corpus, rows: Path) -> bool:
    """Whether the records in the Parquet file ``rows`` are those of ``corpus``, one by one."""
    sides = (pq.ParquetFile(path).iter_batches(BATCH, columns=["original"]) for path in (corpus.rows_path, rows))
    return all(ours.equals(theirs) for ours, theirs in zip_longest(*sides, fillvalue=pa.record_batch([], [])))


def brought(corpus: Corpus, arrived: pa.ChunkedArray, names: Collection[str]) -> Brought:
    """Compare the fields ``names`` of the ``arrived`` records with those of ``corpus``: which are new, which differ.

    ``arrived``: (rows,) records as JSON text, in the order of the corpus's ids.
    """
    stored = pq.read_table(corpus.rows_path, columns=["original"])["original"]
    before = [originals.decode(text) for text in stored.to_pylist()]
    for row, later in zip(before, attached_fields(corpus, CorpusRows(np.arange(len(corpus)))), strict=True):
        row.update({name: value for name, value in later.items() if name not in row})
    known = {name for row in before for name in row}
    now = [originals.decode(text) for text in arrived.to_pylist()]
    wanted = {name for row in now for name in row} & set(names)
    shared = wanted & known
    changed = Counter(
        name
        for new, old in zip(now, before, strict=True)
        for name in (differing_fields(new, old, shared & new.keys()) if new != old else ())
    )
    fresh = tuple(sorted(wanted - known))
    return Brought(
        fresh=fresh,
        values=[{name: row.get(name) for name in fresh} for row in now],
        differing={column_of(corpus, name): changed[name] for name in sorted(changed)},
    )


def column_of(corpus: Corpus, name: str) -> str:
    """The name of the column that shows the field ``name``, if it is a column or becomes one."""
    kept = f"{name} (original)"
    return kept if kept in corpus.columns or (name in corpus.built_in and name not in ("source", "category")) else name


def keep_fields(corpus: Corpus, arrived: Brought, *, columns: Collection[str]) -> None:
    """Store the fresh fields beside ``corpus``; a field that is also one of ``columns`` lives as long as the column.

    Values keep their type, lists and objects too, so that export gives back what came.
    """
    texts = [originals.encode(row) for row in arrived.values]
    key = f"{PREFIX}{corpus.id}-{digest([list(arrived.fresh), texts])}"
    if arrived.fresh and not corpus.workspace.has("features", key):
        manifest = {"feature": "fields", "corpus": corpus.id, "names": list(arrived.fresh), "columns": sorted(columns)}
        with corpus.workspace.create("features", key, manifest) as folder:
            table = pa.table({"fields": pa.array(texts, pa.string())})
            pq.write_table(table, folder / "fields.parquet", compression="zstd")


def attached_fields(
    corpus: Corpus, positions: Sequence[CorpusRow] | CorpusRows, *, labels: bool = False
) -> list[dict[str, Any]]:
    """The values that were added later to the rows at ``positions``: fields of later loadings, and attached columns.

    Each row has the same names; None where it has no value. A replaced column counts instead of the field that it was
    made from; a deleted column is left out. What a person wrote on rows (:mod:`core.corpus.row_labels`) is theirs, not
    the data's: it is left out unless ``labels`` asks for it.
    """
    wanted = np.asarray(positions, dtype=np.int64)
    fields = later_fields(corpus, wanted)
    left_out = set(corpus.own_columns)
    if not labels:
        left_out |= set(row_labels.COLUMNS) - set(attached_names(corpus.workspace, corpus.id))
    for column in corpus.columns:
        if column in left_out:
            continue
        field = column.removesuffix(" (original)")
        name = field if column_of(corpus, field) == column else column
        for row, value in zip(fields, corpus.column(column)[wanted].tolist(), strict=True):
            value = None if value != value else value
            exact = row.get(name)
            value = list(value.words) if isinstance(value, Several) else value
            row[name] = exact if _shows(exact, value) else value
    return fields


def later_fields(corpus: Corpus, wanted: NDArray[np.int64]) -> list[dict[str, Any]]:
    """The fields that later loadings brought to the rows at positions ``wanted``, but those of a deleted column."""
    later: list[dict[str, Any]] = [{} for _ in wanted]
    columns = set(corpus.columns)
    for artefact in sorted(
        field_artefacts(corpus), key=lambda stored_artefact: (stored_artefact.manifest["made_at"], stored_artefact.key)
    ):
        deleted = {name for name in artefact.manifest["columns"] if column_of(corpus, name) not in columns}
        stored = pq.read_table(artefact.path("fields.parquet"))["fields"]
        for row, text in zip(later, stored.take(pa.array(wanted)).to_pylist(), strict=True):
            fields = originals.decode(text).items()
            row.update({name: value for name, value in fields if name not in row and name not in deleted})
    return later


def stored_fields(artefact: Artefact) -> list[dict[str, Any]]:
    """(rows,) the fields that one later loading brought."""
    return [originals.decode(text) for text in pq.read_table(artefact.path("fields.parquet"))["fields"].to_pylist()]


def _shows(exact: Any, shown: Any) -> bool:
    """Whether a column shows ``shown`` for the value ``exact``: it shows None for a list or an object."""
    return same_value(exact, shown) or (shown is None and isinstance(exact, (list, dict)))


def field_artefacts(corpus: Corpus) -> list[Artefact]:
    """The stored fields of later loadings, in no order."""
    folders = sorted((corpus.workspace.home / "features").glob(f"{PREFIX}{corpus.id}-*/manifest.json"))
    return [corpus.workspace.open("features", path.parent.name) for path in folders]
