"""The nearest rows of one shard's rows among all rows: partial top-k over blocks of vectors, exact."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.shards.work import ShardWork

QUERIES, ACROSS = 1_024, 16_384  # rows of a block, and rows that it is compared with at once
SPARE = 8  # candidates beyond the wanted ones: single precision may swap those that are nearly the same


def find_shard(work: ShardWork) -> None:
    """Positions (rows, k) int64 and cosines (rows, k) float32 of the rows nearest to each of a shard's; setting: count.

    The shard's path is a ``.npy`` of unit vectors (all rows, d), which is mapped, never read whole. A row is not its
    own neighbour. Rows of which half-precision vectors are stored are compared at unit length.
    """
    vectors = np.load(work.shard.path, mmap_mode="r", allow_pickle=False)
    count = min(int(work.settings["count"]), max(0, len(vectors) - 1))
    positions = np.empty((len(work.shard), count), dtype=np.int64)
    cosines = np.empty((len(work.shard), count), dtype=np.float32)
    for start in range(work.shard.start, work.shard.stop, QUERIES):
        rows = np.arange(start, min(start + QUERIES, work.shard.stop))
        place = slice(start - work.shard.start, start - work.shard.start + len(rows))
        positions[place], cosines[place] = nearest_of(vectors, rows, count=count)
        work.progress(place.stop, len(work.shard))
    work.save("positions", positions)
    work.save("cosines", cosines)


def nearest_of(
    vectors: NDArray[Any], rows: NDArray[np.int64], *, count: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(rows, count) positions and cosines of the rows nearest to ``rows``, nearest first, ties by position."""
    asked = _unit(vectors[rows[0] : rows[-1] + 1])
    wanted = min(count + SPARE, len(vectors) - 1)
    near = np.empty((len(rows), 0), dtype=np.int64)
    best = np.empty((len(rows), 0), dtype=np.float32)
    for left in range(0, len(vectors), ACROSS):
        others = np.arange(left, min(left + ACROSS, len(vectors)))
        cosine = asked @ _unit(vectors[left : left + ACROSS]).T  # (rows, block)
        own = (rows >= left) & (rows < left + len(others))
        cosine[np.flatnonzero(own), rows[own] - left] = -np.inf
        if len(others) > wanted:
            kept = np.argpartition(-cosine, wanted, axis=1)[:, :wanted]
            cosine, places = np.take_along_axis(cosine, kept, axis=1), others[kept]
        else:
            places = np.broadcast_to(others, cosine.shape)
        best, near = np.concatenate((best, cosine), axis=1), np.concatenate((near, places), axis=1)
        if best.shape[1] > wanted:
            kept = np.argpartition(-best, wanted, axis=1)[:, :wanted]
            best, near = np.take_along_axis(best, kept, axis=1), np.take_along_axis(near, kept, axis=1)
    exact = np.empty(near.shape, dtype=np.float64)
    for place, row in enumerate(near):
        exact[place] = _unit(vectors[row]).astype(np.float64) @ asked[place].astype(np.float64)
    exact[near == rows[:, None]] = -np.inf
    order = np.lexsort((near, -exact.astype(np.float32)), axis=1)[:, :count]
    cosines = np.take_along_axis(exact, order, axis=1).clip(-1, 1).astype(np.float32)
    return np.take_along_axis(near, order, axis=1), cosines


def _unit(block: NDArray[Any]) -> NDArray[np.float32]:
    """(rows, d) float32; vectors that are stored in half precision are brought to unit length again."""
    if block.dtype == np.float32:
        return np.asarray(block)
    wide = block.astype(np.float32)
    length = np.linalg.norm(wide, axis=1, keepdims=True)
    return np.divide(wide, length, out=np.zeros_like(wide), where=length > 0)
