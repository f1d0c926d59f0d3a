"""The rows nearest to a row or a text in the space of the embeddings, and which of them the map misplaces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK = 65_536  # vectors read at a time
FAR_SHARE, FAR_LEAST = 0.02, 50  # a neighbour is misplaced if more rows than this lie nearer on the map


@dataclass(frozen=True, eq=False)
class NearestRows:
    """``rows`` (k,) positions, nearest first; ``similarity`` (k,) cosine; ``misplaced`` (k,) where the map errs."""

    rows: NDArray[np.int64]
    similarity: NDArray[np.float32]
    misplaced: NDArray[np.bool_]


def similarities(vectors: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.float32]:
    """(rows,) cosine of each of the unit ``vectors`` (rows, d), which may be memory-mapped, with the unit ``query``."""
    parts = [vectors[start : start + BLOCK] @ query for start in range(0, len(vectors), BLOCK)]
    return np.concatenate(parts).astype(np.float32) if parts else np.empty(0, dtype=np.float32)


def nearest_to(
    vectors: NDArray[np.float32], query: NDArray[np.float32], *, count: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Positions and cosines of the ``count`` vectors nearest to ``query``, nearest first; ties by position. Exact."""
    cosine = similarities(vectors, query)
    order = np.argsort(-cosine, kind="stable")[:count]
    return order.astype(np.int64), cosine[order]


def nearest_rows(
    vectors: NDArray[np.float32], places: NDArray[np.floating], row: int, *, count: int = 10
) -> NearestRows:
    """The ``count`` rows nearest to ``row`` by cosine, without itself; exact, O(rows · d).

    ``places`` (rows, 2) are those on the map. A neighbour is misplaced where more than 2 % of all rows, and more than
    50, lie nearer to ``row`` on the map than it does. More neighbours reach further and hold more misplaced ones.
    """
    rows, cosine = nearest_to(vectors, np.asarray(vectors[row]), count=count + 1)
    others = rows != row
    rows, cosine = rows[others][:count], cosine[others][:count]
    away = ((np.asarray(places, dtype=np.float64) - np.asarray(places[row], dtype=np.float64)) ** 2).sum(axis=1)
    nearer = np.searchsorted(np.sort(away), away[rows], side="left")  # rows that lie nearer on the map, itself included
    return NearestRows(rows, cosine, nearer > max(FAR_LEAST, FAR_SHARE * len(places)))
