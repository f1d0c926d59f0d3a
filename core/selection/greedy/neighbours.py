"""The k nearest other rows of every row by cosine, exact, without an n × n matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.device import block_rows, full_precision
from core.progress import Progress, silent

SPARE = 8  # neighbours kept beyond k, so that single-precision rounding cannot push a true neighbour out
BLOCK = 2048


@dataclass(frozen=True, eq=False)
class Neighbours:
    """``names`` (n, k) int32 the nearest other rows, nearest first, and ``cosines`` (n, k) float32."""

    names: NDArray[np.int32]
    cosines: NDArray[np.float32]


def nearest_neighbours(
    vectors: NDArray[np.float32], *, k: int, device: str = "cpu", progress: Progress = silent
) -> Neighbours:
    """The ``k`` (at most n − 1) nearest other rows of each row of ``vectors`` (n, d), float32 of unit length.

    Blocks of cosines are computed in single precision and offered to both their rows and their columns, so that each
    pair is multiplied once; the final order of the candidates is computed in double precision, ties by the lower row.
    O(n²d / 2) products, memory O(n·k). On CUDA whole rows are multiplied and cut by top-k.
    """
    rows = len(vectors)
    k = max(0, min(k, rows - 1))
    if k == 0:
        return Neighbours(np.empty((rows, 0), dtype=np.int32), np.empty((rows, 0), dtype=np.float32))
    wide = min(rows - 1, k + SPARE)
    from core.selection.greedy.neighbours_kernel import settle

    gather = _gather_cpu if device == "cpu" else _gather_torch
    names, cosines = settle(vectors, gather(vectors, wide, device, progress), k)
    return Neighbours(names, cosines)


def _gather_cpu(vectors: NDArray[np.float32], wide: int, device: str, progress: Progress) -> NDArray[np.int32]:
    import numba
    import torch

    from core.selection.greedy.neighbours_kernel import keep_columns, keep_rows

    rows = len(vectors)
    near = np.full((rows, wide), -np.inf, dtype=np.float32)
    who = np.full((rows, wide), -1, dtype=np.int32)
    space = torch.from_numpy(vectors)
    starts = range(0, rows, BLOCK)
    total, done = len(starts) * (len(starts) + 1) // 2, 0
    for top in starts:
        for left in range(top, rows, BLOCK):
            block = (space[top : top + BLOCK] @ space[left : left + BLOCK].T).numpy()
            keep_rows(block, top, left, near, who)
            if left != top:
                keep_columns(block, top, left, near, who, numba.get_num_threads())
            done += 1
            progress(done, total, "blocks of neighbours")
    return who


@full_precision()
def _gather_torch(vectors: NDArray[np.float32], wide: int, device: str, progress: Progress) -> NDArray[np.int32]:
    import torch

    rows = len(vectors)
    space = torch.from_numpy(vectors).to(device)
    who = np.empty((rows, wide), dtype=np.int32)
    step = min(rows, block_rows(width=3 * rows, device=device))
    for start in range(0, rows, step):
        block = space[start : start + step] @ space.T  # (step, n)
        here = torch.arange(len(block), device=device)
        block[here, start + here] = -torch.inf
        who[start : start + step] = torch.topk(block, wide, dim=1).indices.cpu().numpy()
        progress(min(start + step, rows), rows, "rows' neighbours")
    return who
