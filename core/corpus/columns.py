"""Columns that are attached to an existing corpus: the user's own scores, or more fields of the same rows."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa

from core.corpus.column_files import NO_NUMBERS
from core.corpus.column_store import (
    PREFIX,
    attached_artefacts,
    attached_names,
    newest_artefact,
    set_aside,
    write_column,
)
from core.corpus.joining import Join, chosen_join, ids_of, join_lines
from core.corpus.row_labels import COLUMNS, labels_digest
from core.corpus.store import Corpus
from core.corpus.typed_column import can_be_column, scalar_column
from core.errors import InputError, in_short, listed_in_short
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest


def attach_columns(
    workspace: Workspace,
    corpus: Corpus,
    table: pa.Table,
    *,
    ids: Sequence[Any] | None = None,
    join: Join = "auto",
    file: str | None = None,
    replace: bool = False,
) -> dict[str, int]:
    """Attach the columns of ``table`` to ``corpus``, whose columns they then are like any other.

    ``join`` "id": the column ``id`` holds row ids (16 hexadecimal digits, or whole numbers), or a column has the values
    of one that came with the rows and tells them apart. "position": row i of the
    table belongs to record i of the uploaded ``file`` (needed when the corpus came from several). "auto": by id where
    the table has ids, else by position. Returns the number of rows matched, missing and in conflict (duplicates with
    different values: the first in the file counts).
    ``ids``: (lines,) the row ids of the table's lines; then all its columns are attached, one called ``id`` too, and
    ``join`` is "id".
    ``replace``: an attached column with the same name as one of the table moves to the trash, all its values with it.
    A column that came with the rows is never replaced.

    Raises :class:`InputError` when no row matches, the lengths differ, or the corpus already has a column of that name.
    """
    id_name: str | None = None
    if ids is not None:
        join = "id"
    else:
        id_name, ids = ids_of(table)
    if id_name is None and ids is None and join != "position":
        shared = [name for name in table.column_names if name in corpus.own_columns and name not in corpus.built_in]
        values = table[shared[0]].to_pylist() if len(shared) == 1 and len(table.column_names) > 1 else []
        if values and len({*map(str, values)}) == len(values):  # it tells the rows apart
            id_name, ids = shared[0], values
    by_id = chosen_join(join, ids) == "id"
    dropped = id_name if by_id or ids is None else None
    names = [name for name in table.column_names if name != dropped]
    if not names:
        raise InputError("The table brings no column.", remedy="It needs at least one column besides the ids.")
    _refuse_taken(corpus, names, replace=replace)
    pairs = join_lines(corpus, join=join, lines=table.num_rows, ids=ids, named=id_name or "id", file=file)
    source = pairs.first(len(corpus))  # (rows,) the table's row for each of the corpus's
    conflicts = 0
    columns: dict[str, pa.Array] = {}
    for name in names:
        values = table[name].to_pylist()
        named = zip(pairs.rows, pairs.lines, strict=True)
        conflicts = max(conflicts, sum(_differ(values[line], values[source[row]]) for row, line in named))
        columns[name], _ = scalar_column(_storable([values[row] if row >= 0 else None for row in source]))
    matched = int((source >= 0).sum())
    for name, values in columns.items():
        kept = write_column(workspace, corpus.id, name, values)
        if replace:
            set_aside(workspace, corpus.id, name, but=kept)
    odd = sum(int((table.schema.field(name).metadata or {}).get(NO_NUMBERS, 0)) for name in names)
    told = {"matched": matched, "missing": len(corpus) - matched, "conflicts": conflicts}
    return told | ({"cells that are no number": odd} if odd else {})


def column_digest(corpus: Corpus, name: str) -> str:
    """16 hexadecimal digits that change when the values of the column ``name`` change.

    A corpus is immutable, so for a column that came with the rows it hashes the corpus's id and the column's name; for
    an attached column it hashes the content. Reads small manifests only. Raises :class:`InputError` when the corpus has
    no such column.
    """
    if name not in corpus.columns:
        raise InputError(
            f"This corpus has no column “{in_short(name)}”.", remedy=f"It has: {listed_in_short(corpus.columns)}."
        )
    if name in corpus.own_columns:
        return digest(["column", corpus.id, name])
    if name in COLUMNS and name not in attached_names(corpus.workspace, corpus.id):
        return digest([name, labels_digest(corpus.workspace, corpus.id, corpus.ids)])
    newest = newest_artefact(corpus.workspace, corpus.id, name)
    content = newest.key.removeprefix(f"{PREFIX}{corpus.id}-")
    return content if len(newest.manifest["names"]) == 1 else digest([content, name])


def columns_digest(corpus: Corpus) -> str:
    """16 hexadecimal digits that change when a column is added, removed or given other values; reads no values."""
    artefacts = attached_artefacts(corpus.workspace, corpus.id)
    named = [corpus.id, [[artefact.key, artefact.manifest["made_at"]] for artefact in artefacts]]
    labels = labels_digest(corpus.workspace, corpus.id, corpus.ids)
    return digest([*named, labels] if labels else named)


def _storable(cells: list[Any]) -> list[Any]:
    """``cells``, as JSON text where they are lists that are no words: of such a column nothing else would be kept."""
    filled = [cell for cell in cells if cell is not None]
    if not filled or can_be_column(filled):
        return cells
    return [None if cell is None else orjson.dumps(cell, default=str).decode() for cell in cells]


def _refuse_taken(corpus: Corpus, names: list[str], *, replace: bool) -> None:
    own = [name for name in names if name in corpus.own_columns]
    if own:
        raise InputError(
            f"The column {', '.join(own)} came with the rows of this corpus, which never change.",
            remedy=f"Give yours another name in your table, for example “{in_short(_free(corpus, own[0]))}”.",
        )
    reserved = [name for name in names if name in COLUMNS]
    if reserved:
        raise InputError(
            f"The name {reserved[0]} is that of the labels and notes that you write on rows.",
            remedy="Rename the column in your table.",
        )
    clash = [name for name in names if name in corpus.columns]
    if clash and not replace:
        raise InputError(
            f"The corpus has the column {', '.join(clash)} already.",
            remedy="Replace it (a tick on the Scores page, --replace on the command line), or rename yours.",
        )


def _free(corpus: Corpus, name: str) -> str:
    return next(free for number in itertools.count(2) if (free := f"{name} ({number})") not in corpus.columns)


def _differ(left: Any, right: Any) -> bool:
    return left != right and not (left != left and right != right)
