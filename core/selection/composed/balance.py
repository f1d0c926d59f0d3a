"""How evenly categories are served: what a row's categories are worth beside the rows chosen so far."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.selection.incidence import Incidence
from core.selection.plan import Rows


class Balance:
    """The mean over a row's categories of 1 / (1 + rows chosen of it): 1 for new categories; it only falls.

    The factor by which the sampler of typed plans weighs a type, here as one factor of a product.
    """

    def __init__(self, incidence: Incidence, *, chosen: Rows) -> None:
        """``incidence`` of all rows; every row that may be chosen has a category."""
        self.counts = incidence.counts(chosen)
        self._incidence = incidence
        # (rows,) the category of each row where none has several, else None
        self.single = incidence.types if bool((incidence.per_row == 1).all()) else None
        weights = 1.0 / np.repeat(np.maximum(incidence.per_row, 1), incidence.per_row)
        self._mean = sparse.csr_matrix(
            (weights, incidence.types, incidence.indptr), shape=(incidence.rows, len(incidence.keys))
        )

    def take(self, row: int) -> None:
        """Count ``row`` as chosen."""
        self.counts[self._incidence.of(row)] += 1

    def worth(self) -> NDArray[np.float64]:
        """(categories,) 1 / (1 + rows chosen)."""
        return np.asarray(1.0 / (1.0 + self.counts), dtype=np.float64)

    def of(self, rows: Rows) -> BalanceOfRows:
        """The balance of some rows, to be asked again after each choice."""
        return BalanceOfRows(self, None if self.single is None else self.single[rows], self._mean[rows])


class BalanceOfRows:
    """The balance of a fixed set of rows."""

    def __init__(self, balance: Balance, single: NDArray[np.int32] | None, mean: sparse.csr_matrix) -> None:
        self._balance, self._single, self._mean = balance, single, mean

    def values(self) -> NDArray[np.float64]:
        """(rows,) the factor beside the rows chosen so far."""
        worth = self._balance.worth()
        if self._single is not None:
            return worth[self._single]
        return np.asarray(self._mean @ worth, dtype=np.float64)
