"""Who is near whom: UMAP's strengths of neighbours, the landmarks' graph, and each row's nearest landmarks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core import device as devices
from core.progress import Progress, silent

NEAR = 8  # landmarks that place a row: more draw it to the middle, fewer follow its nearest one alone
HALVINGS = 40


def chosen_landmarks(rows: int, *, landmarks: int, seed: int) -> NDArray[np.int64]:
    """Positions of the landmarks, ascending: drawn evenly over the rows, all of them where there are no more."""
    if rows <= landmarks:
        return np.arange(rows, dtype=np.int64)
    return np.sort(np.random.default_rng(seed).choice(rows, landmarks, replace=False)).astype(np.int64)


def strengths(distances: NDArray[np.float32]) -> NDArray[np.float32]:
    """(rows, k) how much each neighbour counts, 0 to 1: UMAP's exp(−(d − ρ) / σ), which sums to log₂ k in each row.

    ``distances`` (rows, k) ascend; ρ is the smallest one above 0. Where a row is its own first neighbour, leave it out.
    """
    wide = distances.astype(np.float64)
    nearest = np.where(wide > 0, wide, np.inf).min(axis=1, keepdims=True)
    beyond = np.maximum(wide - np.where(np.isfinite(nearest), nearest, 0), 0)  # (rows, k)
    wanted = np.log2(max(wide.shape[1], 2))
    low, high = np.full((len(wide), 1), 1e-6), np.full((len(wide), 1), 1e3)
    for _ in range(HALVINGS):
        middle = np.sqrt(low * high)
        too_much = np.exp(-beyond / middle).sum(axis=1, keepdims=True) > wanted
        high, low = np.where(too_much, middle, high), np.where(too_much, low, middle)
    return np.exp(-beyond / np.sqrt(low * high)).astype(np.float32)


def edges(
    positions: NDArray[np.int32], distances: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Heads, tails and weights of the landmarks' graph: a neighbour of either counts a + b − a·b (fuzzy union).

    ``positions`` and ``distances`` (landmarks, k) have each landmark first among its own neighbours.
    """
    count, near = positions.shape
    heads = np.repeat(np.arange(count), near - 1)
    one_way = sparse.csr_matrix(
        (strengths(distances[:, 1:]).ravel(), (heads, positions[:, 1:].ravel())), shape=(count, count)
    )
    both = (one_way + one_way.T - one_way.multiply(one_way.T)).tocoo()
    return both.row.astype(np.int32), both.col.astype(np.int32), both.data.astype(np.float32)


def curve(min_dist: float) -> tuple[float, float]:
    """UMAP's a and b: 1 / (1 + a·d^2b) fits 1 up to ``min_dist`` and exp(−(d − min_dist)) beyond."""
    from scipy.optimize import curve_fit

    at = np.linspace(0, 3, 300)
    wanted = np.where(at < min_dist, 1.0, np.exp(-(at - min_dist)))
    (a, b), _ = curve_fit(lambda d, a, b: 1 / (1 + a * d ** (2 * b)), at, wanted)
    return float(a), float(b)


@devices.full_precision()
def nearest_landmarks(
    vectors: NDArray[np.float32],
    landmarks: NDArray[np.float32],
    *,
    device: str = "cpu",
    progress: Progress = silent,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """(rows, k) the nearest landmarks of each row, nearest first, and their cosine distances: exact, in blocks.

    k is :data:`NEAR`, or all landmarks where there are fewer. Ties break by the lower landmark.
    """
    import torch

    rows, near = len(vectors), min(NEAR, len(landmarks))
    indices, distances = np.empty((rows, near), dtype=np.int32), np.empty((rows, near), dtype=np.float32)
    # Similarities of a few thousand rows stay in the processor's cache until the nearest are picked.
    step = min(devices.block_rows(width=len(landmarks), device=device), 2_048 if device == "cpu" else rows)
    fixed = torch.from_numpy(np.ascontiguousarray(landmarks)).to(device).T
    with torch.inference_mode():
        for start in range(0, rows, step):
            block = slice(start, min(start + step, rows))
            similarity = torch.from_numpy(np.array(vectors[block])).to(device) @ fixed  # (block, landmarks)
            top, where = similarity.topk(near, dim=1)
            where, by_position = where.sort(dim=1)
            top, order = top.gather(1, by_position).sort(dim=1, descending=True, stable=True)
            indices[block] = where.gather(1, order).cpu().numpy()
            distances[block] = (1 - top.clamp(-1, 1)).cpu().numpy()
            progress(block.stop, rows, "rows placed among landmarks")
    return indices, distances
