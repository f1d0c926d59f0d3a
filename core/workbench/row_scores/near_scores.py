"""How a row stands to its nearest rows: its novelty to the rest, and how densely they lie around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.progress import Progress, silent

NEAREST = 10  # rows over which density is taken
BLOCK = 512  # rows compared with all others at once: 512 × 117,000 floats are 240 MB
DIGITS = 5  # cosines are rounded, so that the block and the number of threads do not show


def near_cosines(
    vectors: NDArray[np.float32], *, nearest: int = NEAREST, block: int = BLOCK, progress: Progress = silent
) -> NDArray[np.float32]:
    """(rows, 2) the cosine to the nearest other row, and the mean over the ``nearest`` other rows; nan without others.

    ``vectors`` (rows, d) float32 have unit length. Exact: O(rows² · d), minutes for 100,000 rows. A row of zeros, whose
    text is empty, has none. A larger ``nearest`` looks at a wider neighbourhood.
    """
    vectors = np.asarray(vectors, dtype=np.float32)
    usable = np.flatnonzero(np.abs(vectors).max(axis=1) > 0) if len(vectors) else np.empty(0, dtype=np.int64)
    points = vectors[usable]
    values = np.full((len(vectors), 2), np.nan, dtype=np.float32)
    count = min(nearest, len(points) - 1)
    for start in range(0, len(points) if count > 0 else 0, block):
        cosines = points[start : start + block] @ points.T  # (block, rows)
        own = np.arange(len(cosines))
        cosines[own, start + own] = -np.inf
        top = np.partition(cosines, -count, axis=1)[:, -count:].astype(np.float64)
        rows = usable[start : start + block]
        values[rows, 0] = np.round(top.max(axis=1), DIGITS)
        values[rows, 1] = np.round(np.sort(top, axis=1).mean(axis=1), DIGITS)
        progress(min(start + block, len(points)), len(points), "rows compared with all others")
    return values
