"""Optimal transport from a few examples to many rows, with a price on putting much mass where rows are dense."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.device import block_rows, full_precision
from core.progress import Progress, silent


@full_precision()
def density(
    vectors: NDArray[np.float32],
    *,
    radius: float,
    neighbours: int,
    device: str = "cpu",
    progress: Progress = silent,
) -> NDArray[np.float64]:
    """(rows,) ρ(x) = Σ over the ``neighbours`` nearest rows y, x itself among them, of max(0, 1 − d(x, y)² / radius²).

    ``vectors`` (rows, d) have unit length and d is Euclidean. ρ ≥ 1; near-copies share their mass because each of them
    counts the others. A larger radius counts farther rows as near-copies. O(rows² · d) in blocks.
    Source: TSDS (arXiv 2410.11303).
    """
    import torch

    densities = np.empty(len(vectors))
    data = torch.from_numpy(vectors).to(device)
    step = block_rows(width=4 * max(1, len(vectors)), device=device)
    for start in range(0, len(vectors), step):
        cosines = data[start : start + step] @ data.T
        here = torch.arange(len(cosines), device=device)
        cosines[here, start + here] = 1.0  # a row is at distance 0 from itself, rounding or not
        kernel = (1 - (2 - 2 * cosines) / radius**2).clamp_(min=0, max=1)
        total = kernel.double().sum(dim=1)
        crowded = torch.nonzero((kernel > 0).sum(dim=1) > neighbours)[:, 0]
        if len(crowded):
            total[crowded] = torch.topk(kernel[crowded], neighbours, dim=1).values.double().sum(dim=1)
        densities[start : start + step] = total.cpu().numpy()
        progress(min(start + step, len(vectors)), len(vectors), "rows with their density")
    return densities


def transport(
    distances: NDArray[np.float64], weights: NDArray[np.float64], *, alpha: float, scale: float
) -> NDArray[np.float64]:
    """(examples, k) γ, the mass that each of m examples sends to each of its k candidates, nearest first.

    Minimises (α / C) Σ γ_ij d_ij + (1 − α) · m · max_ij ρ_ij γ_ij over γ ≥ 0 with Σ_j γ_ij = 1 / m, where
    ``distances`` d (m, k) ascend in each row and ``weights`` are the densities ρ (m, k) of the candidates. At the best
    cap u on ρ γ, the price of a unit of u equals its saving: an example that has filled its K nearest candidates saves
    Σ_{k ≤ K} (d_{K+1} − d_k) / ρ_k per unit of u. α = 1 sends all mass to the nearest row, α = 0 spreads it as evenly
    as the densities allow; a larger C acts like a smaller α. Exact (it equals the linear programme), O(m k log m k).
    Where k candidates cannot hold an example's mass at the best cap, the cap is raised until they can. Source: TSDS
    (arXiv 2410.11303); the cap is the upper side of its G_KDE.
    """
    examples = len(distances)
    room = np.cumsum(1.0 / weights, axis=1)  # (m, k) mass that the K nearest hold per unit of cap
    full = room[:, :-1].ravel()
    gain = room[:, :-1] * np.diff(distances, axis=1)  # (m, k − 1) increase of the saving when the K nearest are full
    turn = np.argsort(full, kind="stable")
    saved = np.cumsum(gain.ravel()[turn])
    wanted = (1 - alpha) * examples * scale / alpha if alpha > 0 else np.inf
    at = int(np.searchsorted(saved, wanted, side="left"))
    widest = full[turn[at]] if at < len(turn) else np.inf
    widest = min(widest, float(room[:, -1].min()))  # every example must find room
    cap = 1.0 / (examples * widest)
    before = np.concatenate((np.zeros((examples, 1)), room[:, :-1]), axis=1) * cap
    mass = np.minimum(cap / weights, np.maximum(1.0 / examples - before, 0.0))
    return np.where(mass > 1e-12 / examples, mass, 0.0)
