"""A seeded order of rows that depends on their ids alone, never on where they stand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def seeded_order(ids: NDArray[np.uint64], *, seed: int) -> NDArray[np.int64]:
    """(rows,) positions ordered by hash(seed, row id), ties by id.

    Two views that hold the same rows in another order give the same sequence of rows.
    """
    ids = np.asarray(ids, dtype=np.uint64)
    return np.lexsort((ids, _mix(ids ^ _mix(np.array([seed & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64)))))


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64: every input bit reaches every output bit."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
