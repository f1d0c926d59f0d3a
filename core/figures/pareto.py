"""The Pareto frontier of points: those that no other point beats on both axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def pareto(x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray) -> list[int]:
    """Positions of the points that no other point beats on both, by ascending x, without NaN points.

    Of several points at the same place the first is given.
    """
    finite = [(float(a), float(b), i) for i, (a, b) in enumerate(zip(x, y)) if math.isfinite(a) and math.isfinite(b)]
    frontier, highest = [], -math.inf
    for _, b, i in sorted(finite, key=lambda point: (-point[0], -point[1], point[2])):
        if b > highest:
            frontier.append(i)
            highest = b
    return frontier[::-1]
