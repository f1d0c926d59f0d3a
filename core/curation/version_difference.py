"""Two versions of a corpus, or any two corpora: which rows came in, which went out, which changed their answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.row_positions import CorpusRows, places_of

Change = Literal["in", "out", "changed"]
CHANGES: tuple[Change, ...] = ("in", "out", "changed")


@dataclass(frozen=True, kw_only=True, eq=False)
class VersionDifference:
    """The rows of ``newer`` and ``older`` that the other lacks.

    ``came`` are positions in ``newer``, ``went`` in ``older``. ``before`` and ``after`` (changed,) are the positions in
    the two of rows with the same question (instruction, input, system prompt; of a conversation all user turns) and
    another answer; they are not among those that came and went. ``same`` counts the rows that both have.
    """

    older: Corpus
    newer: Corpus
    came: CorpusRows
    went: CorpusRows
    before: CorpusRows
    after: CorpusRows
    same: int

    @property
    def counts(self) -> dict[str, int]:
        """{"same", "in", "out", "changed"}: rows of each kind."""
        return {"same": self.same, "in": len(self.came), "out": len(self.went), "changed": len(self.after)}

    def rows(self, change: Change, *, most: int | None = None) -> Iterator[dict[str, Any]]:
        """The rows of one kind in row-id order: id, instruction, response, source; of a changed row also ``before``:
        the id and response that it had. At most ``most``."""
        shown = {"in": (self.newer, self.came), "out": (self.older, self.went), "changed": (self.newer, self.after)}
        corpus, positions = shown[change]
        positions = CorpusRows(positions[:most])
        before = self.older.rows(CorpusRows(self.before[:most])) if change == "changed" else []
        asked, answered = corpus.text("instruction"), corpus.text("response")
        sources = corpus.column("source")
        for place, row in enumerate(positions.tolist()):
            yield {
                "id": show_id(int(corpus.ids[row])),
                "instruction": asked[row],
                "response": answered[row],
                "source": str(sources[row]),
                **({"before": _was(before[place], self.older, int(self.before[place]))} if before else {}),
            }


def difference_of(older: Corpus, newer: Corpus) -> VersionDifference:
    """Compare two corpora by row id, and the rows that only one has by their question.

    Several rows of one question are paired in the order of their ids; what is left over came or went. Equal corpora
    differ in nothing. O(rows log rows).
    """
    only_new = np.flatnonzero(places_of(newer.ids, among=older.ids) < 0)
    only_old = np.flatnonzero(places_of(older.ids, among=newer.ids) < 0)
    waiting: dict[tuple[str, str], list[int]] = {}
    for row, question in zip(only_old.tolist(), _questions(older, only_old), strict=True):
        waiting.setdefault(question, []).append(row)
    before, after = [], []
    if waiting:
        for row, question in zip(only_new.tolist(), _questions(newer, only_new), strict=True):
            if rows := waiting.get(question):
                before.append(rows.pop(0))
                after.append(row)
    return VersionDifference(
        older=older,
        newer=newer,
        came=CorpusRows(np.setdiff1d(only_new, after).astype(np.int64)),
        went=CorpusRows(np.setdiff1d(only_old, before).astype(np.int64)),
        before=CorpusRows(np.array(before, dtype=np.int64)),
        after=CorpusRows(np.array(after, dtype=np.int64)),
        same=len(newer) - len(only_new),
    )


def _questions(corpus: Corpus, rows: NDArray[np.int64]) -> list[tuple[str, str]]:
    """(rows,) system prompt and question of each row."""
    asked = corpus.text("instruction")
    systems = corpus.rows(CorpusRows(rows)) if len(rows) else []
    return [(str(record["system"] or ""), asked[row]) for row, record in zip(rows.tolist(), systems, strict=True)]


def _was(record: dict[str, Any], corpus: Corpus, row: int) -> dict[str, str]:
    return {"id": show_id(int(record["id"])), "response": corpus.text("response")[row]}
