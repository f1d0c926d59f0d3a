"""How far apart the embeddings of the rows are on average: pairwise distance and spread."""

from __future__ import annotations

import numpy as np

from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading, undefined
from core.metrics.vectors import BLOCK, on_device, precise, unit_vectors


def _embedding_distance(measuring: Measuring) -> Reading:
    """Mean cosine distance over all pairs, in O(rows · d).

    The sum of all pairwise cosines is ‖Σ e‖² − Σ ‖e‖², summed in float64: exact to 1e-12, whatever the order.
    """
    vectors = unit_vectors(measuring.view)
    rows = len(vectors)
    if rows < 2:
        return undefined("one row has no pair")
    total = np.zeros(vectors.shape[1])
    for start in range(0, rows, 512):  # einsum, not BLAS: starting BLAS's threads costs more than the sum
        block = vectors[start : start + 512].astype(np.float64)
        squared = np.einsum("ij,ij->i", block, block)  # the length of float32 rows is 1 only to within 1e-7
        total += np.einsum("i,ij->j", 1 / np.sqrt(squared), block)
    return Reading(value=max(0.0, 1.0 - (float((total * total).sum()) - rows) / (rows * (rows - 1.0))))


def _distsum_l2(measuring: Measuring) -> Reading:
    """Mean Euclidean distance over all pairs, in blocks of the upper triangle. O(rows² · d), float64."""
    import torch

    vectors = unit_vectors(measuring.view)
    rows = len(vectors)
    if rows < 2:
        return undefined("one row has no pair")
    data = on_device(vectors, device=measuring.device, dtype=precise(measuring.device))
    squares = (data * data).sum(dim=1)
    total = 0.0
    for start in range(0, rows, BLOCK):
        left = data[start : start + BLOCK]
        for other in range(start, rows, BLOCK):
            right = data[other : other + BLOCK]
            squared = squares[start : start + BLOCK, None] + squares[None, other : other + BLOCK] - 2 * left @ right.T
            if other == start:
                squared.fill_diagonal_(0.0)
            part = float(torch.sqrt(squared.clamp_(min=0.0)).sum())
            total += part if other == start else 2 * part
        measuring.progress(min(start + BLOCK, rows), rows, "rows compared")
    return Reading(value=total / (rows * (rows - 1.0)))


def _radius(measuring: Measuring) -> Reading:
    """Geometric mean of the standard deviations of the dimensions that vary, in O(rows · d), float64.

    Models leave some dimensions constant (all-MiniLM-L6-v2 two, at 1e-33 beside 0.03): a single one would make the mean
    0 or pure rounding, so constant dimensions are left out and counted.
    """
    vectors = unit_vectors(measuring.view)
    rows = len(vectors)
    if rows < 2:
        return undefined("one row has no spread")
    centre = vectors.mean(axis=0, dtype=np.float64)
    variance = np.zeros(vectors.shape[1])
    for start in range(0, rows, BLOCK):
        variance += ((vectors[start : start + BLOCK] - centre) ** 2).sum(axis=0)
    spread = np.sqrt(variance / rows)
    varies = spread > max(FLAT * float(spread.max()), 1e-12)
    left_out = len(spread) - int(varies.sum())
    value = float(np.exp(np.log(spread[varies]).mean())) if varies.any() else 0.0
    return Reading(value=value, detail={"dimensions left out, as they do not vary": left_out})


FLAT = 1e-6  # a dimension does not vary if its spread is below this share of the widest spread

METRICS = (
    Metric(
        name="ed",
        title="Embedding distance (ED)",
        family="embedding",
        direction=1,
        formula="2 / (N (N − 1)) · Σ_{i<j} (1 − cos(e_i, e_j)), computed as 1 − (‖Σ e‖² − N) / (N (N − 1)). "
        "Also called DistSum cosine and remote clique.",
        source="From Macro to Micro (2505.24768) Table 1. Cosine is a reconstruction.",
        measure=_embedding_distance,
        needs=lambda parameters: ("embeddings",),
        instant=True,
        shown_by_default=True,
        cost="O(rows · d)",
    ),
    Metric(
        name="distsum_l2",
        title="DistSum L2",
        family="embedding",
        direction=1,
        formula="2 / (N (N − 1)) · Σ_{i<j} ‖e_i − e_j‖ over unit-length embeddings.",
        source="Baseline 4 of NovelSum (2502.17184). Known from memory, not re-read.",
        measure=_distsum_l2,
        needs=lambda parameters: ("embeddings",),
        costly=True,
        cost="O(rows² · d)",
    ),
    Metric(
        name="radius",
        title="Radius",
        family="embedding",
        direction=1,
        formula="Geometric mean over the d dimensions of the standard deviation (divided by N, not N − 1). Dimensions "
        "that do not vary (below a millionth of the widest) are left out and counted.",
        source="Baseline 7 of NovelSum (2502.17184), which takes all d; leaving out constant ones is ours.",
        measure=_radius,
        version=2,
        needs=lambda parameters: ("embeddings",),
        cost="O(rows · d)",
    ),
)
