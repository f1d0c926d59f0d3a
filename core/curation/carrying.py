"""What people attached to the rows of a corpus goes with the rows into a corpus that was grown from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.corpus import fields
from core.corpus.column_store import attached_names, newest_artefact, write_column
from core.corpus.named_selections import OUT, kept_names
from core.corpus.store import Corpus
from core.features.languages.columns import columns_of_languages
from core.features.models.columns import carry_score
from core.row_positions import CorpusRows, places_of


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What went over: names of attached columns, of selections and of scores.

    ``kept`` are columns whose name the newer corpus has already: it keeps its own values.
    """

    columns: tuple[str, ...] = ()
    selections: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def carry_over(older: Corpus, newer: Corpus) -> Carried:
    """Give the rows of ``newer`` the attached columns, selections, scores and later fields of ``older``, by row id.

    A new row has no value in a column, and is out of every selection. A score says of which version its values are, and
    is computed for all rows when it is asked for again. Languages are not carried: telling them anew reads new rows
    only. Saved subsets, pins, exclusions and logged scores name rows or subsets by their ids, and need no carrying.
    """
    if older.id == newer.id:
        return Carried()
    places = places_of(newer.ids, among=older.ids)
    told = columns_of_languages(older)
    names = [name for name in attached_names(older.workspace, older.id) if name not in told]
    taken = set(newer.columns)
    fresh = [name for name in names if name not in taken]
    selections = {f"selection: {name}" for name in kept_names(fresh)}
    for name in fresh:
        column = pq.read_table(newest_artefact(older.workspace, older.id, name).path("columns.parquet"))[name]
        write_column(newer.workspace, newer.id, name, _of_newer(column, places, out=name in selections))
    _carry_fields(older, newer, places)
    scores = [name for name in fresh if carry_score(older, newer, name)]
    return Carried(
        columns=tuple(name for name in fresh if name not in selections and name not in scores),
        selections=tuple(kept_names(fresh)),
        scores=tuple(scores),
        kept=tuple(name for name in names if name in taken),
    )


def _of_newer(column: pa.ChunkedArray, places: NDArray[np.int64], *, out: bool) -> pa.Array:
    """(newer rows,) a column of the older rows, missing for new rows, or "out" in a selection."""
    taken = column.combine_chunks().take(pa.array(places, mask=places < 0))
    return taken.fill_null(OUT) if out else taken


def _carry_fields(older: Corpus, newer: Corpus, places: NDArray[np.int64]) -> None:
    """Keep beside ``newer`` the fields that later uploads of the older rows brought, with the type that they had."""
    own = {name for row in fields.later_fields(newer, CorpusRows(np.arange(min(1, len(newer))))) for name in row}
    for artefact in fields.field_artefacts(older):
        names = [name for name in artefact.manifest["names"] if name not in own]
        rows = fields.stored_fields(artefact)
        nothing = dict.fromkeys(names)
        values = [{name: rows[place].get(name) for name in names} if place >= 0 else nothing for place in places]
        brought = fields.Brought(fresh=tuple(names), values=values, differing={})
        fields.keep_fields(newer, brought, columns=artefact.manifest["columns"])
