"""The nearest rows of one shard's rows among all rows: partial top-k over blocks of vectors, exact."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.device import block_rows, full_precision
from core.shards.work import ShardWork

QUERIES, ACROSS = 1_024, 16_384  # rows of a block, and rows that it is compared with at once
SPARE = 8  # candidates beyond the wanted ones: single precision may swap those that are nearly the same


def find_shard(work: ShardWork) -> None:
    """Positions (rows, k) int64 and cosines (rows, k) float32 of the rows nearest to each of a shard's; settings:
    count, and device where it is not the processor.

    The shard's path is a ``.npy`` of unit vectors (all rows, d), which is mapped, never read whole. A row is not its
    own neighbour. Rows of which half-precision vectors are stored are compared at unit length. On a graphics card all
    rows of a shard are asked at once, so that the others are sent to it once a shard.
    """
    vectors = np.load(work.shard.path, mmap_mode="r", allow_pickle=False)
    count = min(int(work.settings["count"]), max(0, len(vectors) - 1))
    device = str(work.settings.get("device", "cpu"))
    positions = np.empty((len(work.shard), count), dtype=np.int64)
    cosines = np.empty((len(work.shard), count), dtype=np.float32)
    at_once = QUERIES if device == "cpu" else max(QUERIES, block_rows(width=4 * ACROSS, device=device))
    for start in range(work.shard.start, work.shard.stop, at_once):
        rows = np.arange(start, min(start + at_once, work.shard.stop))
        place = slice(start - work.shard.start, start - work.shard.start + len(rows))
        positions[place], cosines[place] = nearest_of(vectors, rows, count=count, device=device)
        work.progress(place.stop, len(work.shard))
    work.save("positions", positions)
    work.save("cosines", cosines)


def nearest_of(
    vectors: NDArray[Any], rows: NDArray[np.int64], *, count: int, device: str = "cpu"
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(rows, count) positions and cosines of the rows nearest to ``rows``, nearest first, ties by position.

    The device screens in single precision; the order is that of cosines in double precision, on the processor.
    """
    asked = _unit(vectors[rows[0] : rows[-1] + 1])
    wanted = min(count + SPARE, len(vectors) - 1)
    near = _screened(vectors, rows, asked, wanted) if device == "cpu" else _sent(vectors, rows, asked, wanted, device)
    exact = np.empty(near.shape, dtype=np.float64)
    for place, row in enumerate(near):
        exact[place] = _unit(vectors[row]).astype(np.float64) @ asked[place].astype(np.float64)
    exact[near == rows[:, None]] = -np.inf
    order = np.lexsort((near, -exact.astype(np.float32)), axis=1)[:, :count]
    cosines = np.take_along_axis(exact, order, axis=1).clip(-1, 1).astype(np.float32)
    return np.take_along_axis(near, order, axis=1), cosines


def _screened(
    vectors: NDArray[Any], rows: NDArray[np.int64], asked: NDArray[np.float32], wanted: int
) -> NDArray[np.int64]:
    """(rows, wanted) the positions of the largest cosines with ``asked`` in single precision, in any order."""
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
    return near


def _sent(
    vectors: NDArray[Any], rows: NDArray[np.int64], asked: NDArray[np.float32], wanted: int, device: str
) -> NDArray[np.int64]:
    """The same by torch on ``device``, to which the vectors are sent block by block."""
    import torch

    with torch.inference_mode(), full_precision():
        queries = torch.from_numpy(np.array(asked)).to(device)  # (rows, d)
        best = torch.empty((len(rows), 0), dtype=torch.float32, device=device)
        near = torch.empty((len(rows), 0), dtype=torch.int64, device=device)
        for left in range(0, len(vectors), ACROSS):
            block = torch.from_numpy(np.array(_unit(vectors[left : left + ACROSS]))).to(device)
            cosine = queries @ block.T  # (rows, block)
            own = (rows >= left) & (rows < left + len(block))
            asking, answering = np.flatnonzero(own), rows[own] - left
            cosine[torch.from_numpy(asking).to(device), torch.from_numpy(answering).to(device)] = -torch.inf
            top = cosine.topk(min(wanted, len(block)), dim=1)
            best, near = torch.cat((best, top.values), dim=1), torch.cat((near, top.indices + left), dim=1)
            if best.shape[1] > wanted:
                best, kept = best.topk(wanted, dim=1)
                near = near.gather(1, kept)
        return near.cpu().numpy()


def _unit(block: NDArray[Any]) -> NDArray[np.float32]:
    """(rows, d) float32; vectors that are stored in half precision are brought to unit length again."""
    if block.dtype == np.float32:
        return np.asarray(block)
    wide = block.astype(np.float32)
    length = np.linalg.norm(wide, axis=1, keepdims=True)
    return np.divide(wide, length, out=np.zeros_like(wide), where=length > 0)
