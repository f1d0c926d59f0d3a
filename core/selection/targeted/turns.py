"""Examples take turns at choosing: each takes the free row that is nearest to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.device import block_rows, full_precision
from core.progress import Progress, silent

DECIMALS = 6
MOST_PAIRS = 20_000_000  # of example and candidate in memory


@dataclass(frozen=True, eq=False, kw_only=True)
class ExampleTurns:
    """``order`` (taken,) rows as they were taken, ``cosines`` (taken,) to the example that took each, and ``nearness``
    (rows,) the cosine of every row to its nearest example. ``whole`` says that no candidate was left out of sight."""

    order: NDArray[np.int64]
    cosines: NDArray[np.float64]
    nearness: NDArray[np.float64]
    whole: bool


@full_precision()
def example_turns(
    examples: NDArray[np.float32],
    vectors: NDArray[np.float32],
    *,
    taken: NDArray[np.int64],
    most_pairs: int = MOST_PAIRS,
    device: str = "cpu",
    progress: Progress = silent,
) -> ExampleTurns:
    """Let ``examples`` (m, d) take rows of ``vectors`` (n, d) in turn, all unit vectors, until none is free.

    In a round each example, in order, takes the free row with the largest cosine, ties by the lower row; ``taken``
    (given,) rows are not free. Each example keeps its n nearest rows in sight, or as many as ``most_pairs`` allows:
    then the order ends where an example has none of them left, so that it is always the beginning of the whole one.
    O(m · n · (d + log n)).
    """
    import torch

    seen = min(len(vectors), max(1, most_pairs // max(1, len(examples))))
    candidates = np.empty((len(examples), seen), dtype=np.int32)
    cosines = np.empty((len(examples), seen), dtype=np.float32)
    nearness = np.full(len(vectors), -1.0)
    pool = torch.from_numpy(vectors).to(device)
    step = min(256, block_rows(width=3 * max(1, len(vectors)), device=device))
    for start in range(0, len(examples), step):
        block = (torch.from_numpy(examples[start : start + step]).to(device) @ pool.T).cpu().numpy()  # (step, n)
        block = np.round(block.astype(np.float64), DECIMALS)
        np.maximum(nearness, block.max(axis=0), out=nearness)
        for place, own in enumerate(block, start=start):
            nearest = np.argsort(-own, kind="stable")[:seen]
            candidates[place], cosines[place] = nearest, own[nearest]
        progress(min(start + step, len(examples)), len(examples), "examples compared with all rows")
    free = np.ones(len(vectors), dtype=np.bool_)
    free[taken] = False
    order, values = _take(candidates, cosines, free, seen == len(vectors))
    return ExampleTurns(
        order=order, cosines=values, nearness=nearness, whole=len(order) == len(vectors) - len(np.unique(taken))
    )


@njit(cache=True)
def _take(
    candidates: NDArray[np.int32], cosines: NDArray[np.float32], free: NDArray[np.bool_], whole: bool
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The rows in the order in which they are taken, and their cosines; ``free`` (n,) is changed."""
    examples, seen = candidates.shape
    left = free.sum()
    order = np.empty(left, dtype=np.int64)
    values = np.empty(left, dtype=np.float64)
    places = np.zeros(examples, dtype=np.int64)
    count = 0
    while count < left:
        for example in range(examples):
            while places[example] < seen and not free[candidates[example, places[example]]]:
                places[example] += 1
            if places[example] == seen:
                if whole:
                    continue
                return order[:count], values[:count]
            row = candidates[example, places[example]]
            free[row] = False
            order[count] = row
            values[count] = cosines[example, places[example]]
            count += 1
            if count == left:
                break
    return order, values
