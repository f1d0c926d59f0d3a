"""The nearest neighbours of every row: one graph that all UMAP layouts of a corpus share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core import device as devices
from core.progress import Progress, silent

EXACT_UP_TO = 20_000  # rows; above, comparing all pairs on a CPU takes longer than the approximate search


def nearest_neighbours(
    vectors: NDArray[np.float32],
    *,
    neighbours: int,
    seed: int = 42,
    device: str = "cpu",
    progress: Progress = silent,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Positions and cosine distances of each row's ``neighbours`` nearest rows, both (rows, neighbours).

    The first neighbour of a row is the row itself, at distance 0, as UMAP counts. ``vectors`` (rows, d) float32 are
    of unit length. Exact in blocks on a GPU and up to :data:`EXACT_UP_TO` rows, nearest-neighbour descent
    (pynndescent) above. More neighbours give layouts that show more of the whole and less of the detail.
    """
    if len(vectors) <= EXACT_UP_TO or device == "cuda":
        return _exact(vectors, neighbours=neighbours, device=device, progress=progress)
    return _descent(vectors, neighbours=neighbours, seed=seed, progress=progress)


@devices.full_precision()
def _exact(
    vectors: NDArray[np.float32], *, neighbours: int, device: str, progress: Progress
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    import torch

    rows = len(vectors)
    points = torch.from_numpy(np.array(vectors)).to(device)
    indices = np.empty((rows, neighbours), dtype=np.int32)
    distances = np.empty((rows, neighbours), dtype=np.float32)
    step = devices.block_rows(width=rows, device=device)
    with torch.inference_mode():
        for start in range(0, rows, step):
            block = slice(start, min(start + step, rows))
            similarity = points[block] @ points.T  # (block, rows)
            own = torch.arange(block.start, block.stop, device=device)
            similarity[torch.arange(len(own), device=device), own] = torch.inf  # itself first, before its duplicates
            top, where = similarity.topk(neighbours, dim=1)
            # Among equal similarities the lower position comes first, in whatever order topk returned them.
            where, by_position = where.sort(dim=1)
            top = top.gather(1, by_position)
            top, order = top.sort(dim=1, descending=True, stable=True)
            indices[block] = where.gather(1, order).cpu().numpy()
            distances[block] = (1 - top.clamp(-1, 1)).cpu().numpy()
            progress(block.stop, rows, "rows compared with all others")
    return indices, distances


def _descent(
    vectors: NDArray[np.float32], *, neighbours: int, seed: int, progress: Progress
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    from pynndescent import NNDescent

    rows = len(vectors)
    progress(0, 0, "searching nearest neighbours")
    search = NNDescent(
        np.ascontiguousarray(vectors),
        n_neighbors=neighbours,
        metric="cosine",
        random_state=seed,
        n_trees=min(64, 5 + round(rows**0.5 / 20)),
        n_iters=max(5, round(np.log2(rows))),
        max_candidates=60,
        low_memory=True,
        compressed=False,
    )
    indices, distances = search.neighbor_graph
    indices, distances = indices.astype(np.int32), np.maximum(distances, 0).astype(np.float32)
    _self_first(indices, distances)
    progress(rows, rows, "rows in the neighbour search")
    return indices, distances


def _self_first(indices: NDArray[np.int32], distances: NDArray[np.float32]) -> None:
    """Put each row first among its own neighbours, in place: a duplicate of it may come before it."""
    own = np.arange(len(indices), dtype=np.int32)
    lost = (indices != own[:, None]).all(axis=1)
    indices[lost, -1], distances[lost, -1] = own[lost], 0
    keys = np.where(indices == own[:, None], -1.0, distances)
    order = np.argsort(keys, axis=1, kind="stable")
    indices[:] = np.take_along_axis(indices, order, axis=1)
    distances[:] = np.take_along_axis(distances, order, axis=1)
    distances[:, 0] = 0
