"""GIP: rows whose span takes in as much as possible of a user's examples, one row at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.progress import Progress, silent
from core.selection.greedy.lazy_greedy import DECIMALS, Chosen
from core.selection.plan import Rows, no_rows

BLOCK = 16_384
MOST_STEPS = 512  # choices between two computations of every row's gain anew, which remove the accumulated rounding
NEAR = 1e-4  # rows whose single-precision gain is within this share of the best are compared in double precision
FLOOR = 1e-12  # of what all examples are: a row that adds less adds nothing


class Span:
    """What the chosen rows leave of the examples: A = λI + Σ ssᵀ over the chosen rows s, and A⁻¹ Q Qᵀ A⁻¹."""

    def __init__(self, vectors: NDArray[np.float32], examples: NDArray[np.float32], ridge: float, chosen: Rows) -> None:
        aims = examples.astype(np.float64)
        self.vectors, self.ridge = vectors, ridge
        self.aims = aims.T @ aims  # (d, d) Q Qᵀ
        base = vectors[chosen].astype(np.float64)
        self.matrix = ridge * np.eye(vectors.shape[1]) + base.T @ base
        self.whole = float(np.trace(self.aims))
        self.renew()

    def renew(self) -> None:
        """Compute the inverse and every row's two quadratic forms anew: (rows,) xᵀA⁻¹x and xᵀA⁻¹QQᵀA⁻¹x."""
        self.inverse = np.linalg.inv(self.matrix)
        left = self._left()
        self.leverage, self.reach = np.empty(len(self.vectors)), np.empty(len(self.vectors))
        for start in range(0, len(self.vectors), BLOCK):
            block = self.vectors[start : start + BLOCK]
            for form, kept in ((self.inverse, self.leverage), (left, self.reach)):
                kept[start : start + BLOCK] = np.einsum("nd,nd->n", block @ form.astype(np.float32), block)
        self.steps = 0

    def _left(self) -> NDArray[np.float64]:
        return self.inverse @ self.aims @ self.inverse

    def choose(self, row: int) -> None:
        """Take ``row`` in: one product of all vectors with two directions."""
        vector = self.vectors[row].astype(np.float64)
        push = self.inverse @ vector
        push /= np.sqrt(1 + vector @ push)
        pulled = self.inverse @ (self.aims @ push)
        products = (self.vectors @ np.stack((push, pulled), axis=1).astype(np.float32)).astype(np.float64)
        along, pull = products[:, 0], products[:, 1]
        self.leverage -= along * along
        self.reach += along * (float(push @ self.aims @ push) * along - 2 * pull)
        self.matrix += np.outer(vector, vector)
        self.inverse -= np.outer(push, push)
        self.steps += 1

    def gains(self) -> NDArray[np.float64]:
        """(rows,) what each row would add, in single precision."""
        return self.ridge * np.maximum(self.reach, 0) / (1 + np.maximum(self.leverage, 0))

    def exact(self, rows: Rows) -> NDArray[np.float64]:
        """(rows,) the gains in double precision."""
        vectors = self.vectors[rows].astype(np.float64)
        within = vectors @ self.inverse
        reach = np.einsum("nd,nd->n", within @ self.aims, within)
        return self.ridge * reach / (1 + np.einsum("nd,nd->n", within, vectors))

    def state(self) -> dict[str, NDArray[Any]]:
        """What :meth:`resume` goes on from, rounding included."""
        return {"matrix": self.matrix, "inverse": self.inverse, "leverage": self.leverage, "reach": self.reach,
                "steps": np.array([self.steps])}  # fmt: skip

    def resume(self, state: Mapping[str, NDArray[Any]]) -> None:
        self.matrix, self.inverse, self.leverage, self.reach = (
            state[name].copy() for name in ("matrix", "inverse", "leverage", "reach")
        )
        self.steps = int(state["steps"][0])


def widen_span(
    vectors: NDArray[np.float32],
    examples: NDArray[np.float32],
    *,
    count: int,
    ridge: float,
    given: Rows | None = None,
    until: int | None = None,
    begun: Mapping[str, NDArray[Any]] | None = None,
    progress: Progress = silent,
) -> Chosen:
    """Choose ``count`` rows of ``vectors`` (n, d), each that by which the projection of ``examples`` (m, d) grows most.

    The projection onto the span of the chosen rows S is Σ_q qᵀ(I − λA⁻¹)q with A = λI + SᵀS; as λ (``ridge``) falls to
    0 it is Σ_q ‖P_S q‖². Choosing x adds λ · ‖Qᵀ A⁻¹ x‖² / (1 + xᵀA⁻¹x), which need not fall as rows are chosen, so
    every row's value is kept up to date: O(n · d) a choice. ``given`` rows are in the span at the start. It ends early
    when no row adds anything. With ``until`` it stops after so many rows, and goes on from the result's ``search`` as
    ``begun``.
    """
    given = no_rows() if given is None else given
    order: list[int] = [] if begun is None else begun["order"].tolist()
    values: list[float] = [] if begun is None else begun["values"].tolist()
    span = Span(vectors, examples, ridge, given)
    if begun is not None:
        span.resume(begun)
    barred = np.zeros(len(vectors), dtype=np.bool_)
    barred[given] = True
    barred[order] = True
    most = min(count, len(vectors) - len(given))
    pause = most if until is None else min(until, most)
    anew = begun["anew"][0] if begun is not None else np.inf  # the best gain when all were last computed
    while len(order) < pause:
        gains = span.gains()
        gains[barred] = -np.inf
        best = float(gains.max())
        if span.steps and (span.steps >= MOST_STEPS or best < anew / 2):
            span.renew()
            gains = span.gains()
            gains[barred] = -np.inf
            best = anew = float(gains.max())
        elif not span.steps:
            anew = best
        near = np.flatnonzero(gains >= best * (1 - NEAR))
        exact = np.round(span.exact(near), DECIMALS)
        place = int(np.argmax(exact))
        if exact[place] <= FLOOR * span.whole:
            break
        row = int(near[place])
        span.choose(row)
        barred[row] = True
        order.append(row)
        values.append(float(exact[place]))
        if len(order) % 64 == 0:
            progress(len(order), pause, "rows chosen")
    left = np.full(len(vectors), -np.inf)
    for start in range(0, len(vectors), BLOCK):
        rows = start + np.flatnonzero(~barred[start : start + BLOCK])
        left[rows] = span.exact(rows)
    progress(pause, pause, "rows chosen")
    stopped = pause == len(order) < most
    search = {"order": np.asarray(order, dtype=np.int64), "values": np.asarray(values), "anew": np.array([anew]),
              **span.state()} if stopped else None  # fmt: skip
    return Chosen(np.asarray(order, dtype=np.int64), np.asarray(values, dtype=np.float64), left, search)
