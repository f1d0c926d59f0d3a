"""How attached columns are stored: one artefact for each column, named after the corpus's id."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.several import Several
from core.workspace import trash
from core.workspace.artefacts import Artefact, Workspace
from core.workspace.digests import digest

PREFIX = "columns-"


def attached_names(workspace: Workspace, corpus_id: str) -> list[str]:
    """Names of the attached columns, sorted."""
    return sorted(
        {name for artefact in attached_artefacts(workspace, corpus_id) for name in artefact.manifest["names"]}
    )


def attached_column(workspace: Workspace, corpus_id: str, name: str) -> NDArray[Any]:
    """(rows,) the values of an attached column; of several with one name, those of the newest."""
    newest = newest_artefact(workspace, corpus_id, name)
    return as_array(pq.read_table(newest.path("columns.parquet"), columns=[name])[name])


def newest_artefact(workspace: Workspace, corpus_id: str, name: str) -> Artefact:
    """The artefact that holds the values of the attached column ``name``: of several, the newest."""
    return max(_holding(workspace, corpus_id, name), key=lambda artefact: (artefact.manifest["made_at"], artefact.key))


def attached_artefacts(workspace: Workspace, corpus_id: str) -> list[Artefact]:
    """The artefacts of all attached columns, by key; earlier versions wrote several columns into one."""
    folders = sorted((workspace.home / "features").glob(f"{PREFIX}{corpus_id}-*/manifest.json"))
    return [workspace.open("features", path.parent.name) for path in folders]


def write_column(workspace: Workspace, corpus_id: str, name: str, values: pa.Array) -> str:
    """Store one column of ``values`` (rows,) and return its key, which holds the digest of its content."""
    key = f"{PREFIX}{corpus_id}-{digest([[name], [values.to_pylist()]])}"
    if not workspace.has("features", key):
        manifest = {"feature": "columns", "corpus": corpus_id, "names": [name], "title": name}
        manifest["rows"] = len(values) - values.null_count
        with workspace.create("features", key, manifest) as folder:
            pq.write_table(pa.table({name: values}), folder / "columns.parquet", compression="zstd")
    return key


def set_aside(workspace: Workspace, corpus_id: str, name: str, *, but: str = "") -> trash.Deletion | None:
    """Move the attached column ``name``, and the notes on its score, to the trash; None if it is not attached.

    The artefact with the key ``but`` stays.
    """
    for artefact in _holding(workspace, corpus_id, name):
        if len(artefact.manifest["names"]) > 1:
            _part(workspace, corpus_id, artefact)
    holding = [artefact for artefact in _holding(workspace, corpus_id, name) if artefact.key != but]
    if not holding:
        return None
    notes = [note for note in trash.dependents(workspace, corpus_id) if _is_note(note, name)]
    return trash.discard(workspace, "features", holding[0].key, along=[*holding[1:], *notes])


def put_column(workspace: Workspace, corpus_id: str, name: str, values: pa.Array | None) -> None:
    """Let ``values`` (rows,) be the attached column ``name``, in place of an earlier one, which moves to the trash.

    None removes the column.
    """
    kept = "" if values is None else write_column(workspace, corpus_id, name, values)
    set_aside(workspace, corpus_id, name, but=kept)


def as_array(column: pa.ChunkedArray) -> NDArray[Any]:
    """A stored column as float64 (nan where missing), or as object of str and None."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        encoded = column.combine_chunks().dictionary_encode()  # equal values share one object
        words = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
        codes = pc.fill_null(encoded.indices, len(words) - 1)
        return words[codes.to_numpy(zero_copy_only=False)]
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        cells: dict[tuple[str, ...], Several] = {}  # equal lists share one object
        lists = [None if cell is None else tuple(cell) for cell in column.to_pylist()]
        made = np.empty(len(lists), dtype=object)
        for row, cell in enumerate(lists):
            if cell is not None and cell not in cells:
                cells[cell] = Several(cell)
            made[row] = None if cell is None else cells[cell]
        return made
    return column.to_numpy().astype(np.float64)


def _holding(workspace: Workspace, corpus_id: str, name: str) -> list[Artefact]:
    return [artefact for artefact in attached_artefacts(workspace, corpus_id) if name in artefact.manifest["names"]]


def _part(workspace: Workspace, corpus_id: str, several: Artefact) -> None:
    """Split an artefact of several columns, as earlier versions wrote them, into one artefact for each column."""
    table = pq.read_table(several.path("columns.parquet"))
    for name in table.column_names:
        if newest_artefact(workspace, corpus_id, name).key == several.key:
            write_column(workspace, corpus_id, name, table[name].combine_chunks())
    shutil.rmtree(several.folder)


def _is_note(artefact: Artefact, name: str) -> bool:
    """Whether the artefact is the note on how the column ``name`` was scored; the note fits these values only."""
    return artefact.manifest.get("feature") == "score" and artefact.manifest.get("column") == name
