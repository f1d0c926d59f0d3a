"""Columns that come after the corpus: a user's own scores, or more fields of the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.corpus.assemble import scalar_column
from core.corpus.fingerprint import parse_id
from core.errors import InputError
from core.workspace.artefacts import Artefact, Workspace
from core.workspace.digests import digest

if TYPE_CHECKING:
    from core.corpus.store import Corpus

PREFIX = "columns-"


def attach_columns(
    workspace: Workspace,
    corpus: Corpus,
    table: pa.Table,
    *,
    join: Literal["id", "position"] = "id",
    file: str | None = None,
) -> dict[str, int]:
    """Keep the columns of ``table`` beside ``corpus``: from then on they are columns like any other.

    ``join`` "id": the column ``id`` holds row ids (numbers or 16 hexadecimal digits). "position": row i of the table
    belongs to record i of the uploaded ``file`` (needed when the corpus came from several). Gives the number of rows
    matched, missing and in conflict (duplicates with different values: the first in the file counts).

    Raises :class:`InputError` when no row matches, the lengths differ, or a column is there already.
    """
    names = [name for name in table.column_names if not (join == "id" and name == "id")]
    if not names:
        raise InputError("The table brings no column.", remedy="Beside the ids it needs at least one column.")
    clash = [name for name in names if name in corpus.columns]
    if clash:
        raise InputError(f"The corpus has the column {', '.join(clash)} already.", remedy="Rename it in your table.")
    rows, given = _by_id(corpus, table) if join == "id" else _by_position(corpus, table, file)
    if not len(rows):
        raise InputError("No row of the table is a row of this corpus.", remedy="Check that the ids are row ids.")
    _, first = np.unique(rows, return_index=True)
    source = np.full(len(corpus), -1, dtype=np.int64)  # (rows,) the table's row for each of the corpus's
    source[rows[first]] = given[first]
    conflicts = 0
    columns: dict[str, pa.Array] = {}
    for name in names:
        values = table[name].to_pylist()
        conflicts = max(
            conflicts, sum(_differ(values[row], values[source[place]]) for place, row in zip(rows, given, strict=True))
        )
        columns[name], _ = scalar_column([values[row] if row >= 0 else None for row in source])
    matched = int((source >= 0).sum())
    key = f"{PREFIX}{corpus.id}-{digest([names, [column.to_pylist() for column in columns.values()]])}"
    if not workspace.has("features", key):
        manifest = {"feature": "columns", "corpus": corpus.id, "names": names, "matched": matched}
        with workspace.create("features", key, manifest) as folder:
            pq.write_table(pa.table(columns), folder / "columns.parquet", compression="zstd")
    return {"matched": matched, "missing": len(corpus) - matched, "conflicts": conflicts}


def attached_names(workspace: Workspace, corpus_id: str) -> list[str]:
    """Names of the columns that came later, sorted."""
    return sorted({name for artefact in _attached(workspace, corpus_id) for name in artefact.manifest["names"]})


def attached_column(workspace: Workspace, corpus_id: str, name: str) -> NDArray[Any]:
    """(rows,) the values of a column that came later; of several with one name the newest."""
    holding = [artefact for artefact in _attached(workspace, corpus_id) if name in artefact.manifest["names"]]
    newest = max(holding, key=lambda artefact: (artefact.manifest["made_at"], artefact.key))
    return as_array(pq.read_table(newest.path("columns.parquet"), columns=[name])[name])


def as_array(column: pa.ChunkedArray) -> NDArray[Any]:
    """A stored column as float64 (nan where missing), or as object of str and None."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        encoded = column.combine_chunks().dictionary_encode()  # equal values share one object
        words = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
        codes = pc.fill_null(encoded.indices, len(words) - 1)
        return words[codes.to_numpy(zero_copy_only=False)]
    return column.to_numpy().astype(np.float64)


def _attached(workspace: Workspace, corpus_id: str) -> list[Artefact]:
    folders = sorted((workspace.home / "features").glob(f"{PREFIX}{corpus_id}-*/manifest.json"))
    return [workspace.open("features", path.parent.name) for path in folders]


def _by_id(corpus: Corpus, table: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if "id" not in table.column_names:
        raise InputError("The table has no column “id”.", remedy="Name the column with the row ids “id”.")
    values = table["id"].to_pylist()
    ids = np.array([parse_id(value) if isinstance(value, str) else int(value) for value in values], dtype=np.uint64)
    place = np.minimum(np.searchsorted(corpus.ids, ids), len(corpus) - 1)
    found = np.flatnonzero(corpus.ids[place] == ids)
    return place[found].astype(np.int64), found


def _by_position(corpus: Corpus, table: pa.Table, file: str | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    files = [entry for entry in corpus.artefact.manifest["files"] if entry["records"]]
    if file is None and len(files) == 1:
        file = files[0]["name"]
    known = {entry["name"]: entry for entry in files}
    if file not in known:
        raise InputError("It is not clear which file the table follows.", remedy=f"Name one of: {', '.join(known)}.")
    if table.num_rows != known[file]["records"]:
        raise InputError(
            f"The table has {table.num_rows:,} rows, {file} had {known[file]['records']:,} records.",
            remedy="A table that goes by position needs one row for each record of the file; else use row ids.",
        )
    places = pq.read_table(corpus.artefact.path("positions.parquet"))
    index = [entry["name"] for entry in corpus.artefact.manifest["files"]].index(file)
    own = places.filter(pc.equal(places["file"], index))
    order = np.argsort(own["record"].to_numpy(), kind="stable")
    return own["row"].to_numpy()[order].astype(np.int64), own["record"].to_numpy()[order] - 1


def _differ(one: Any, other: Any) -> bool:
    return one != other and not (one != one and other != other)
