"""Farthest-first traversal: each choice is the row farthest from all rows chosen before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.progress import Progress, silent
from core.selection.greedy.lazy_greedy import Chosen, choose_falling, lower_all
from core.selection.plan import Rows, no_rows

if TYPE_CHECKING:
    import torch


class Distance:
    """Cosine distance to the nearest chosen row."""

    slack = 4e-6
    cheap = False

    def __init__(self, vectors: NDArray[np.float32], chosen: Rows) -> None:
        self.vectors = vectors
        self.centres = np.empty((max(16, 2 * len(chosen)), vectors.shape[1]))  # (space, d) float64, doubles when full
        self.centres[: len(chosen)] = vectors[chosen]
        self.count = len(chosen)

    def choose(self, row: int) -> NDArray[np.float32]:
        if self.count == len(self.centres):
            self.centres = np.concatenate((self.centres, np.empty_like(self.centres)))
        self.centres[self.count] = self.vectors[row]
        self.count += 1
        return self.vectors[row]

    def lowered(self, values: torch.Tensor, products: torch.Tensor) -> torch.Tensor:
        return values.minimum((1 - products.amax(dim=1)).clamp(min=0).to(values.dtype))

    def exact(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        if self.count == 0:
            return np.full(len(rows), 2.0)
        near = self.vectors[rows].astype(np.float64) @ self.centres[: self.count].T  # (rows, centres)
        return np.maximum(1 - near.max(axis=1), 0)


def medoid(vectors: NDArray[np.float32]) -> int:
    """The row of ``vectors`` (n, d) with the largest mean cosine to all rows, ties by the lower index."""
    centre = vectors.sum(axis=0, dtype=np.float64)
    return int(np.argmax(np.round(vectors @ centre / len(vectors), 9)))


def farthest_first(
    vectors: NDArray[np.float32],
    *,
    count: int,
    start: int | None = None,
    given: Rows | None = None,
    until: int | None = None,
    begun: Mapping[str, NDArray[Any]] | None = None,
    device: str = "cpu",
    progress: Progress = silent,
) -> Chosen:
    """Order the rows of ``vectors`` (n, d) unit length farthest-first.

    ``values`` of the result are cosine distances to the nearest row chosen before. The first row, when none is
    ``given``, is ``start`` (the medoid by default) with value 2, the largest possible distance. Rows at distance 0
    from a chosen row (copies) are not chosen. O(n·count·d) at worst, in matrix products. With ``until`` it stops after
    so many rows, and goes on from the result's ``search`` as ``begun``.
    """
    given = no_rows() if given is None else given
    order, worth = np.empty(0, dtype=np.int64), np.empty(0)
    if begun is not None:
        order, worth = begun["first"], begun["first_value"]
        objective = Distance(vectors, np.concatenate((given, order, begun["order"])))
        values = begun["bounds"]
    elif len(given):
        objective = Distance(vectors, given)
        values = np.full(len(vectors), 2.0)
        values[given] = -np.inf
        values = lower_all(vectors, objective, values, vectors[given], device=device)
    else:
        objective = Distance(vectors, given)
        values = np.full(len(vectors), 2.0)
        first = medoid(vectors) if start is None else start
        order, worth = np.array([first]), np.array([2.0])
        values[first] = -np.inf
        values = lower_all(vectors, objective, values, objective.choose(first)[None, :], device=device)
    rest = choose_falling(
        vectors,
        objective,
        values,
        count=max(0, min(count, len(vectors) - len(given)) - len(order)),
        floor=objective.slack,
        until=None if until is None else max(0, until - len(order)),
        begun=begun,
        device=device,
        progress=progress,
    )
    search = None if rest.search is None else {**rest.search, "first": order, "first_value": worth}
    return Chosen(np.concatenate((order, rest.order)), np.concatenate((worth, rest.values)), rest.left, search)
