"""Greedy log-determinant: each choice adds the most volume to the span of the chosen rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.progress import Progress, silent
from core.selection.greedy.lazy_greedy import Chosen, choose_falling
from core.selection.plan import Rows, no_rows

if TYPE_CHECKING:
    import torch

REFRESH = 1000  # choices between two full inversions, which remove the accumulated rounding


class Leverage:
    """The leverage xᵀA⁻¹x with A = λI + Σ ssᵀ over the chosen rows s; choosing x adds log(1 + xᵀA⁻¹x) to log det A."""

    cheap = True

    def __init__(self, vectors: NDArray[np.float32], *, ridge: float, chosen: Rows) -> None:
        self.vectors = vectors
        base = vectors[chosen].astype(np.float64)
        self.matrix = ridge * np.eye(vectors.shape[1]) + base.T @ base  # (d, d) float64
        self.inverse = np.linalg.inv(self.matrix)
        self.choices = 0
        longest = float(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64).max(initial=0))
        self.slack = 2e-6 * longest / ridge

    def choose(self, row: int) -> NDArray[np.float32]:
        vector = self.vectors[row].astype(np.float64)
        push = self.inverse @ vector
        push /= np.sqrt(1 + vector @ push)
        self.matrix += np.outer(vector, vector)
        self.inverse -= np.outer(push, push)
        self.choices += 1
        if self.choices % REFRESH == 0:
            self.inverse = np.linalg.inv(self.matrix)
        return push.astype(np.float32)

    def state(self) -> dict[str, NDArray[Any]]:
        """What :meth:`resume` goes on from, rounding included."""
        return {"matrix": self.matrix, "inverse": self.inverse, "choices": np.array([self.choices])}

    def resume(self, state: Mapping[str, NDArray[Any]]) -> None:
        self.matrix, self.inverse = state["matrix"].copy(), state["inverse"].copy()
        self.choices = int(state["choices"][0])

    def lowered(self, values: torch.Tensor, products: torch.Tensor) -> torch.Tensor:
        return values - products.square().sum(dim=1).to(values.dtype)

    def exact(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        vectors = self.vectors[rows].astype(np.float64)
        return np.einsum("ij,ij->i", vectors @ self.inverse, vectors)


def log_det_greedy(
    vectors: NDArray[np.float32],
    *,
    count: int,
    ridge: float = 1.0,
    given: Rows | None = None,
    until: int | None = None,
    begun: Mapping[str, NDArray[Any]] | None = None,
    device: str = "cpu",
    progress: Progress = silent,
) -> Chosen:
    """Choose rows of ``vectors`` (n, d), scaled by their quality, that raise log det(I + S/λ) the most.

    ``values`` and ``left`` of the result are gains log(1 + xᵀA⁻¹x). As ``ridge`` (λ) grows, long vectors win over new
    directions; as it falls towards 0 the choice becomes that of an orthogonal basis first. O(n·d) a choice at most.
    With ``until`` it stops after so many rows, and goes on from the result's ``search`` as ``begun``.
    """
    given = no_rows() if given is None else given
    objective = Leverage(vectors, ridge=ridge, chosen=given)
    values = np.empty(len(vectors))
    if begun is None:
        for start in range(0, len(vectors), 8192):
            block = np.arange(start, min(start + 8192, len(vectors)))
            values[block] = objective.exact(block)
        values[given] = -np.inf
    else:
        objective.resume(begun)
    chosen = choose_falling(
        vectors,
        objective,
        values,
        count=min(count, len(vectors) - len(given)),
        until=until,
        begun=begun,
        device=device,
        progress=progress,
    )
    left = np.where(np.isfinite(chosen.left), np.log1p(np.maximum(chosen.left, 0)), -np.inf)
    search = None if chosen.search is None else {**chosen.search, **objective.state()}
    return Chosen(chosen.order, np.log1p(np.maximum(chosen.values, 0)), left, search)
