"""Exact lazy greedy choice of the row with the largest value, where values only fall as rows are chosen.

Farthest-first traversal and log-determinant greedy both have this form: a row's value depends on the chosen rows
through products with one vector for each choice. Updating every row at every choice costs n·k matrix-vector work,
bound by memory. Instead a few thousand rows with the largest values are *active* and updated by one product for each
choice. The other rows wait: their stale values are upper bounds, and nothing is computed for them as long as the best
active value exceeds these bounds. When it no longer does, one matrix product applies all choices since then to every
row. Single-precision products only *screen*: candidates within rounding of the best are compared in double precision,
ties by the lower index, so that block sizes, threads and the device do not affect a choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.device import block_rows, full_precision
from core.progress import Progress, silent

if TYPE_CHECKING:
    import torch

FEWEST_ACTIVE, MOST_ACTIVE = 1024, 65536
DECIMALS = 10  # exact values that agree to so many decimals are ties


class Falling(Protocol):
    """A value of each row that only falls as rows are chosen."""

    slack: float  # how far a single-precision value may be from the exact one
    cheap: bool  # whether exact values are computed at every choice, and not only to decide near ties

    def choose(self, row: int) -> NDArray[np.float32]:
        """Choose ``row`` and return the (d,) vector whose products with the other rows lower their values."""

    def lowered(self, values: torch.Tensor, products: torch.Tensor) -> torch.Tensor:
        """``values`` (rows,) float64 after choices whose vectors gave ``products`` (rows, choices) float32."""

    def exact(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """(rows,) the values in double precision."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """``order`` (count,) are the rows in the order of choice, ``values`` (count,) their values at that time, and
    ``left`` (n,) every row's value after the last choice (-inf for a chosen or barred row). Where the choice was
    stopped, ``search`` holds what it goes on from, and finite values of ``left`` only mark the rows to come."""

    order: NDArray[np.int64]
    values: NDArray[np.float64]
    left: NDArray[np.float64]
    search: Mapping[str, NDArray[Any]] | None = None


@full_precision()
def choose_falling(
    vectors: NDArray[np.float32],
    objective: Falling,
    values: NDArray[np.float64],
    *,
    count: int,
    active: int = 4096,
    floor: float = -np.inf,
    until: int | None = None,
    begun: Mapping[str, NDArray[Any]] | None = None,
    device: str = "cpu",
    progress: Progress = silent,
) -> Chosen:
    """Choose ``count`` rows of ``vectors`` (n, d), each the one whose value is largest when it is chosen.

    ``values`` (n,) are the values at the start, -inf bars a row. Stops early when no value exceeds ``floor``.
    ``active`` is the initial number of active rows; the number adapts, and affects the speed only. With ``until`` the
    choice stops after so many rows; given the result's ``search`` as ``begun``, and an ``objective`` that knows the
    rows chosen so far, it goes on as if it had never stopped, to the last bit.
    """
    import torch

    device = _with_doubles(device)
    space = torch.from_numpy(vectors).to(device)  # (n, d)
    bounds = torch.from_numpy(values.astype(np.float64)).to(device)  # (n,)
    rows = len(vectors)
    order: list[int] = []
    worth: list[float] = []
    stretch = 1  # after a tie at the edge of the active rows, a round is repeated with more rows, and kept short
    pause = count if until is None else min(until, count)
    if begun is not None:
        order, worth = begun["order"].tolist(), begun["values"].tolist()
        bounds = torch.from_numpy(begun["bounds"].copy()).to(device)
        active, stretch = (int(number) for number in begun["pace"])
    while len(order) < count:
        size = min(rows, active * stretch)
        waiting: list[NDArray[np.float32]] = []
        if begun is None:
            top, members = torch.topk(bounds, size, sorted=True)
            outside = float(top[-1]) if size < rows else -np.inf  # no waiting row has a larger value
            if float(top[0]) <= floor:
                break
            members, _ = torch.sort(members)  # ties by the lower index
            mine = bounds[members]
        else:  # in the middle of the round that was stopped
            members, mine = (torch.from_numpy(begun[name]).to(device) for name in ("members", "mine"))
            outside, waiting = float(begun["outside"][0]), list(begun["waiting"])
            begun = None
        inner = space[members]
        most = min(count - len(order) + len(waiting), size if stretch == 1 else 16)
        while len(waiting) < most:
            if pause <= len(order) < count:
                barred = bounds.cpu().numpy().copy()
                barred[order] = -np.inf
                search = {
                    "order": np.asarray(order, dtype=np.int64),
                    "values": np.asarray(worth),
                    "bounds": bounds.cpu().numpy(),
                    "pace": np.array([active, stretch]),
                    "members": members.cpu().numpy(),
                    "mine": mine.cpu().numpy(),
                    "outside": np.array([outside]),
                    "waiting": np.stack(waiting) if waiting else np.empty((0, vectors.shape[1]), dtype=np.float32),
                }
                return Chosen(search["order"], search["values"], barred, search)
            best = float(mine.max())
            if best <= floor or not np.isfinite(best) or best - objective.slack <= outside + objective.slack:
                break
            near = torch.nonzero(mine >= best - 2 * objective.slack).ravel()
            place, value = _decide(objective, members, near, best)
            row = int(members[place])
            vector = objective.choose(row)
            waiting.append(vector)
            order.append(row)
            worth.append(value)
            pushed = torch.from_numpy(vector).to(device)
            mine = objective.lowered(mine, (inner @ pushed)[:, None])
            mine[place] = -np.inf
            if len(order) % 64 == 0:
                progress(len(order), pause, "rows chosen")
        if not waiting:
            if size == rows:
                break
            stretch *= 4
            continue
        stretch = 1
        bounds[torch.as_tensor(order[-len(waiting) :], device=device)] = -np.inf
        _flush(space, bounds, objective, np.stack(waiting), device)
        if len(waiting) * active < rows:
            active = min(MOST_ACTIVE, active * 2)
        elif len(waiting) * active > 16 * rows:
            active = max(FEWEST_ACTIVE, active // 2)
    progress(count, count, "rows chosen")
    return Chosen(np.asarray(order, dtype=np.int64), np.asarray(worth), bounds.cpu().numpy())


def lower_all(
    vectors: NDArray[np.float32],
    objective: Falling,
    values: NDArray[np.float64],
    pushed: NDArray[np.float32],
    *,
    device: str = "cpu",
) -> NDArray[np.float64]:
    """``values`` (n,) lowered by choices with the vectors ``pushed`` (choices, d), such as rows given at the start."""
    import torch

    device = _with_doubles(device)
    bounds = torch.from_numpy(values.copy()).to(device)
    space = torch.from_numpy(vectors).to(device)
    for start in range(0, len(pushed), 512):
        _flush(space, bounds, objective, pushed[start : start + 512], device)
    return bounds.cpu().numpy()


def _with_doubles(device: str) -> str:
    return "cpu" if device == "mps" else device  # Apple's GPU has no double precision


def _decide(objective: Falling, members: torch.Tensor, near: torch.Tensor, best: float) -> tuple[int, float]:
    places = near.cpu().numpy()
    if len(places) == 1 and not objective.cheap:
        return int(places[0]), best
    exact = objective.exact(members[near].cpu().numpy())
    place = int(np.argmax(np.round(exact, DECIMALS)))
    return int(places[place]), float(exact[place])


def _flush(
    space: torch.Tensor, bounds: torch.Tensor, objective: Falling, pushed: NDArray[np.float32], device: str
) -> None:
    import torch

    directions = torch.from_numpy(np.ascontiguousarray(pushed)).to(device).T  # (d, choices)
    step = block_rows(width=directions.shape[1] * 3, device=device)
    for start in range(0, len(bounds), step):
        block = slice(start, start + step)
        bounds[block] = objective.lowered(bounds[block], space[block] @ directions)
