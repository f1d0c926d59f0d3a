"""NovelSelect, exact: each choice is the row most novel beside all rows chosen before it, weighed by density.

The plain algorithm. With the chosen rows s_1 … s_m, a row x has the distances δ_j = (1 − cos(x, s_j))·(σ_x + σ_j),
σ being the density. Sorted ascending they are δ_(1) ≤ … ≤ δ_(m). Its score is S_m(x) = Σ_r w_r·δ_(r) with falling
rank weights w_r = 1/r^α, and its novelty the weighted mean S_m(x) / Σ_r w_r. The row with the highest quality times
novelty is chosen. Sorting every row at every choice costs n·k²·(d + log k).

The bound. One more chosen row at distance δ enters at some rank p: it adds w_p·δ and pushes the distances from p on
down one rank, each losing δ_(r)·(w_r − w_(r+1)). Every pushed distance is at least δ, so the losses sum to at least
δ·(w_p − w_(m+1)), and the score grows by at most

    w_p·δ − δ·(w_p − w_(m+1)) = δ·w_(m+1).                                                             (1)

Cosines lie in [−1, 1], so δ ≤ 2·(σ_x + σ_j), and a row whose score was known when m_0 rows were chosen has

    S_m(x) ≤ S_(m_0)(x) + 2·σ_x·Σ_r w_r + 2·Σ_r σ_(s_r)·w_r,   both sums over r = m_0 + 1 … m.            (2)

Why the choices are those of the plain algorithm. A row is left unsorted only while its upper bound, times its quality,
is below the best exact score by more than the rounding of single precision can hide; rows within that margin are
settled in double precision, and ties go to the lowest row. A bound that is too high costs a sort, never a choice.

How the work is saved, from cheap to dear:
1. *Waiting* rows have low bounds. They are told of new choices in one matrix product for many choices at a time; until
   then (2) says how high they can have come, from two running sums alone.
2. *Active* rows, those with the highest bounds, are told of a choice when (2) says that they can reach the best score.
   A sketch of each row's distances (see ``novelty_kernel``) then gives a much tighter bound than (2).
3. Rows whose sketch still reaches the best score are sorted.

On a graphics card ``novelty_device`` makes the same choices by a search of its own.

Source: NovelSum (arXiv 2502.17184), NovelSelect as its published code computes it; the bounds are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.device import block_rows
from core.progress import Progress, silent
from core.selection.greedy.lazy_greedy import Chosen
from core.selection.greedy.neighbours import nearest_neighbours
from core.selection.plan import Rows, no_rows

if TYPE_CHECKING:
    from core.selection.greedy.novelty_device import DeviceSearch

HEAD, BINS = 32, 64
FIRST = 4  # rows scored at once at first
MOST_ACTIVE = 16384
SAFETY = 1e-5  # relative: what single precision may take from a bound
TIE = 1e-10  # relative: exact scores this close are ties
REBUILD = 4  # all bins are laid anew each time the chosen rows have grown so many times
WHOLE = ("cuda",)  # devices on which the whole search runs, as ``novelty_device`` does it, with the same choices
STALE = 1.1  # those of rows that become active, when they have grown so many times


def density(
    vectors: NDArray[np.float32],
    *,
    neighbours: int = 10,
    power: float = 0.5,
    device: str = "cpu",
    progress: Progress = silent,
) -> NDArray[np.float64]:
    """(n,) float64 σ = (mean squared L2 distance to the ``neighbours`` nearest other rows + 1e-9)^−power.

    ``vectors`` (n, d) float32 of unit length, without copies. As ``power`` grows rows in dense regions count more; 0
    makes all equal. As ``neighbours`` grows the density is smoother.
    """
    if power == 0 or len(vectors) < 2:
        return np.ones(len(vectors))
    nearest = nearest_neighbours(vectors, k=neighbours, device=device, progress=progress)
    return np.asarray((np.maximum(2 - 2 * nearest.cosines.astype(np.float64), 0).mean(axis=1) + 1e-9) ** -power)


@dataclass(frozen=True, eq=False)
class Novel:
    """``chosen`` order with the weighted mean novelty each row had; ``sorted_scores`` how often a row was sorted."""

    chosen: Chosen
    sorted_scores: int


def novel_select(
    vectors: NDArray[np.float32],
    sigma: NDArray[np.float64],
    *,
    count: int,
    start: int = 0,
    power: float = 1.0,
    quality: NDArray[np.float64] | None = None,
    given: Rows | None = None,
    active: int = 1024,
    until: int | None = None,
    begun: Mapping[str, NDArray[Any]] | None = None,
    device: str = "cpu",
    progress: Progress = silent,
) -> Novel:
    """Choose ``count`` rows of ``vectors`` (n, d) float32 of unit length with densities ``sigma`` (n,).

    ``start`` is the first row unless rows are ``given``. ``quality`` (n,) positive multiplies the novelty. As
    ``power`` (α) grows only the nearest chosen rows matter; 0 weighs all alike. ``active`` changes the speed only. With
    ``until`` it stops after so many rows, and goes on from the result's ``chosen.search`` as ``begun``: the rows chosen
    so far suffice, because no choice depends on how the search came to them.
    """
    before: NDArray[np.int64] = no_rows() if given is None else given
    rows: NDArray[np.int64] = no_rows()
    values: NDArray[np.float64] = np.empty(0)
    if begun is not None:
        rows, values = begun["order"], begun["values"]
    elif count and not len(before):
        rows, values = np.array([start], dtype=np.int64), np.zeros(1)
    goal = min(count, len(vectors) - len(before))
    pause = goal if until is None else min(until, goal)
    search: DeviceSearch | _Search
    if device.partition(":")[0] in WHOLE:
        from core.selection.greedy.novelty_device import DeviceSearch

        search = DeviceSearch(vectors, sigma, quality, power, min(len(vectors), count + len(before)), device)
        search.take(np.concatenate((before, rows)))
        more, worth = search.choose(max(0, pause - len(rows)), progress)
    else:
        search = _Search(vectors, sigma, quality, power, count, before, device)
        for row in rows.tolist():
            search.take(row)
        if search.size:
            search.flush()
        more, worth = _chosen(search, pause - len(rows), active, progress)
    progress(pause, pause, "rows chosen")
    rows, values = np.concatenate((rows, more)), np.concatenate((values, worth))
    if len(rows) < goal:
        to_come = np.zeros(len(vectors))
        to_come[np.concatenate((before, rows))] = -np.inf
        return Novel(Chosen(rows, values, to_come, {"order": rows, "values": values}), search.sorted_scores)
    return Novel(Chosen(rows, values, search.left()), search.sorted_scores)


def _chosen(
    search: _Search, count: int, active: int, progress: Progress
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The next ``count`` rows, in order, and their weighted mean novelty; ``active`` rows are active at first."""
    order: list[int] = []
    worth: list[float] = []
    every = len(search.vectors)
    while len(order) < count:
        before = len(order)
        search.activate(active)
        while len(order) < count and (len(order) == before or not search.due):
            row, value = search.best()
            if row < 0:
                break
            search.take(row)
            order.append(row)
            worth.append(value)
            if len(order) % 32 == 0:
                progress(len(order), count, "rows chosen")
        search.flush()
        taken = len(order) - before
        if not taken or taken * active < every // 2:
            active = min(active * 2, max(MOST_ACTIVE, 4 * active if not taken else 0))
        elif taken * active > 8 * every:
            active = max(512, active // 2)
    return np.asarray(order, dtype=np.int64), np.asarray(worth, dtype=np.float64)


class _Search:
    """The chosen rows, every row's sketch and bound, and which rows are active."""

    def __init__(
        self,
        vectors: NDArray[np.float32],
        sigma: NDArray[np.float64],
        quality: NDArray[np.float64] | None,
        power: float,
        count: int,
        given: Rows,
        device: str,
    ) -> None:
        import torch

        rows = len(vectors)
        room = min(rows, count + len(given))
        self.vectors, self.given, self.device = vectors, given, device
        self.space = torch.from_numpy(vectors).to(device)  # (n, d) the same vectors where products are computed
        self.sigma = sigma.astype(np.float32)  # (n,) densities
        self.exact_sigma = sigma.astype(np.float64)
        self.quality = np.ones(rows) if quality is None else quality.astype(np.float64)  # (n,) multiplies the score
        ranks = max(room, HEAD)  # the kernels look up the rank at which an empty bin ends, HEAD at first
        self.weight = np.arange(1, ranks + 2, dtype=np.float64) ** -power  # (ranks + 1,) w_r
        self.fall = self.weight[:-1] - self.weight[1:]  # (ranks,) w_r − w_(r+1)
        self.mass = np.concatenate(([0.0], np.cumsum(self.weight)))  # (ranks + 2,) sums of the first weights
        self.picked = np.empty(room, dtype=np.int64)  # the chosen rows, in order; ``size`` of them are filled
        self.spread = np.zeros(room + 2)  # sums of σ·w over the first chosen rows: the second sum of (2)
        self.pushed = np.empty((room, vectors.shape[1]), dtype=np.float32)  # the chosen rows' vectors, side by side
        self.size = 0  # rows chosen
        self.absorbed = 0  # of them, those that every row's sketch and bound know
        self.built = 0  # rows chosen when all bins were last laid
        self.free = np.ones(rows, dtype=np.bool_)  # (n,) not chosen yet
        self.waiting = np.ones(rows, dtype=np.bool_)  # (n,) free and not active
        self.any_waiting = True
        self.members = np.empty(0, dtype=np.int64)  # the active rows, ascending
        self.head = np.zeros((rows, HEAD), dtype=np.float32)  # (n, head) each row's smallest distances, ascending
        self.edges = np.full((rows, BINS - 1), np.inf, dtype=np.float32)  # (n, bins - 1) distances between two bins
        self.ends = np.full((rows, BINS), HEAD, dtype=np.int32)  # (n, bins) the rank after which each bin ends
        self.total = np.zeros((rows, BINS), dtype=np.float32)  # (n, bins) sum of the distances in each bin
        self.cap = np.zeros(rows)  # (n,) a score that was exact once, plus (1) for each choice since; of nothing 0
        self.bound = np.zeros(rows)  # (n,) at least the score over the ``told`` rows
        self.told = np.zeros(rows, dtype=np.int64)  # (n,) how many of the chosen rows a row's sketch and bound know
        self.laid = np.zeros(rows, dtype=np.int64)  # (n,) how many rows were chosen when the row's bins were laid
        self.followed = np.zeros(rows, dtype=np.bool_)  # (n,) told of each choice since its bins were laid
        self.sorted_scores = 0
        for row in given:
            self.take(int(row))

    @property
    def due(self) -> bool:
        """Whether it is time to lay all bins anew."""
        return self.size >= HEAD and self.size >= REBUILD * self.built

    def take(self, row: int) -> None:
        self.picked[self.size] = row
        self.pushed[self.size] = self.vectors[row]
        self.spread[self.size + 1] = self.spread[self.size] + self.exact_sigma[row] * self.weight[self.size]
        self.free[row] = self.waiting[row] = False
        self.size += 1

    def activate(self, active: int) -> None:
        """Make the free rows with the largest bounds active."""
        free = np.flatnonzero(self.free)
        if active < len(free):
            value = self.quality[free] * self.bound[free]
            free = np.sort(free[np.argpartition(-value, active)[:active]])
        self.members = free
        self.waiting[:] = self.free
        self.waiting[free] = False
        self.any_waiting = bool(self.waiting.any())
        stale = free[~self.followed[free] | (self.laid[free] < self.size / STALE)]
        if self.built and len(stale):
            self._rebuild(stale)

    def renew(self, rows: Rows, floor: float = -np.inf) -> None:
        """Bring the bounds of ``rows`` up to date, where (2) lets a row's score reach ``floor``; skip all others."""
        from core.selection.greedy.novelty_kernel import renew

        slack = (self.quality, self.mass, self.spread, self.told)
        chosen = (self.picked[: self.size], self.pushed, self.sigma)
        sketch = (self.head, self.edges, self.ends, self.total, self.cap)
        renew(rows, floor, *slack, self.vectors, *chosen, *sketch, self.weight, self.fall, self.bound)

    def flush(self) -> None:
        """Bring the bounds of all rows up to date; lay all bins anew when :attr:`due`."""
        if self.due:
            self._rebuild(np.arange(len(self.vectors)))
            self.built = self.size
        elif self.size > self.absorbed:
            self.renew(self.members)
            rows = np.flatnonzero(self.waiting)
            self.followed[rows] = False
            whole = 2 * len(rows) > len(self.vectors)  # gathering most rows would take longer than their products
            step = block_rows(width=4 * max(self.size, 64), device=self.device)
            for begin in range(0, len(self.vectors) if whole else len(rows), step):
                if whole:
                    some = rows[slice(*np.searchsorted(rows, (begin, begin + step)))]
                    cosines = self._cosines(slice(begin, begin + step), self.absorbed)
                    self._absorb(some, some - begin, cosines)
                else:
                    some = rows[begin : begin + step]
                    self._absorb(some, np.arange(len(some)), self._cosines(some, self.absorbed))
        self.absorbed = self.size
        self.told[:] = self.size

    def best(self) -> tuple[int, float]:
        """The best active row and its weighted mean novelty; row −1 when a waiting row may be better.

        Rows are scored in single precision while their bound reaches the best score; those within rounding of it
        are settled in double precision.
        """
        from core.selection.greedy.novelty_kernel import highest, leaders, reaches

        reach = reaches(self.members, self.free, self.quality, self.bound)  # (active,), of chosen rows -inf
        top, batch = -np.inf, FIRST
        part = leaders(reach, top, batch)
        tried: list[tuple[Rows, NDArray[np.float64]]] = []
        while len(part):
            rows = self.members[part]
            if not tried:
                self.renew(rows)
            scores = self._rough(rows)
            self.cap[rows] = scores
            self.bound[rows] = np.minimum(self.bound[rows], scores)
            tried.append((rows, self.quality[rows] * scores))
            top = max(top, float(tried[-1][1].max()))
            if len(tried) == 1:  # only now is it known which others can matter
                self.renew(self.members, top * (1 - 2 * SAFETY))
                reach = reaches(self.members, self.free, self.quality, self.bound)
                reach[self.told[self.members] < self.size] = -np.inf
            reach[part] = -np.inf
            batch = min(64, batch * 2)
            part = leaders(reach, top * (1 - 2 * SAFETY), batch)
        if not tried:
            return -1, 0.0
        rows, values = np.concatenate([rows for rows, _ in tried]), np.concatenate([values for _, values in tried])
        near = rows[values >= top * (1 - 2 * SAFETY)]
        exact = self.quality[near] * self._exact(near)
        row, best = int(near[exact >= exact.max() * (1 - TIE)].min()), float(exact.max())
        later = float(self.mass[self.size] - self.mass[self.absorbed])
        others = 2 * float(self.spread[self.size] - self.spread[self.absorbed])
        if self.any_waiting:
            reachable = highest(self.bound, self.exact_sigma, self.quality, self.waiting, 2 * later, others)
            if reachable * (1 + SAFETY) >= best * (1 - TIE):
                return -1, 0.0
        return row, best / max(self.mass[self.size], 1e-300)

    def left(self) -> NDArray[np.float64]:
        """(n,) weighted mean novelty of every row beside all that were chosen, -inf for those."""
        scores = np.full(len(self.vectors), -np.inf)
        rows = np.flatnonzero(self.free)
        weight = self.weight[: self.size].astype(np.float32)
        step = block_rows(width=4 * max(1, self.size), device=self.device)
        for begin in range(0, len(rows), step):
            block = rows[begin : begin + step]
            distances = self._distances(block)
            distances.sort(axis=1)
            scores[block] = self.quality[block] * (distances @ weight) / self.mass[self.size]
        return scores

    def _absorb(self, rows: Rows, at: Rows, cosines: NDArray[np.float32]) -> None:
        """Add the rows chosen last to the sketches of ``rows``; ``cosines`` (block, new) has them at lines ``at``."""
        from core.selection.greedy.novelty_kernel import absorb

        sketch = (self.head, self.edges, self.ends, self.total, self.cap)
        new, size = self.picked[self.absorbed : self.size], self.absorbed
        absorb(rows, at, cosines, self.sigma, self.sigma[new], size, *sketch, self.weight, self.mass, self.bound)

    def _cosines(self, rows: Rows | slice, since: int = 0) -> NDArray[np.float32]:
        """(rows, chosen since then) float32."""
        import torch

        pushed = torch.from_numpy(self.pushed[since : self.size]).to(self.device).T
        space = self.space[rows if isinstance(rows, slice) else torch.from_numpy(rows).to(self.device)]
        return (space @ pushed).cpu().numpy()

    def _distances(self, rows: Rows) -> NDArray[np.float32]:
        """(rows, chosen) float32 density-weighted distances."""
        cosines = self._cosines(rows)
        np.subtract(1, cosines, out=cosines)
        np.maximum(cosines, 0, out=cosines)
        cosines *= self.sigma[rows, None] + self.sigma[self.picked[: self.size]]
        return cosines

    def _rough(self, rows: Rows) -> NDArray[np.float64]:
        """(rows,) Σ_r weight(r)·δ_(r) from distances in single precision; the bins of ``rows`` are laid anew."""
        from core.selection.greedy.novelty_kernel import distances_of, lay_few

        distances = distances_of(rows, self.vectors, self.picked[: self.size], self.pushed, self.sigma)
        distances.sort(axis=1)
        self.sorted_scores += len(rows)
        self.laid[rows] = 0
        if self.built:
            lay_few(rows, distances, self._ranks(), self.head, self.edges, self.ends, self.total)
            self.laid[rows] = self.size
        return (distances @ self.weight[: self.size].astype(np.float32)).astype(np.float64)

    def _exact(self, rows: Rows) -> NDArray[np.float64]:
        """(rows,) Σ_r weight(r)·δ_(r) in double precision."""
        from core.selection.greedy.novelty_kernel import exact_distances

        distances = exact_distances(rows, self.vectors, self.picked[: self.size], self.pushed, self.exact_sigma)
        distances.sort(axis=1)
        self.sorted_scores += len(rows)
        return distances @ self.weight[: self.size]

    def _ranks(self) -> NDArray[np.int64]:
        """(bins - 1,) where bins end among the sorted distances: at geometric ranks, since rank weights fall so.

        They begin below the head, which covers ever smaller ranks as rows are chosen.
        """
        low = HEAD / (2 * REBUILD)
        return np.floor(low * (self.size / low) ** (np.arange(BINS - 1) / (BINS - 1))).astype(np.int64)

    def _rebuild(self, rows: Rows) -> None:
        """Renew the bounds of ``rows`` from all their distances, and lay their bins anew."""
        from core.selection.greedy.novelty_kernel import lay

        ranks = self._ranks()
        weight = self.weight[: self.size].astype(np.float32)
        step = block_rows(width=4 * self.size, device=self.device)
        for begin in range(0, len(rows), step):
            block = rows[begin : begin + step]
            distances = self._distances(block)
            distances.sort(axis=1)
            self.bound[block] = self.cap[block] = (distances @ weight).astype(np.float64)
            lay(block, distances, ranks, self.head, self.edges, self.ends, self.total)
        self.laid[rows] = self.size
        self.followed[rows] = True
