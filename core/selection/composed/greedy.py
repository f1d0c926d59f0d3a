"""Exact lazy greedy choice by a product of powers, of which two factors fall as rows are chosen.

The product is compared by its logarithm. Distance to the chosen rows and balance only fall, so a row's stale value is
an upper bound of its present one: a few thousand rows with the largest bounds are active and updated at every choice,
the others wait until the best active value no longer exceeds their bounds; then one matrix product applies all choices
since then to every row. Single-precision cosines only screen, with an interval for each row: rows whose intervals reach
that of the best are compared in double precision, ties by the lower row, so that blocks, threads and the device change
no choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.device import block_rows, full_precision
from core.progress import Progress, silent
from core.selection.composed.balance import Balance
from core.selection.composed.cosines import ERROR, largest_cosines
from core.selection.plan import Rows

FLOOR = 1e-6  # the distance factor of a copy, so that no product is 0
DECIMALS = 9  # logarithms that agree to so many decimals are ties
TIE = 2e-9
FEWEST_ACTIVE, MOST_ACTIVE = 1024, 65536


@dataclass(frozen=True, eq=False, kw_only=True)
class Composed:
    """``order`` (count,) rows as they were taken and ``logs`` (n,) the logarithm of every row's product.

    ``distance`` and ``balance`` (n,) are those factors. Of a taken row all three are as when it was taken, of any other
    row beside all taken rows. A barred row has −inf. Where the choice was ``stopped``, the rows not taken have the
    logarithm 0 instead: they are still to come.
    """

    order: NDArray[np.int64]
    logs: NDArray[np.float64]
    distance: NDArray[np.float64]
    balance: NDArray[np.float64]
    stopped: bool = False


@full_precision()
def choose_composed(
    fixed: NDArray[np.float64],
    *,
    count: int,
    vectors: NDArray[np.float32] | None = None,
    diversity: float = 0.0,
    balance: Balance | None = None,
    evenness: float = 0.0,
    given: Rows,
    active: int = 4096,
    until: int | None = None,
    begun: Mapping[str, NDArray[Any]] | None = None,
    device: str = "cpu",
    progress: Progress = silent,
) -> Composed:
    """Take ``count`` rows, each the one whose product is largest when it is taken.

    The product's logarithm is ``fixed`` (n,), −inf bars a row, + ``diversity`` · ln((1 − max cos to a chosen row) / 2)
    + ``evenness`` · ln(balance). ``vectors`` (n, d) have unit length and are read where diversity counts. Before any
    row is chosen no distance counts; where that leaves ties and diversity counts, the row with the largest mean cosine
    to all is first. ``given`` rows count as chosen and are not taken. ``active`` affects the speed only.
    O(n·count·d) at worst, in matrix products. With ``until`` the choice stops after so many rows; it goes on from
    ``begun``, the ``order`` so far and the ``logs``, ``distance`` and ``balance`` of its rows: no choice depends on how
    the search came to them.
    """
    apart = _Distances(vectors, given, device) if vectors is not None and diversity else None
    even = balance if evenness else None
    fixed = fixed.copy()
    fixed[given] = -np.inf
    logs = np.full(len(fixed), -np.inf)
    distance, evened = np.ones(len(fixed)), np.ones(len(fixed))
    order: list[int] = []
    count = min(count, int(np.isfinite(fixed).sum()))
    pause = count if until is None else min(until, count)

    def take(row: int, *, base: float, far: float) -> None:
        """``base`` is the logarithm without distance, ``far`` the distance factor."""
        logs[row], fixed[row], distance[row] = base + diversity * np.log(far), -np.inf, far
        if apart is not None:
            apart.choose(row)
        if even is not None:
            evened[row] = even.of(np.array([row])).values()[0]
            even.take(row)
        order.append(row)
        if len(order) % 64 == 0:
            progress(len(order), pause, "rows chosen")

    if begun is not None:
        order = begun["order"].tolist()
        logs[order], fixed[order] = begun["logs"], -np.inf
        distance[order], evened[order] = begun["distance"], begun["balance"]
        for row in order:
            if apart is not None:
                apart.choose(row)
            if even is not None:
                even.take(row)
        if apart is not None:
            apart.flush()
    elif count and apart is not None and not apart.chosen:
        start = fixed + (evenness * np.log(even.of(np.arange(len(fixed))).values()) if even else 0.0)
        tied = np.flatnonzero(np.round(start, DECIMALS) == np.round(start.max(), DECIMALS))
        first = int(tied[np.argmax(apart.centrality(tied))])
        take(first, base=float(start[first]), far=1.0)
        apart.flush()
    stretch = 1
    while len(order) < pause:
        size = min(len(fixed), active * stretch)
        bounds = fixed + (diversity * apart.log_bounds(slice(None))[1] if apart is not None else 0.0)
        now = bounds + (evenness * np.log(even.of(np.arange(len(fixed))).values()) if even else 0.0)
        members = np.sort(np.argpartition(-now, size - 1)[:size]) if size < len(now) else np.arange(len(now))
        waiting_bound = _Waiting(bounds, now, members, even, evenness)
        own = even.of(members) if even else None
        inner = apart.round(members) if apart is not None else None
        mine = fixed[members]
        taken = 0
        most = min(pause - len(order), size if stretch == 1 else 16)
        while taken < most:
            value = mine + (evenness * np.log(own.values()) if own is not None else 0.0)
            low, high = value, value
            if inner is not None:
                least, most_apart = inner.log_bounds()
                low, high = value + diversity * least, value + diversity * most_apart
            best_low = float(low.max())
            if not np.isfinite(best_low) or best_low - TIE <= waiting_bound.now():
                break
            near = np.flatnonzero(high >= best_low - TIE)
            far = np.ones(len(near))
            if apart is not None and inner is not None:
                far = inner.factor(near) if len(near) == 1 else apart.factor(members[near])
            best = int(np.argmax(np.round(value[near] + diversity * np.log(far), DECIMALS)))
            place = int(near[best])
            row = int(members[place])
            take(row, base=float(value[place]), far=float(far[best]))
            mine[place] = -np.inf
            if inner is not None:
                inner.lower(row)
            taken += 1
        if not taken:
            if size == len(fixed):
                break
            stretch *= 4
            continue
        stretch = 1
        if apart is not None:
            apart.flush()
        if taken * active < len(fixed):
            active = min(MOST_ACTIVE, active * 2)
        elif taken * active > 16 * len(fixed):
            active = max(FEWEST_ACTIVE, active // 2)
    left = np.flatnonzero(np.isfinite(fixed))
    if pause <= len(order) < count:
        logs[left] = 0.0
        return Composed(
            order=np.array(order, dtype=np.int64), logs=logs, distance=distance, balance=evened, stopped=True
        )
    logs[left] = fixed[left]
    if apart is not None:
        distance[left] = apart.exact_of_all(left, progress)
        logs[left] += diversity * np.log(distance[left])
    if even is not None:
        evened[left] = even.of(left).values()
        logs[left] += evenness * np.log(evened[left])
    progress(count, count, "rows chosen")
    return Composed(order=np.array(order, dtype=np.int64), logs=logs, distance=distance, balance=evened)


class _Waiting:
    """The largest value that a row outside the active ones can have; by category where each row has one."""

    def __init__(
        self,
        bounds: NDArray[np.float64],
        now: NDArray[np.float64],
        members: Rows,
        balance: Balance | None,
        evenness: float,
    ) -> None:
        outside = np.ones(len(now), dtype=np.bool_)
        outside[members] = False
        rows = np.flatnonzero(outside)
        self._balance = balance if balance is not None and balance.single is not None else None
        self._evenness = evenness
        if self._balance is None or balance is None or balance.single is None:
            self._largest = np.array([now[rows].max(initial=-np.inf)])
        else:
            self._largest = np.full(len(balance.counts), -np.inf)
            np.maximum.at(self._largest, balance.single[rows], bounds[rows])

    def now(self) -> float:
        if self._balance is None:
            return float(self._largest[0])
        return float((self._largest + self._evenness * np.log(self._balance.worth())).max(initial=-np.inf))


class _Distances:
    """Each row's largest cosine to the chosen rows: single precision for all, double precision for a few."""

    def __init__(self, vectors: NDArray[np.float32], given: Rows, device: str) -> None:
        import torch

        self.vectors = vectors
        self._device = device
        self._space = torch.from_numpy(vectors).to(device)
        self._centres = np.empty((max(64, 2 * len(given)), vectors.shape[1]))  # float64, doubles when full
        self._centres[: len(given)] = vectors[given]
        self.chosen = len(given)
        self._flushed = 0
        self.cosine = np.full(len(vectors), -1.0, dtype=np.float32)  # to the rows chosen before the last flush
        self.flush()

    def choose(self, row: int) -> None:
        if self.chosen == len(self._centres):
            self._centres = np.concatenate((self._centres, np.empty_like(self._centres)))
        self._centres[self.chosen] = self.vectors[row]
        self.chosen += 1

    def flush(self) -> None:
        """Apply every choice since the last flush to all rows."""
        import torch

        for start in range(self._flushed, self.chosen, 512):
            new = torch.from_numpy(self._centres[start : min(start + 512, self.chosen)].astype(np.float32))
            directions = new.to(self._device).T  # (d, choices)
            step = block_rows(width=3 * directions.shape[1], device=self._device)
            for at in range(0, len(self.vectors), step):
                near = (self._space[at : at + step] @ directions).amax(dim=1).cpu().numpy()
                np.maximum(self.cosine[at : at + step], near, out=self.cosine[at : at + step])
        self._flushed = self.chosen

    def log_bounds(self, rows: slice) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(rows,) the least and the largest logarithm that the factor of each row can have, as of the last flush."""
        return _log_bounds(self.cosine[rows], self._flushed > 0)

    def factor(self, rows: Rows) -> NDArray[np.float64]:
        """(rows,) the factor in double precision."""
        if not self.chosen:
            return np.ones(len(rows))
        near = self.vectors[rows].astype(np.float64) @ self._centres[: self.chosen].T  # (rows, chosen)
        return _factor(near.max(axis=1))

    def exact_of_all(self, rows: Rows, progress: Progress) -> NDArray[np.float64]:
        if not self.chosen:
            return np.ones(len(rows))
        centres = self._centres[: self.chosen].astype(np.float32)
        return _factor(largest_cosines(self.vectors[rows], centres, device=self._device, progress=progress))

    def centrality(self, rows: Rows) -> NDArray[np.float64]:
        """(rows,) the mean cosine to all rows."""
        centre = self.vectors.sum(axis=0, dtype=np.float64)
        return np.round(self.vectors[rows] @ centre / len(self.vectors), 9)

    def round(self, members: Rows) -> _Active:
        return _Active(self.vectors, members, self.cosine[members], self.chosen > 0)


class _Active:
    """The largest cosines of the active rows, lowered at every choice."""

    def __init__(self, vectors: NDArray[np.float32], members: Rows, cosine: NDArray[np.float32], any_chosen: bool):
        self._vectors, self._inner = vectors, vectors[members]
        self._cosine, self._any_chosen = cosine.copy(), any_chosen

    def lower(self, row: int) -> None:
        np.maximum(self._cosine, self._inner @ self._vectors[row], out=self._cosine)
        self._any_chosen = True

    def factor(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """(places,) the factor of the active rows at ``places``, in single precision."""
        return _factor(self._cosine[places]) if self._any_chosen else np.ones(len(places))

    def log_bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return _log_bounds(self._cosine, self._any_chosen)


def _factor(cosines: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.clip((1.0 - cosines.astype(np.float64)) / 2, FLOOR, 1.0)


def _log_bounds(cosines: NDArray[np.float32], any_chosen: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if not any_chosen:
        return np.zeros(len(cosines)), np.zeros(len(cosines))
    exact = cosines.astype(np.float64)
    return np.log(_factor(exact + ERROR)), np.log(_factor(exact - ERROR))
