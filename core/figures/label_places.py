"""Where the names of clusters are written on a map: near the middle of each, the largest first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.figures.map_points import MapPoints

MOST = 400  # clusters with a name on the map; the browser shows as many as fit


def label_places(
    points: MapPoints, labels: NDArray[np.int32], names: Sequence[str], *, most: int = MOST
) -> list[tuple[str, float, float]]:
    """Name and middle (median, as shares of the map) of the largest clusters.

    ``labels`` (rows,) are clusters, 0 the largest, −1 for none; ``names`` are those of the clusters.
    """
    count = min(most, len(names), int(labels.max(initial=-1)) + 1)
    order = np.argsort(labels, kind="stable")  # rows of one cluster beside each other
    starts = np.searchsorted(labels[order], np.arange(count + 1))
    shares, places = points.shares, []
    for cluster in range(count):
        inside = shares[order[starts[cluster] : starts[cluster + 1]]]
        if len(inside):
            x, y = np.median(inside, axis=0)
            places.append((names[cluster], float(x), float(y)))
    return places
