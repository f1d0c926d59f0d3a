"""Seeded orders of rows that depend on their ids or on their content, never on their positions."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray


def seeded_order(ids: NDArray[np.uint64], *, seed: int) -> NDArray[np.int64]:
    """(rows,) positions ordered by hash(seed, row id), ties by id.

    Two views that hold the same rows in another order give the same sequence of rows.
    """
    ids = np.asarray(ids, dtype=np.uint64)
    return np.lexsort((ids, _hashes(ids, seed)))


def first_in_seeded_order(ids: NDArray[np.uint64], size: int, *, seed: int) -> NDArray[np.int64]:
    """(size,) ascending positions of the first ``size`` rows of :func:`seeded_order`, of which there are so many.

    The rows are not ordered to find them: O(rows).
    """
    hashes = _hashes(np.asarray(ids, dtype=np.uint64), seed)
    first = np.flatnonzero(hashes <= np.partition(hashes, size - 1)[size - 1])
    # The hash is a bijection: only an id that is there twice can tie at the end.
    return first if len(first) == size else np.sort(seeded_order(ids, seed=seed)[:size])


def _hashes(ids: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    return _mix(ids ^ _mix(np.array([seed & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64)))


def content_order(contents: Sequence[bytes], *, seed: int) -> NDArray[np.int64]:
    """(rows,) positions ordered by hash(seed, content), ties by content.

    One set of texts has one order, whatever ids their rows have: what reads the rows in this order gives one value for
    them. Rows of equal content stand side by side; which of them comes first makes no difference. O(bytes).
    """
    key = (seed & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "little")
    hashes = [blake2b(content, digest_size=8, key=key).digest() for content in contents]
    return np.array(sorted(range(len(contents)), key=lambda row: (hashes[row], contents[row])), dtype=np.int64)


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64: every input bit reaches every output bit."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
