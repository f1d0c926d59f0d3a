"""Columns that come after the corpus: a user's own scores, or more fields of the same rows."""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.corpus.deduplicate import scalar_column
from core.corpus.joining import Join, join_lines
from core.errors import InputError
from core.workspace import trash
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
    join: Join = "id",
    file: str | None = None,
    replace: bool = False,
) -> dict[str, int]:
    """Keep the columns of ``table`` beside ``corpus``: from then on they are columns like any other.

    ``join`` "id": the column ``id`` holds row ids (numbers or 16 hexadecimal digits). "position": row i of the table
    belongs to record i of the uploaded ``file`` (needed when the corpus came from several). Gives the number of rows
    matched, missing and in conflict (duplicates with different values: the first in the file counts).
    ``replace``: a column that came later under a name of the table gives way, with all its values, and waits in the
    trash. What came with the rows themselves is never replaced.

    Raises :class:`InputError` when no row matches, the lengths differ, or a column is there already.
    """
    names = [name for name in table.column_names if not (join == "id" and name == "id")]
    if not names:
        raise InputError("The table brings no column.", remedy="Beside the ids it needs at least one column.")
    _refuse_taken(corpus, names, replace=replace)
    ids = table["id"].to_pylist() if "id" in table.column_names else None
    pairs = join_lines(corpus, join=join, lines=table.num_rows, ids=ids, file=file)
    source = pairs.first(len(corpus))  # (rows,) the table's row for each of the corpus's
    conflicts = 0
    columns: dict[str, pa.Array] = {}
    for name in names:
        values = table[name].to_pylist()
        named = zip(pairs.rows, pairs.lines, strict=True)
        conflicts = max(conflicts, sum(_differ(values[line], values[source[row]]) for row, line in named))
        columns[name], _ = scalar_column([values[row] if row >= 0 else None for row in source])
    matched = int((source >= 0).sum())
    for name, values in columns.items():
        kept = _write(workspace, corpus.id, name, values)
        if replace:
            set_aside(workspace, corpus.id, name, but=kept)
    return {"matched": matched, "missing": len(corpus) - matched, "conflicts": conflicts}


def set_aside(workspace: Workspace, corpus_id: str, name: str, *, but: str = "") -> trash.Deletion | None:
    """Move what holds the attached column ``name``, and the notes on its score, to the trash; None for nothing.

    The artefact with the key ``but`` stays.
    """
    for held in _holding(workspace, corpus_id, name):
        if len(held.manifest["names"]) > 1:
            _part(workspace, corpus_id, held)
    holding = [held for held in _holding(workspace, corpus_id, name) if held.key != but]
    if not holding:
        return None
    notes = [note for note in trash.dependents(workspace, corpus_id) if _is_note(note, name)]
    return trash.discard(workspace, "features", holding[0].key, along=[*holding[1:], *notes])


def attached_names(workspace: Workspace, corpus_id: str) -> list[str]:
    """Names of the columns that came later, sorted."""
    return sorted({name for artefact in _attached(workspace, corpus_id) for name in artefact.manifest["names"]})


def attached_column(workspace: Workspace, corpus_id: str, name: str) -> NDArray[Any]:
    """(rows,) the values of a column that came later; of several with one name the newest."""
    newest = _newest(workspace, corpus_id, name)
    return as_array(pq.read_table(newest.path("columns.parquet"), columns=[name])[name])


def column_digest(corpus: Corpus, name: str) -> str:
    """16 hexadecimal digits that change when the values of the column ``name`` change.

    A corpus is immutable, so its own columns go by its id and their name; one that came later goes by its content.
    Reads small manifests only. Raises :class:`InputError` when the corpus has no such column.
    """
    if name not in corpus.columns:
        raise InputError(f"This corpus has no column “{name}”.", remedy=f"It has: {', '.join(corpus.columns)}.")
    if name in corpus.own_columns:
        return digest(["column", corpus.id, name])
    newest = _newest(corpus.workspace, corpus.id, name)
    content = newest.key.removeprefix(f"{PREFIX}{corpus.id}-")
    return content if len(newest.manifest["names"]) == 1 else digest([content, name])


def columns_digest(corpus: Corpus) -> str:
    """16 hexadecimal digits that change when any column comes, goes or gets other values; one look at the manifests."""
    held = _attached(corpus.workspace, corpus.id)
    return digest([corpus.id, [[artefact.key, artefact.manifest["made_at"]] for artefact in held]])


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


def _holding(workspace: Workspace, corpus_id: str, name: str) -> list[Artefact]:
    return [artefact for artefact in _attached(workspace, corpus_id) if name in artefact.manifest["names"]]


def _newest(workspace: Workspace, corpus_id: str, name: str) -> Artefact:
    return max(_holding(workspace, corpus_id, name), key=lambda artefact: (artefact.manifest["made_at"], artefact.key))


def _write(workspace: Workspace, corpus_id: str, name: str, values: pa.Array) -> str:
    """Keep one column; gives its key, which holds the digest of its content."""
    key = f"{PREFIX}{corpus_id}-{digest([[name], [values.to_pylist()]])}"
    if not workspace.has("features", key):
        manifest = {"feature": "columns", "corpus": corpus_id, "names": [name], "title": name}
        manifest["rows"] = len(values) - values.null_count
        with workspace.create("features", key, manifest) as folder:
            pq.write_table(pa.table({name: values}), folder / "columns.parquet", compression="zstd")
    return key


def _part(workspace: Workspace, corpus_id: str, several: Artefact) -> None:
    """Turn an artefact of several columns, as earlier versions wrote them, into one each."""
    table = pq.read_table(several.path("columns.parquet"))
    for name in table.column_names:
        if _newest(workspace, corpus_id, name).key == several.key:
            _write(workspace, corpus_id, name, table[name].combine_chunks())
    shutil.rmtree(several.folder)


def _refuse_taken(corpus: Corpus, names: list[str], *, replace: bool) -> None:
    own = [name for name in names if name in corpus.own_columns]
    if own:
        raise InputError(
            f"The column {', '.join(own)} came with the rows of this corpus, which never change.",
            remedy=f"Give yours another name in your table, for example “{_free(corpus, own[0])}”.",
        )
    clash = [name for name in names if name in corpus.columns]
    if clash and not replace:
        raise InputError(
            f"The corpus has the column {', '.join(clash)} already.",
            remedy="Replace it (a tick on the Scores page, --replace on the command line), or rename yours.",
        )


def _free(corpus: Corpus, name: str) -> str:
    return next(free for number in itertools.count(2) if (free := f"{name} ({number})") not in corpus.columns)


def _is_note(artefact: Artefact, name: str) -> bool:
    """Whether the artefact says how the column ``name`` was scored, which no other values share."""
    return artefact.manifest.get("feature") == "score" and artefact.manifest.get("column") == name


def _differ(one: Any, other: Any) -> bool:
    return one != other and not (one != one and other != other)
