"""Which points lie inside the boxes and lassos that the user drew on a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def inside(geometry: Mapping[str, Any], xy: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(points,) True where ``xy`` (points, 2) lies in any box or lasso of ``geometry``.

    ``geometry`` is Streamlit's selection: "box" holds ``{"x": [x0, x1], "y": [y0, y1]}`` with corners in any order,
    edges included; "lasso" holds the corners ``{"x": [...], "y": [...]}`` of closed lines, where a point is inside
    when a ray from it crosses the line an odd number of times. Other shapes are ignored.
    """
    points = np.asarray(xy, dtype=np.float64)
    within = np.zeros(len(points), dtype=bool)
    for box in geometry.get("box") or ():
        (left, right), (low, high) = sorted(map(float, box["x"][:2])), sorted(map(float, box["y"][:2]))
        within |= (points[:, 0] >= left) & (points[:, 0] <= right) & (points[:, 1] >= low) & (points[:, 1] <= high)
    for lasso in geometry.get("lasso") or ():
        _add_lasso(within, points, lasso["x"], lasso["y"])
    return within


def _add_lasso(within: NDArray[np.bool_], points: NDArray[np.float64], x: Sequence[float], y: Sequence[float]) -> None:
    """Mark, in place, the points inside one closed line; O(points · log + crossings of each point's height)."""
    corners = np.column_stack([np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)])  # (corners, 2)
    if len(corners) < 3:
        return
    low, high = corners.min(axis=0), corners.max(axis=0)
    near = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1) & ~within)
    near = near[np.argsort(points[near, 1], kind="stable")]  # an edge then concerns the points of one slice
    px, py = points[near, 0], points[near, 1]
    odd = np.zeros(len(near), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        first, last = np.searchsorted(py, [min(y0, y1), max(y0, y1)])  # half-open: a ray through a corner counts once
        odd[first:last] ^= px[first:last] < x0 + (py[first:last] - y0) * (x1 - x0) / (y1 - y0)
    within[near[odd]] = True
