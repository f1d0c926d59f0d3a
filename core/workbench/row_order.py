"""The order in which an export writes rows: as chosen, easy to hard, or the largest source first; what to mind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from core.corpus.column_facts import is_numeric
from core.corpus.store import Corpus
from core.counted import counted
from core.errors import InputError, in_short, quoted
from core.row_positions import CorpusRows

Way = Literal["chosen", "rising", "falling", "largest"]
WAYS: dict[Way, str] = {
    "chosen": "as chosen",
    "rising": "lowest values of a column first",
    "falling": "highest values of a column first",
    "largest": "high-resource first, then mixed",
}
SHUFFLED = (
    "Trainers shuffle unless told otherwise: the order counts only with that off (LLaMA-Factory: disable_shuffling; "
    "transformers and TRL: a trainer with a sequential sampler)."
)
REPEATS = 4  # epochs up to which repeated rows are nearly as good as new ones
MANY_SOURCES = 8


@dataclass(frozen=True, kw_only=True)
class RowOrder:
    """``way`` and the ``column`` that it reads; "chosen" reads none.

    "rising" and "falling" order by a column of numbers, ties and rows without a value (last) as chosen: easy to hard is
    rising by a loss or difficulty (Easy2Hard, curricula). "largest" reads a column of words: of its most frequent value
    the first half comes first, then all other rows as chosen; after Order Matters in the Presence of Dataset Imbalance
    (arXiv 2312.06134), which trains on the high-resource task first and mixes then; the half is ours. Raises
    :class:`InputError` for a way that does not exist or lacks its column.
    """

    way: Way = "chosen"
    column: str = ""

    def __post_init__(self) -> None:
        if self.way not in get_args(Way):
            raise InputError(f"There is no order {quoted(self.way)}.", remedy=f"There are: {', '.join(WAYS)}.")
        if (self.way == "chosen") == bool(self.column):
            raise InputError("An order is WAY:COLUMN, such as rising:ppl@model, or chosen alone.")

    @classmethod
    def read(cls, text: str) -> RowOrder:
        """The order that "WAY:COLUMN" says; "" and "chosen" are as chosen."""
        way, _, column = (text or "chosen").partition(":")
        return cls(way=way, column=column)  # type: ignore[arg-type]  # __post_init__ looks

    def of(self, corpus: Corpus, positions: CorpusRows) -> CorpusRows:
        """``positions`` in this order. Raises :class:`InputError` for a column that the corpus lacks or of another
        kind."""
        if self.way == "chosen":
            return positions
        if self.column not in corpus.columns:
            raise InputError(f"{in_short(corpus.name)} has no column {quoted(self.column)}.")
        numeric = is_numeric(corpus, self.column)
        if numeric == (self.way == "largest"):
            wanted = "words" if self.way == "largest" else "numbers"
            raise InputError(f"{quoted(self.column)} is no column of {wanted}.", remedy=f"Choose one of {wanted}.")
        values = corpus.column(self.column)[np.asarray(positions)]
        if self.way == "largest":
            counts = Counter(str(value) for value in values.tolist() if value)
            if not counts:
                return positions
            most = min(counts, key=lambda value: (-counts[value], value))
            members = [place for place, value in enumerate(values.tolist()) if value and str(value) == most]
            first = members[: (len(members) + 1) // 2]
            order = np.array([*first, *sorted(set(range(len(values))) - set(first))], dtype=np.int64)
        else:
            signed = values if self.way == "rising" else -values
            order = np.argsort(np.where(np.isnan(values), np.inf, signed), kind="stable")
        return CorpusRows(np.asarray(positions)[order])

    def said(self, corpus: Corpus, positions: CorpusRows) -> list[str]:
        """What a person should know of rows that were written in this order."""
        if self.way == "chosen":
            return []
        lines = [f"The rows stand in the order: {WAYS[self.way]} ({in_short(self.column)}). {SHUFFLED}"]
        if self.way != "largest":
            lacking = int(np.isnan(corpus.column(self.column)[np.asarray(positions)]).sum())
            if lacking:
                lines.append(f"{counted(lacking, 'row')} without a value of {in_short(self.column)} stand at the end.")
        return lines


AS_CHOSEN = RowOrder()


def cautions(corpus: Corpus, positions: CorpusRows, *, epochs: float = 1.0) -> list[str]:
    """What published results warn of when training on these rows for so many ``epochs``, each with its source."""
    lines = []
    if epochs > REPEATS:
        lines.append(
            f"{epochs:g} epochs repeat every row: up to {REPEATS} repeats are nearly as good as new rows, beyond them "
            "the gain falls off (Scaling Data-Constrained Language Models, 2305.16264)."
        )
    if "source" in corpus.columns:
        counts = Counter(str(value) for value in corpus.column("source")[np.asarray(positions)].tolist() if value)
        if len(counts) > MANY_SOURCES:
            largest = max(counts.values()) / counts.total()
            lines.append(
                f"{len(counts):,} sources, the largest with {largest:.0%} of the rows: more sources can dilute the "
                "best. Leaving 8 of 15 out raised a retriever's score (Fixing Data That Hurts Performance, 2505.16967)."
                " What it is without each: mixture --leave-one-out. That more than "
                f"{MANY_SOURCES} are many is ours."
            )
    return lines
