"""Nearest neighbours in blocks: searched in float32, then measured exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.device import full_precision
from core.metrics.vectors import on_device
from core.progress import Progress, silent

QUERY_ROWS = 512
REFERENCE_ROWS = 16_384


@full_precision()
def nearest(
    queries: NDArray[np.float32],
    reference: NDArray[np.float32],
    *,
    count: int,
    device: str = "cpu",
    progress: Progress = silent,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(queries, count) squared Euclidean distances, ascending, and the positions of those reference rows.

    Both sides have unit rows; ``count`` is at most the number of reference rows. The cosines of a block come from one
    float32 product, and the best so far are kept while the blocks of the reference are read, so that memory holds one
    block, never queries × reference. The distances of the neighbours are then computed from differences in float64:
    equal rows are exactly 0 apart, and no distance depends on blocks or threads. Two candidates whose cosines are equal
    to within 1e-7 may be exchanged. O(queries · reference · d).
    """
    import torch

    distances = np.empty((len(queries), count))
    positions = np.empty((len(queries), count), dtype=np.int64)
    base = on_device(reference, device=device, dtype=torch.float32)
    for start in range(0, len(queries), QUERY_ROWS):
        here = queries[start : start + QUERY_ROWS]
        block = on_device(here, device=device, dtype=torch.float32)
        best = torch.empty((len(here), 0), dtype=torch.float32, device=base.device)
        indices = torch.empty((len(here), 0), dtype=torch.int64, device=base.device)
        for other in range(0, len(reference), REFERENCE_ROWS):
            cosines = block @ base[other : other + REFERENCE_ROWS].T  # (queries here, reference here)
            kept, at = _highest(cosines, min(count, cosines.shape[1]))
            best, indices = torch.cat((best, kept), dim=1), torch.cat((indices, at + other), dim=1)
            if best.shape[1] > count:
                best, order = _highest(best, count)
                indices = indices.gather(1, order)
        hits = indices.cpu().numpy()
        gaps = reference[hits].astype(np.float64) - here[:, None, :]  # (queries here, count, d)
        exact = np.einsum("qcd,qcd->qc", gaps, gaps)
        order = np.argsort(exact, axis=1, kind="stable")
        distances[start : start + len(here)] = np.take_along_axis(exact, order, axis=1)
        positions[start : start + len(here)] = np.take_along_axis(hits, order, axis=1)
        progress(min(start + QUERY_ROWS, len(queries)), len(queries), "rows with their neighbours")
    return distances, positions


def _highest(values, count):  # type: ignore[no-untyped-def] # torch is imported late
    """The highest values of each row and their columns; a maximum is faster than a top-k of one."""
    if count == 1:
        best, at = values.max(dim=1, keepdim=True)
        return best, at
    best, at = values.topk(count, dim=1)
    return best, at
