"""Which row of a corpus each line of a user's file belongs to: by row id, or by position in the file uploaded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.corpus.row_ids import ID_LOOKS_LIKE, id_in_file
from core.corpus.store import Corpus
from core.counted import counted
from core.errors import InputError
from core.row_positions import CorpusRows, places_of

Join = Literal["id", "position"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Joined:
    """Pairs of corpus rows and lines of the file: ``rows`` and ``lines`` (pairs,) int64, positions in each.

    A row may be paired several times; ``unknown`` counts the lines that name no row of the corpus.
    """

    rows: CorpusRows
    lines: NDArray[np.int64]
    unknown: int

    def first(self, total: int) -> NDArray[np.int64]:
        """(total,) int64 the first line of each of the corpus's ``total`` rows, −1 where the file has none."""
        _, first = np.unique(self.rows, return_index=True)
        lines_of_rows = np.full(total, -1, dtype=np.int64)
        lines_of_rows[self.rows[first]] = self.lines[first]
        return lines_of_rows


def join_lines(
    corpus: Corpus, *, join: Join, lines: int, ids: Sequence[Any] | None = None, file: str | None = None
) -> Joined:
    """Pair ``lines`` lines of a file with the rows of ``corpus``.

    ``join`` "id": ``ids`` (lines,) are row ids, as :func:`id_in_file` reads them. "position": line i belongs to
    record i of the uploaded ``file``, which must be named where the corpus came from several. Raises
    :class:`InputError` when no line has a row, the numbers of lines differ, or an id cannot be one.
    """
    joined = _by_id(corpus, ids) if join == "id" else _by_position(corpus, lines, file)
    if not len(joined.rows):
        raise InputError("No row of the table is a row of this corpus.", remedy=f"Check its ids. {ID_LOOKS_LIKE}")
    return joined


def _by_id(corpus: Corpus, values: Sequence[Any] | None) -> Joined:
    if values is None:
        raise InputError(
            "The table has no column “id”.", remedy="Name the column with the row ids “id”, or join by position."
        )
    ids = np.array([id_in_file(value) for value in values], dtype=np.uint64)
    places = places_of(ids, among=corpus.ids)
    lines = np.flatnonzero(places >= 0).astype(np.int64)
    return Joined(rows=CorpusRows(places[lines]), lines=lines, unknown=len(ids) - len(lines))


def _by_position(corpus: Corpus, lines: int, file: str | None) -> Joined:
    files = [entry for entry in corpus.artefact.manifest["files"] if entry["records"]]
    if file is None and len(files) == 1:
        file = files[0]["name"]
    known = {entry["name"]: entry for entry in files}
    if file not in known:
        raise InputError("It is not clear which file the table follows.", remedy=f"Name one of: {', '.join(known)}.")
    if lines != known[file]["records"]:
        raise InputError(
            f"The table has {counted(lines, 'row')}, {file} had {counted(known[file]['records'], 'record')}.",
            remedy="A table that goes by position needs one row for each record of the file; else use row ids.",
        )
    places = pq.read_table(corpus.artefact.path("positions.parquet"))
    index = [entry["name"] for entry in corpus.artefact.manifest["files"]].index(file)
    own = places.filter(pc.equal(places["file"], index))
    order = np.argsort(own["record"].to_numpy(), kind="stable")
    rows = own["row"].to_numpy()[order].astype(np.int64)
    return Joined(rows=CorpusRows(rows), lines=(own["record"].to_numpy()[order] - 1).astype(np.int64), unknown=0)


def plain_label(text: str, *, otherwise: str) -> str:
    """A name for a user's file that can stand in a link and in a key: word characters, dots and dashes, 40 at most."""
    return re.sub(r"[^\w.]+", "-", text.strip(), flags=re.ASCII).strip("-.")[:40] or otherwise
