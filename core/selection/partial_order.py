"""The rest of an order that was stopped: which rows are still to come, and from what its search goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.counted import counted
from core.errors import DiverscopeError


class OrderTooShort(DiverscopeError):
    """A request needs more of an order than is known so far: ``wanted`` rows of it, at least."""

    def __init__(self, *, ordered: int, wanted: int) -> None:
        super().__init__(
            f"{counted(ordered, 'row')} are ordered so far, and this needs {wanted:,}.", remedy="Order further."
        )
        self.wanted = wanted


@dataclass(frozen=True, eq=False, kw_only=True)
class Unordered:
    """``rows`` (pool rows,) are those that the order will hold and that have no place in it yet.

    ``search`` are the arrays from which the strategy goes on, so that it comes to the same order as without a stop.
    """

    rows: NDArray[np.bool_]
    search: Mapping[str, NDArray[Any]]

    @classmethod
    def among(cls, places: NDArray[np.int64], *, pool_rows: int, search: Mapping[str, NDArray[Any]]) -> Unordered:
        """The rest at the pool positions ``places``."""
        rows = np.zeros(pool_rows, dtype=np.bool_)
        rows[places] = True
        return cls(rows=rows, search=search)

    @property
    def places(self) -> NDArray[np.int64]:
        """Pool positions of the rows, ascending."""
        return np.flatnonzero(self.rows)
