"""The kept row nearest to a given row: the row that represents it in a subset, or that it resembles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK = 8192  # rows compared at a time


def nearest_kept(row: int, kept: NDArray[np.int64], *, embeddings: NDArray[np.float32]) -> tuple[int, float] | None:
    """The row of ``kept``, other than ``row`` itself, with the smallest cosine distance to it, and that distance.

    ``embeddings`` (rows, d) are of unit length and may be memory-mapped. Ties go to the lower row; None when no other
    row is kept. O(kept d).
    """
    others = np.unique(kept[kept != row])
    best: tuple[float, int] | None = None
    own = np.asarray(embeddings[row], dtype=np.float32)
    for start in range(0, len(others), BLOCK):
        block = others[start : start + BLOCK]
        distance = 1.0 - np.asarray(embeddings[block]) @ own  # (block,)
        at = int(np.argmin(distance))
        if best is None or distance[at] < best[0]:
            best = float(distance[at]), int(block[at])
    return None if best is None else (best[1], max(best[0], 0.0))
