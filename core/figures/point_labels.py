"""Names beside points of a scatter: each in the first free place around its point, none over another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

LETTER, LINE = 7.2, 18.0  # pixels of a letter and of a line at size 13
AWAY = 15.0  # pixels from the point's middle to the label's
Anchor = Literal["left", "center", "right"]
PLACES: tuple[tuple[float, float, Anchor], ...] = (
    (0.0, AWAY, "center"),
    (0.0, -AWAY, "center"),
    (10.0, 0.0, "left"),
    (-10.0, 0.0, "right"),
)


@dataclass(frozen=True)
class PointLabel:
    """The label of point ``at``, moved by ``x`` and ``y`` pixels (up is positive) from it."""

    at: int
    x: float
    y: float
    anchor: Anchor


def point_labels(
    x: NDArray[np.float64], y: NDArray[np.float64], names: Sequence[str], *, width: float, height: float
) -> list[PointLabel]:
    """Labels for the points (n,) in their order, where one of above, below, right, left is free; else none.

    ``width`` and ``height`` are the plot's pixels, over which the points spread from end to end. A label lies over no
    earlier label and over no point. A smaller plot has fewer labels.
    """
    if not len(names):
        return []
    across = _pixels(x, width)
    up = _pixels(y, height)
    taken: list[tuple[float, float, float, float]] = [
        (px - 6, py - 6, px + 6, py + 6) for px, py in zip(across, up, strict=True)
    ]
    placed = []
    for at, name in enumerate(names):
        half = LETTER * len(name) / 2
        for dx, dy, anchor in PLACES:
            middle = across[at] + dx + (half if anchor == "left" else -half if anchor == "right" else 0)
            box = (middle - half, up[at] + dy - LINE / 2, middle + half, up[at] + dy + LINE / 2)
            if box[0] < -40 or box[2] > width + 40 or any(_meet(box, other) for other in taken):
                continue
            taken.append(box)
            placed.append(PointLabel(at, dx, dy, anchor))
            break
    return placed


def _pixels(values: NDArray[np.float64], extent: float) -> NDArray[np.float64]:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if high <= low:
        return np.full(len(values), extent / 2)
    return np.nan_to_num((values - low) / (high - low) * extent, nan=-1e6)


def _meet(box: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
