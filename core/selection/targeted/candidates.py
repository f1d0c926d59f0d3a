"""The pool rows nearest to each example, with exact distances, and each pool row's nearness to the examples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.device import block_rows, full_precision
from core.progress import Progress, silent

DECIMALS = 12


@dataclass(frozen=True, eq=False, kw_only=True)
class TargetCandidates:
    """``rows`` (examples, k) pool rows of each example, nearest first; ``distances`` (examples, k) float64, Euclidean.

    ``nearness`` (pool rows,) float32, the cosine of each row to its nearest example.
    """

    rows: NDArray[np.int64]
    distances: NDArray[np.float64]
    nearness: NDArray[np.float32]


@full_precision()
def nearest_candidates(
    examples: NDArray[np.float32],
    vectors: NDArray[np.float32],
    *,
    k: int,
    device: str = "cpu",
    progress: Progress = silent,
) -> TargetCandidates:
    """The ``k`` rows of ``vectors`` (n, d) nearest to each of ``examples`` (m, d), all unit vectors; ties: lower row.

    Cosines are computed in blocks of examples × pool; the distances of the nearest rows are measured again in float64,
    so that equal vectors are exactly 0 apart. O(m·n·d); memory: one block and (m, k).
    """
    import torch

    k = min(k, len(vectors))
    rows = np.empty((len(examples), k), dtype=np.int64)
    distances = np.empty((len(examples), k))
    nearness = np.full(len(vectors), -np.inf, dtype=np.float32)
    pool = torch.from_numpy(vectors).to(device)
    step = min(256, block_rows(width=3 * len(vectors), device=device))
    for start in range(0, len(examples), step):
        block = torch.from_numpy(examples[start : start + step]).to(device) @ pool.T  # (step, n)
        np.maximum(nearness, block.max(dim=0).values.cpu().numpy(), out=nearness)
        near = torch.topk(block, k, dim=1).indices.cpu().numpy()
        for place, own in enumerate(near):
            gaps = vectors[own].astype(np.float64) - examples[start + place].astype(np.float64)  # (k, d)
            far = np.round(np.sqrt(np.einsum("kd,kd->k", gaps, gaps)), DECIMALS)
            turn = np.lexsort((own, far))
            rows[start + place], distances[start + place] = own[turn], far[turn]
        progress(min(start + step, len(examples)), len(examples), "examples with their neighbours")
    return TargetCandidates(rows=rows, distances=distances, nearness=nearness)
