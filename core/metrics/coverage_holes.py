"""Coverage holes: examples without a subset row near them, by region, and the pool rows that would fill them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.metrics.neighbours import nearest
from core.progress import Progress, silent

CANDIDATES = 64  # pool rows kept for each uncovered example
DECIMALS = 9


@dataclass(frozen=True, kw_only=True)
class Hole:
    """A region that the subset misses.

    ``examples`` are positions in the target set, ascending; ``filler`` is the pool row that lies within ε of all of
    them, or None where no pool row is near the first of them; ``distance`` is the mean cosine distance from the
    examples to the filler, or without a filler the distance from the first example to the nearest pool row; ``gap`` is
    the largest distance of an example to the subset.
    """

    examples: tuple[int, ...]
    filler: int | None
    distance: float
    gap: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Holes:
    """``covered`` (examples,): is a subset row within ε? ``distances`` (examples,) to the nearest subset row."""

    holes: tuple[Hole, ...]
    covered: NDArray[np.bool_]
    distances: NDArray[np.float64]
    epsilon: float

    @property
    def share(self) -> float:
        """Share of the examples that the subset covers."""
        return float(self.covered.mean())


def coverage_holes(
    target: NDArray[np.float32],
    subset: NDArray[np.float32],
    pool: NDArray[np.float32],
    *,
    epsilon: float,
    device: str = "cpu",
    progress: Progress = silent,
) -> Holes:
    """The regions of ``target`` (examples, d) farther than ``epsilon`` from every row of ``subset`` (rows, d).

    All vectors are float32 of unit length, distances are 1 − cosine. Regions come from a greedy cover: the row of
    ``pool`` (rows, d) that lies within ε of the most uncovered examples forms the first region with them, and so on,
    ties to the lower row. Examples without a pool row within ε are grouped around the first of them, within ε. Fillable
    holes come first, largest first. With a larger ε more examples are covered, and holes are fewer and larger. Each
    example keeps its :data:`CANDIDATES` nearest pool rows, so memory is O(examples · CANDIDATES), not examples × pool.
    Raises :class:`InputError` when ε or a set cannot be used.
    """
    if not 0 < epsilon <= 2:
        raise InputError(f"ε is a cosine distance above 0, at most 2; not {epsilon}.")
    if not len(target):
        raise InputError("The target set holds no row.")
    limit = epsilon + 10.0**-DECIMALS
    if len(subset):
        squared, _ = nearest(target, subset, count=1, device=device, progress=progress)
        distances = np.round(squared[:, 0] / 2, DECIMALS)
    else:
        distances = np.full(len(target), 2.0)
    covered = distances <= limit
    missed = np.flatnonzero(~covered)
    if not len(missed):
        return Holes(holes=(), covered=covered, distances=distances, epsilon=epsilon)
    if len(pool):
        squared, rows = nearest(
            target[missed], pool, count=min(CANDIDATES, len(pool)), device=device, progress=progress
        )
        near = np.round(squared / 2, DECIMALS)  # (missed, candidates)
    else:
        near, rows = np.full((len(missed), 1), 2.0), np.zeros((len(missed), 1), dtype=np.int64)
    within = near <= limit
    holes = _greedy(missed, near, rows, within, distances)
    reached = within.any(axis=1)
    holes += _unreached(target, missed[~reached], near[~reached, 0], distances, limit)
    return Holes(holes=tuple(holes), covered=covered, distances=distances, epsilon=epsilon)


def _greedy(
    missed: NDArray[np.int64],
    near: NDArray[np.float64],
    rows: NDArray[np.int64],
    within: NDArray[np.bool_],
    distances: NDArray[np.float64],
) -> list[Hole]:
    """The holes that a pool row can fill: repeatedly the row that fills the most examples still open."""
    fills: dict[int, dict[int, float]] = {}
    for place, candidate in zip(*np.nonzero(within), strict=True):
        fills.setdefault(int(rows[place, candidate]), {})[int(place)] = float(near[place, candidate])
    holes: list[Hole] = []
    while fills:
        # Among rows that fill equally many examples the nearest wins, then the lower row.
        row = min(fills, key=lambda row: (-len(fills[row]), round(sum(fills[row].values()), DECIMALS), row))
        filled = fills.pop(row)
        examples = tuple(int(missed[place]) for place in sorted(filled))
        holes.append(
            Hole(
                examples=examples,
                filler=row,
                distance=float(np.mean(list(filled.values()))),
                gap=float(distances[list(examples)].max()),
            )
        )
        fills = {
            other: left
            for other, places in fills.items()
            if (left := {place: far for place, far in places.items() if place not in filled})
        }
    return holes


def _unreached(
    target: NDArray[np.float32],
    rows: NDArray[np.int64],
    near: NDArray[np.float64],
    distances: NDArray[np.float64],
    limit: float,
) -> list[Hole]:
    """The holes of the examples without a pool row near them, each around its lowest example."""
    holes, left = [], rows
    nearest_pool = dict(zip(rows.tolist(), near.tolist(), strict=True))
    while len(left):
        first = int(left[0])
        far = np.round(1.0 - target[left].astype(np.float64) @ target[first].astype(np.float64), DECIMALS)
        inside = far <= limit
        inside[0] = True
        examples = tuple(int(row) for row in left[inside])
        holes.append(
            Hole(
                examples=examples,
                filler=None,
                distance=nearest_pool[first],
                gap=float(distances[list(examples)].max()),
            )
        )
        left = left[~inside]
    return sorted(holes, key=lambda hole: (-len(hole.examples), hole.examples[0]))
