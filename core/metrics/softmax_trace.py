"""DCScore: each row classified among all rows by its similarities; how often it would be taken for itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.device import block_rows, full_precision
from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading
from core.metrics.vectors import on_device, unit_vectors
from core.parameters import Parameter
from core.progress import Progress, silent

MOST_BLOCK = 2048


@full_precision()
def own_shares(
    vectors: NDArray[np.float32], *, temperature: float, device: str = "cpu", progress: Progress = silent
) -> NDArray[np.float64]:
    """(rows,) exp(s_ii / τ) / Σ_j exp(s_ij / τ) of the cosines s of unit ``vectors`` (rows, d), all above 0, at most 1.

    Blocks of rows are compared with all rows, and the rows × rows matrix is never held. O(rows² · d).
    """
    import torch

    rows = len(vectors)
    everything = on_device(vectors, device=device, dtype=torch.float32)
    shares = np.empty(rows)
    step = min(MOST_BLOCK, block_rows(width=2 * rows, device=device))
    for start in range(0, rows, step):
        block = everything[start : start + step]
        closeness = (block @ everything.T).sub_(1.0)  # (block, rows): a row's own is 0, up to rounding
        here = torch.arange(len(block), device=closeness.device)
        closeness[here, start + here] = 0.0
        # exp(0) of the row itself over the sum: the same as a softmax, and nothing overflows
        sums = closeness.div_(temperature).exp_().sum(dim=1, dtype=torch.float32 if device == "mps" else torch.float64)
        shares[start : start + len(block)] = 1.0 / sums.cpu().numpy()
        progress(min(start + step, rows), rows, "rows compared")
    return shares


def _dcscore(measuring: Measuring) -> Reading:
    vectors, temperature = unit_vectors(measuring.view), measuring.parameters["temperature"]
    shares = own_shares(vectors, temperature=temperature, device=measuring.device, progress=measuring.progress)
    unlike = len(vectors) / (1 + (len(vectors) - 1) * float(np.exp(-1 / temperature)))
    return Reading(
        value=float(shares.sum()),
        detail={
            "share of rows": float(shares.mean()),
            "of as many orthogonal rows": unlike,
            "rows taken for themselves": int((shares > 0.5).sum()),
            "τ": temperature,
        },
    )


METRICS = (
    Metric(
        name="dcscore",
        title="DCScore",
        family="embedding",
        direction=1,
        formula="Σ_i softmax_j(cos(e_i, e_j) / τ) at j = i, e of unit length: the trace of the row-wise softmax of "
        "E Eᵀ / τ. Between 1 (all rows alike) and N (each row unlike all others). With τ = 1 any number of "
        "orthogonal rows comes to no more than e = 2.72; a smaller τ tells them apart, and the detail gives what "
        "orthogonal rows would have.",
        source="DCScore (arXiv 2502.08512) and its authors' code, read there; unit length of the vectors is our "
        "choice, so that τ means the same for every embedder.",
        measure=_dcscore,
        needs=lambda parameters: ("embeddings",),
        parameters=(
            Parameter(
                name="temperature",
                title="Temperature τ",
                kind="float",
                default=1.0,
                minimum=1e-3,
                maximum=100,
                help="A larger τ sees all rows as more alike: the value falls towards 1. Near 0 it counts the rows "
                "that have no copy, each group of copies as one.",
            ),
        ),
        size_dependent=True,
        least=1.0,
        cost="O(rows² · d)",
    ),
)
