"""Which row of a corpus each line of a user's file belongs to: by its id, or by position in the file uploaded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.corpus.row_ids import ID_LOOKS_LIKE, id_in_file
from core.corpus.store import Corpus
from core.counted import counted
from core.errors import InputError, in_short
from core.row_positions import CorpusRows, places_of

Join = Literal["auto", "id", "position"]
ID_COLUMNS = ("id", "row_id", "row id", "rowid")  # in small letters
OTHER_IDS = (  # as files name their own ids, or number their lines
    "uid", "uuid", "guid", "sample_id", "example_id", "record_id", "question_id", "item_id", "instance_id",
    "prompt_id", "doc_id", "idx", "index", "row", "row_number", "line", "line_number", "unnamed: 0", "",
)  # fmt: skip
JOIN_HELP = "how lines find their rows; auto: by id where the file has ids, by position where it has none"
LISTED = 3  # ids listed in a message


@dataclass(frozen=True, eq=False, kw_only=True)
class Joined:
    """Pairs of corpus rows and lines of the file: ``rows`` and ``lines`` (pairs,) int64, positions in each.

    A row may be paired several times; ``unknown`` counts the lines that name no row of the corpus.
    """

    rows: CorpusRows
    lines: NDArray[np.int64]
    unknown: int

    def first(self, total: int) -> NDArray[np.int64]:
        """(total,) int64 the first line paired with each of the corpus's ``total`` rows, −1 where there is none."""
        _, first = np.unique(self.rows, return_index=True)
        lines_of_rows = np.full(total, -1, dtype=np.int64)
        lines_of_rows[self.rows[first]] = self.lines[first]
        return lines_of_rows


def id_column(names: Sequence[str]) -> str | None:
    """The column of a table that holds ids: "id" before its other spellings and names; None where no column does."""
    spelled = {name.strip().lower(): name for name in reversed(names)}
    return next((spelled[name] for name in (*ID_COLUMNS, *OTHER_IDS) if name in spelled), None)


def holds_row_ids(name: str) -> bool:
    """Whether a column of this name holds row ids, which are text whatever they look like."""
    return name.strip().lower() in ID_COLUMNS


def ids_of(table: pa.Table) -> tuple[str | None, list[Any] | None]:
    """(the column of ``table`` that holds ids, its values); no values where it only numbers the lines in their order.

    A column such as ``index`` that counts 0, 1, 2 … says no more than the position does.
    """
    name = id_column(table.column_names)
    if name is None:
        return None, None
    values = table[name].to_pylist()
    numbers = values == list(range(len(values))) or values == list(range(1, len(values) + 1))
    return name, None if numbers and not holds_row_ids(name) else values


def chosen_join(join: Join, ids: Sequence[Any] | None) -> Literal["id", "position"]:
    """``join`` with "auto" decided: a file with ids is joined by id, a file without by position."""
    if join == "auto":
        return "position" if ids is None else "id"
    return join


def join_lines(
    corpus: Corpus,
    *,
    join: Join = "auto",
    lines: int,
    ids: Sequence[Any] | None = None,
    named: str = "id",
    file: str | None = None,
) -> Joined:
    """Pair ``lines`` lines of a file with the rows of ``corpus``.

    ``join`` "id": ``ids`` (lines,) are row ids, as :func:`id_in_file` reads them, or else values of the corpus's own
    column that is ``named`` as the file's, or of its column ``id``. "position": line i belongs to record i of the
    uploaded ``file``, which must be named where the corpus came from several. "auto": by id where there are ids, by
    position where there are none. Raises :class:`InputError` when no line has a row, the numbers of lines differ, or an
    id is not a valid one.
    """
    by_id = chosen_join(join, ids) == "id"
    joined = _by_id(corpus, ids, named) if by_id else _by_position(corpus, lines, file)
    if not len(joined.rows):
        remedy = f"Check its ids. {ID_LOOKS_LIKE} Where its lines stand in the order of the file, join by position."
        raise InputError("No row of the table is a row of this corpus.", remedy=remedy)
    return joined


def _by_id(corpus: Corpus, values: Sequence[Any] | None, named: str) -> Joined:
    if values is None:
        raise InputError(
            "The table has no column “id”.", remedy="Name the column with the row ids “id”, or join by position."
        )
    own = next((name for name in (named, "id") if name in corpus.own_columns), None)
    try:
        ids = np.array([id_in_file(value) for value in values], dtype=np.uint64)
        places = places_of(ids, among=corpus.ids)
    except InputError as error:
        places = _among_own_ids(corpus, values, own) if own else np.empty(0, dtype=np.int64)
        if (places >= 0).any():
            pass
        elif holds_row_ids(named):
            raise
        else:
            raise InputError(
                f"The column “{in_short(named)}” looks like ids, but holds neither row ids nor values of this "
                "corpus's columns.",
                remedy=f"Name the rows by their row ids, or say that the lines are joined by position. {ID_LOOKS_LIKE}",
            ) from error
    else:
        if own and not (places >= 0).any():
            places = _among_own_ids(corpus, values, own)
    lines = np.flatnonzero(places >= 0).astype(np.int64)
    return Joined(rows=CorpusRows(places[lines]), lines=lines, unknown=len(values) - len(lines))


def _among_own_ids(corpus: Corpus, values: Sequence[Any], column: str) -> NDArray[np.int64]:
    """(lines,) the row that has each value in the corpus's own ``column``, −1 where no row has it.

    Raises :class:`InputError` where a value stands in several rows.
    """
    own = [_as_words(value) for value in corpus.column(column).tolist()]
    row_of = {value: row for row, value in enumerate(own) if value}
    asked = [_as_words(value) for value in values]
    repeated = {value for value, times in Counter(own).items() if value and times > 1} & {*asked}
    if repeated:
        listed = ", ".join(sorted(repeated)[:LISTED])
        raise InputError(
            f"{counted(len(repeated), 'id')} of the table stand in several rows of this corpus: {listed}.",
            remedy=f"Name the rows by their row ids, or join by position. {ID_LOOKS_LIKE}",
        )
    return np.array([row_of.get(value, -1) for value in asked], dtype=np.int64)


def _as_words(value: Any) -> str:
    """An id of a user's file as text: 7, 7.0 and "7" are the same id; "" for a missing one."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


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
    """The name of a user's file made fit for links and keys: word characters, dots and dashes, at most 40."""
    return re.sub(r"[^\w.]+", "-", text.strip(), flags=re.ASCII).strip("-.")[:40] or otherwise
