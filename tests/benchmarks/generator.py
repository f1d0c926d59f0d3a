"""The benchmark incidence: as many rows, entries and types as the mid band of a 117,000-response corpus."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.selection.incidence import Incidence, from_entries


def incidence(*, rows: int = 117_000, types: int = 31_000, entries: int = 2_800_000, seed: int = 0) -> Incidence:
    """Zipf-like types over rows of log-normal richness, about ``entries`` entries.

    A type of rank r occurs in proportion to 1 / (r + 600), which puts document frequencies between roughly
    ten and five hundred at the default sizes, as in the mid band of real text.
    """
    generator = np.random.default_rng(seed)
    weight = 1.0 / (np.arange(types) + types / 50.0)
    weight /= weight.sum()
    richness = generator.lognormal(0.0, 0.9, rows)
    lengths = np.maximum(1, np.round(richness * entries * 1.02 / richness.sum())).astype(np.int64)
    drawn = generator.choice(types, size=int(lengths.sum()), p=weight)
    relabel = generator.permutation(types)  # a token's number says nothing about its frequency
    return from_entries(rows=np.repeat(np.arange(rows), lengths), keys=relabel[drawn], shape=rows)


def row_ids(rows: int, *, seed: int = 0) -> NDArray[np.uint64]:
    """Ascending 64-bit row ids."""
    return np.sort(np.random.default_rng(seed + 1).integers(0, 2**63, rows, dtype=np.uint64))
