"""The factors of a product that orders rows: what each is of a row, and how much of the product is due to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.selection.reason import Fact


@dataclass(frozen=True, eq=False, kw_only=True)
class Factors:
    """The factors of each row of a pool, each in (0, 1], and the exponents by which they enter the product.

    ``values`` (rows, factors) float32: of a chosen row as they were when it was taken, of any other row beside all
    rows that were taken; NaN where a factor does not count or the row has none.
    """

    names: Sequence[str]
    exponents: Sequence[float]
    values: NDArray[np.float32]

    def facts(self, row: int) -> list[Fact]:
        """A fact for each factor that counts: its value, its exponent, its power, its share of what the row lacks.

        A row lacks −ln of its product; a factor's share of that is −exponent · ln(value), 0 for a row that lacks
        nothing.
        """
        own = self.values[row].astype(np.float64)
        pairs = zip(self.exponents, own, strict=True)
        lacks = np.array([-exponent * np.log(value) if exponent else 0.0 for exponent, value in pairs])
        if np.isnan(lacks).any():
            return []
        whole = float(lacks.sum())
        return [
            Fact(
                kind="factor",
                text=name,
                values=(
                    float(value),
                    exponent,
                    float(value**exponent),
                    max(float(lack / whole), 0.0) if whole > 0 else 0.0,
                ),
            )
            for name, exponent, value, lack in zip(self.names, self.exponents, own, lacks, strict=True)
            if exponent
        ]


def share_not_above(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(rows,) the share of ``values`` (rows,) that are not above each one, in (0, 1]; NaN stays NaN, equal are equal.

    It puts scores of any scale on one: a row in the middle has 0.5. Values equal to ten decimals count as equal.
    """
    shares = np.full(len(values), np.nan)
    known = np.flatnonzero(~np.isnan(values))
    rounded = np.round(values[known], 10)
    shares[known] = np.searchsorted(np.sort(rounded), rounded, side="right") / max(len(known), 1)
    return shares
