"""Bands of least values: which pairs of rows are compared, chosen for the fewest pairs at a stated recall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PERMUTATIONS = 128
RECALL = 0.98  # expected share of the pairs at the threshold that are compared


@dataclass(frozen=True)
class Bands:
    """``bands`` groups of ``values`` least values each; two rows are compared where all values of a band agree."""

    bands: int
    values: int

    def chance(self, similarity: float) -> float:
        """The probability that a pair with this Jaccard similarity is compared: 1 − (1 − sᵛ)ᵇ."""
        return 1 - (1 - similarity**self.values) ** self.bands


def bands_for(threshold: float, *, permutations: int = PERMUTATIONS, recall: float = RECALL) -> Bands:
    """The bands that compare the fewest pairs below ``threshold`` and at least ``recall`` of those at it.

    The pairs below are taken as spread evenly over all similarities from 0 to the threshold. A higher threshold allows
    more values a band, so far fewer pairs; a higher recall needs more bands. Source: Leskovec, Rajaraman and Ullman,
    Mining of Massive Datasets, section 3.4. Raises ValueError where no bands reach the recall.
    """
    below = np.linspace(0, threshold, 200)
    able = []
    for values in range(1, permutations + 1):
        for bands in range(1, permutations // values + 1):
            made = Bands(bands, values)
            if made.chance(threshold) >= recall:
                wasted = float(np.mean([made.chance(float(similarity)) for similarity in below]))
                able.append((wasted, bands * values, made))
                break  # more bands of as many values only compare more
    if not able:
        raise ValueError(f"{permutations} permutations have no bands that find {recall:.0%} of pairs at {threshold:g}")
    return min(able, key=lambda choice: choice[:2])[2]
