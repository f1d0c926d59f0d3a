"""Log-determinant and Vendi score through the d × d Gram matrix, never rows × rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading, undefined
from core.metrics.vectors import BLOCK, on_device, precise, unit_vectors
from core.parameters import Parameter

ORDERS = ("0.5", "1", "2", "inf")


def gram(vectors: NDArray[np.float32], *, device: str = "cpu") -> NDArray[np.float64]:
    """XᵀX (d, d), or XXᵀ (rows, rows) if the rows are fewer than d: both have the same non-zero eigenvalues.

    Summed in float64 (float32 on mps). O(rows · d · min(rows, d)).
    """
    rows, width = vectors.shape
    data = vectors if rows >= width else np.ascontiguousarray(vectors.T)  # (long, short)
    total = np.zeros((data.shape[1], data.shape[1]))
    for start in range(0, len(data), BLOCK):
        block = on_device(data[start : start + BLOCK], device=device, dtype=precise(device))
        total += (block.T @ block).cpu().numpy()
    return total


def vendi_scores(values: NDArray[np.float64]) -> dict[str, float]:
    """exp of the Rényi entropy of eigenvalues that sum to 1, for each order of :data:`ORDERS`."""
    shares = values[values > 1e-14 * values.max()]  # the rounding error of a zero eigenvalue would count at q < 1
    shares = shares / shares.sum()
    return {
        "0.5": float(np.sqrt(shares).sum() ** 2),
        "1": float(np.exp(-(shares @ np.log(shares)))),
        "2": float(1 / (shares @ shares)),
        "inf": float(1 / shares.max()),
    }


def _vendi(measuring: Measuring) -> Reading:
    vectors = unit_vectors(measuring.view)
    values = np.linalg.eigvalsh(gram(vectors, device=measuring.device) / len(vectors)).astype(np.float64)
    scores = vendi_scores(values)
    return Reading(value=scores[measuring.parameters["q"]], detail={f"q = {q}": value for q, value in scores.items()})


def _log_det(measuring: Measuring) -> Reading:
    vectors, ridge = unit_vectors(measuring.view), measuring.parameters["ridge"]
    if len(vectors) < 2:
        return undefined("one row has no volume to speak of")
    products = gram(vectors, device=measuring.device) / ridge
    _, value = np.linalg.slogdet(products + np.eye(len(products)))
    # The most diverse set of this size spreads evenly over all directions.
    short = min(vectors.shape)
    most = short * np.log1p(len(vectors) / (short * ridge))
    return Reading(
        value=float(value), detail={"highest possible": float(most), "below it by": float(most - value), "λ": ridge}
    )


METRICS = (
    Metric(
        name="vendi",
        title="Vendi score",
        family="embedding",
        direction=1,
        formula="exp(Rényi entropy of order q of the eigenvalues of S / N), S the cosine kernel: the effective number "
        "of different rows. Computed from XᵀX / N, whose non-zero eigenvalues are the same; at most d. On the "
        "gradients that a model gave (Model vectors on the Scores page), with q = 1, it is G-Vendi (g_vendi).",
        source="Friedman & Dieng 2023 (2210.02410); q = 0.5 as baseline 10 of NovelSum (2502.17184). G-Vendi "
        "(2505.20161): on gradients of a small model it went with scores out of distribution at a correlation of "
        "about 0.9 over 300 runs there (abstract).",
        measure=_vendi,
        needs=lambda parameters: ("embeddings",),
        parameters=(
            Parameter(
                name="q",
                title="Order q",
                kind="choice",
                choices=ORDERS,
                default="1",
                help="A larger q counts common directions more and rare ones less: the value falls. Vendi's "
                "paper takes 1, the list of baselines in NovelSum's 0.5.",
            ),
        ),
        size_dependent=True,
        cost="O(rows · d² + d³)",
    ),
    Metric(
        name="log_det",
        title="Log-determinant (LDD)",
        family="embedding",
        direction=1,
        formula="ln det(I + XᵀX / λ) = ln det(I + S / λ), S the cosine kernel. Without the ridge λ it would be −∞ "
        "for more than d rows, because S has rank at most d. The detail gives the distance to the highest possible.",
        source="Wang et al. 2024 (2402.02318); baseline 9 of NovelSum (2502.17184). The ridge is ours.",
        measure=_log_det,
        needs=lambda parameters: ("embeddings",),
        parameters=(
            Parameter(
                name="ridge",
                title="Ridge λ",
                kind="float",
                default=1.0,
                minimum=1e-9,
                help="A larger λ damps directions that few rows take: the value falls.",
            ),
        ),
        size_dependent=True,
        cost="O(rows · d² + d³)",
    ),
)
