"""Near-copies found the slow and obvious way, to compare with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.curation.normalised import words


def groups_of_pairs(pairs: Sequence[tuple[int, int]], rows: int) -> NDArray[np.int64]:
    """(rows,) the smallest row that a chain of pairs leads to, −1 for a row in no pair."""
    label = list(range(rows))
    changed = True
    while changed:
        changed = False
        for a, b in pairs:
            low = min(label[a], label[b])
            if label[a] != low or label[b] != low:
                label[a] = label[b] = low
                changed = True
    paired = {row for pair in pairs for row in pair}
    return np.array([label[row] if row in paired else -1 for row in range(rows)], dtype=np.int64)


def runs_of(text: str, *, run: int = 5) -> set[tuple[str, ...]]:
    """The runs of five words of a text; all its words where it has fewer."""
    inside = words(text)
    if not inside:
        return set()
    return {tuple(inside[at : at + run]) for at in range(max(1, len(inside) - run + 1))}


def jaccard_of(one: str, other: str) -> float:
    """The share of the runs of two texts that both have."""
    first, second = runs_of(one), runs_of(other)
    return len(first & second) / len(first | second) if first | second else 0.0
