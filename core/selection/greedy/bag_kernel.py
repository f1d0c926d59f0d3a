"""Repeated scans of a queue, compiled: a row passes when it brings a tag that is new to the scan."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]


@njit(cache=True)
def scan_bags(
    queue: Array, indptr: Array, tags: Array, kinds: int, given: Array, count: int
) -> tuple[Array, Array, Array, Array]:
    """Scan ``queue`` (rows, best first) repeatedly, each time with an empty bag of tags, until ``count`` rows passed.

    The first bag holds the tags of ``given`` rows. Returns the rows in the order in which they passed, how many new
    tags each brought, the scan (from 0) in which it passed, and the remaining rows, in the order of the queue.
    """
    seen = np.full(kinds, -1, dtype=np.int64)  # the last scan in which each tag was in the bag
    for row in given:
        for edge in range(indptr[row], indptr[row + 1]):
            seen[tags[edge]] = 0
    order = np.empty(count, dtype=np.int64)
    fresh = np.empty(count, dtype=np.int64)
    scans = np.empty(count, dtype=np.int64)
    left = queue.copy()
    waiting = len(left)
    taken = 0
    scan = 0
    while waiting > 0 and taken < count:
        kept = 0
        for place in range(waiting):
            row = left[place]
            new = 0
            if taken < count:
                for edge in range(indptr[row], indptr[row + 1]):
                    if seen[tags[edge]] != scan:
                        new += 1
            if new == 0:
                left[kept] = row
                kept += 1
                continue
            for edge in range(indptr[row], indptr[row + 1]):
                seen[tags[edge]] = scan
            order[taken] = row
            fresh[taken] = new
            scans[taken] = scan
            taken += 1
        waiting = kept
        scan += 1
    return order[:taken], fresh[:taken], scans[:taken], left[:waiting]
