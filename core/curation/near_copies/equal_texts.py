"""The quick rungs: rows whose texts are equal, as they are or normalised."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.corpus.store import Corpus
from core.curation.near_copies.forest import CopyForest, forest_of_equals
from core.curation.near_copies.settings import NearCopies
from core.curation.normalised import normalised
from core.progress import Progress

STEP = 4_096  # rows between two reports


def equal_texts(corpus: Corpus, settings: NearCopies, progress: Progress) -> CopyForest:
    """The copies of one of the rungs "exact", "normalised", "same_instruction"; a row without any word has none."""
    component = "instruction" if settings.rung == "same_instruction" else settings.component
    same: Callable[[str], str] = str if settings.rung == "exact" else normalised
    keys = _numbered(corpus.text(component), same, progress)
    return forest_of_equals(keys, rows=len(corpus))


def _numbered(texts: Sequence[str], same: Callable[[str], str], progress: Progress) -> NDArray[np.int64]:
    """(rows,) a number for each distinct text, −1 for one without anything in it."""
    numbers: dict[str, int] = {}
    keys = np.empty(len(texts), dtype=np.int64)
    for row, text in enumerate(texts):
        key = same(text)
        keys[row] = numbers.setdefault(key, len(numbers)) if key.strip() else -1
        if row % STEP == 0:
            progress(row, len(texts), "rows compared by their text")
    return keys
