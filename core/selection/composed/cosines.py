"""The largest cosine of each row to a set of vectors, exact to double precision."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.device import block_rows, full_precision
from core.progress import Progress, silent

ERROR = 4e-6  # how far a cosine in single precision may be from the exact one
COMPARED = 4  # vectors that are compared in double precision for each row


@full_precision()
def largest_cosines(
    vectors: NDArray[np.float32],
    others: NDArray[np.float32],
    *,
    device: str = "cpu",
    progress: Progress = silent,
) -> NDArray[np.float64]:
    """(n,) the largest cosine of each row of ``vectors`` (n, d) to a row of ``others`` (m, d), both of unit length.

    Single-precision products of blocks find the few others that can be nearest; those are multiplied again in double
    precision, so that neither blocks nor threads change a value. −1 without others. O(n·m·d).
    """
    import torch

    nearest = np.full(len(vectors), -1.0)
    if not len(others) or not len(vectors):
        return nearest
    most = min(COMPARED, len(others))
    pool = torch.from_numpy(np.ascontiguousarray(others)).to(device)
    step = min(4096, block_rows(width=3 * len(others), device=device))
    for start in range(0, len(vectors), step):
        block = vectors[start : start + step]
        top = torch.topk(torch.from_numpy(block).to(device) @ pool.T, most, dim=1)
        names, near = top.indices.cpu().numpy(), top.values.cpu().numpy()  # (step, most)
        exact = np.einsum("nd,nmd->nm", block.astype(np.float64), others[names].astype(np.float64)).max(axis=1)
        if most < len(others):
            for row in np.flatnonzero(near[:, -1] >= near[:, 0] - 2 * ERROR):  # more others may be as near
                exact[row] = (others.astype(np.float64) @ block[row].astype(np.float64)).max()
        nearest[start : start + step] = exact
        progress(min(start + step, len(vectors)), len(vectors), "rows compared")
    return nearest
