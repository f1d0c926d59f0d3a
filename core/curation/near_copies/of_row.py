"""The near-copies of one row, by the rungs of the ladder whose pairs are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.corpus.store import Corpus
from core.curation.near_copies.settings import RUNGS, NearCopies
from core.curation.near_copies.store import are_found, load_copies
from core.row_positions import CorpusRow


@dataclass(frozen=True)
class NearCopy:
    """A row that is a copy of another, and the title of the first rung on which it is."""

    row: CorpusRow
    rung: str


def copies_of_row(
    corpus: Corpus, row: CorpusRow, *, components: Sequence[str] = ("both",), most: int = 20
) -> list[NearCopy]:
    """The rows in one group with ``row`` at the usual threshold of each rung, the strictest rung first, then by row id.

    A row counts on the first rung that has it; ``components`` are looked at in their order. Rungs whose pairs are not
    found yet, and would take longer than moments, are left out. At most ``most`` are given.
    """
    copies: dict[int, str] = {}
    for name, rung in RUNGS.items():
        for component in components if rung.of_component else ("both",):
            asked = NearCopies(rung=name, component=component)
            if not are_found(corpus, asked):
                continue
            of_row = load_copies(corpus, asked).groups(asked.threshold)
            if of_row[row] >= 0:
                for other in np.flatnonzero(of_row == of_row[row]).tolist():
                    if other != row:
                        copies.setdefault(other, rung.title)
    return [NearCopy(CorpusRow(other), title) for other, title in list(copies.items())[:most]]
