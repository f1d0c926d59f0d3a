"""Categories that take turns where a row has several: B2NERD's rule, with a row counted in each of its categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.progress import Progress, silent
from core.selection.greedy.farthest import medoid
from core.selection.plan import Rows

BATCH = 64
STEP = 0.02  # the ceiling is raised by this much when a category has too few rows below it


@dataclass(frozen=True, eq=False)
class Turns:
    """The order in which the categories took the rows.

    ``order`` (n,) holds every row; ``cosines`` (n,) is each row's largest cosine to the rows kept before it in the
    category that took it (−1: none); the first ``strict`` rows are within the quota and below the ceiling.
    """

    order: Rows
    cosines: NDArray[np.float64]
    strict: int


def take_turns(
    vectors: NDArray[np.float32],
    members: Sequence[Rows],
    *,
    quota: int,
    ceiling: float,
    depth: int,
    given: Rows,
    seeded: Rows | None = None,
    progress: Progress = silent,
) -> Turns:
    """Order the rows of ``vectors`` (n, d) unit length, ``members`` being the rows of each category, ascending.

    In round r each category that has fewer than r rows takes one, the rarest category first: the row farthest from its
    kept rows (the medoid when it has none), or the first row in the order ``seeded`` (n,) below the ceiling. A taken
    row counts in every category that it carries. First come rows below ``ceiling``, up to ``quota`` in each category
    (0: no quota), then rows that need a looser ceiling, then rows beyond the quota. A category stops at ``depth`` rows;
    the remaining rows follow by descending distance. ``given`` rows are kept from the start, but count in no category.
    """
    carried: list[list[int]] = [[] for _ in range(len(vectors))]
    for name, rows in enumerate(members):
        for row in rows.tolist():
            carried[row].append(name)
    place = None
    if seeded is not None:
        place = np.empty(len(vectors), dtype=np.int64)
        place[seeded] = np.arange(len(seeded))
    free = np.ones(len(vectors), dtype=np.bool_)
    free[given] = False
    categories = [_Category(vectors, rows, free, ceiling, place) for rows in members]
    for row in given.tolist():
        for name in carried[row]:
            categories[name].kept.append(row)
    rarest = sorted(range(len(members)), key=lambda name: (len(members[name]), name))
    order: list[int] = []
    cosines: list[float] = []
    strict = 0
    for looser, limit in ((False, quota or depth), (True, quota or depth), (True, depth)):
        asking, turn = rarest, 1
        while asking:
            still = []
            for name in asking:
                category = categories[name]
                if category.count >= min(limit, depth):
                    continue
                if category.count < turn:
                    row, cosine = category.next(looser)
                    if row < 0:
                        continue
                    free[row] = False
                    order.append(row)
                    cosines.append(cosine)
                    for other in carried[row]:
                        categories[other].kept.append(row)
                        categories[other].count += 1
                    if len(order) % 64 == 0:
                        progress(len(order), len(vectors), "rows ordered")
                still.append(name)
            asking = still
            turn = max(turn + 1, min((categories[name].count for name in asking), default=0) + 1)
        strict = strict if looser else len(order)
    nearest = np.full(len(vectors), np.inf)
    for category in categories:
        rest = np.flatnonzero(free[category.members])
        category.refresh(rest)
        np.minimum.at(nearest, category.members[rest], category.near[rest])
    left = np.flatnonzero(free & np.isfinite(nearest))
    left = left[np.lexsort((left, nearest[left]))]
    return Turns(
        np.concatenate((np.asarray(order, dtype=np.int64), left)),
        np.concatenate((np.asarray(cosines), nearest[left])),
        strict,
    )


class _Category:
    """A category's rows with lower bounds of their largest cosine to its kept rows, which can only grow."""

    def __init__(
        self,
        vectors: NDArray[np.float32],
        members: Rows,
        free: NDArray[np.bool_],
        ceiling: float,
        place: NDArray[np.int64] | None,
    ) -> None:
        self.vectors, self.members, self.free, self.ceiling = vectors, members, free, ceiling
        self.near = np.full(len(members), -1.0)
        self.known = np.zeros(len(members), dtype=np.int64)  # how many of the kept rows each was compared with
        self.kept: list[int] = []
        self.count = 0
        self.walk = None if place is None else np.argsort(place[members])

    def refresh(self, which: Rows) -> None:
        """Compare the members at ``which``, in double precision, with the kept rows that are new to them."""
        for known in np.unique(self.known[which]).tolist():
            new = self.kept[known:]
            same = which[self.known[which] == known]
            for begin in range(0, len(same) if new else 0, 4096):
                some = same[begin : begin + 4096]
                cosines = self.vectors[self.members[some]].astype(np.float64) @ self.vectors[new].astype(np.float64).T
                self.near[some] = np.maximum(self.near[some], np.round(cosines.max(axis=1), 9))
        self.known[which] = len(self.kept)

    def next(self, looser: bool) -> tuple[int, float]:
        """The next row to take and its cosine, −1 if no row qualifies (``looser`` ignores the ceiling)."""
        left = np.flatnonzero(self.free[self.members])
        if not len(left):
            return -1, -1.0
        member = self._farthest(left) if self.walk is None else self._first(looser)
        if member < 0 or (not looser and self.near[member] >= self.ceiling):
            return -1, -1.0
        return int(self.members[member]), float(self.near[member])

    def _farthest(self, left: Rows) -> int:
        if not self.kept:
            return medoid(self.vectors[self.members])
        while True:
            lowest = left[np.argsort(self.near[left], kind="stable")[:BATCH]]
            stale = lowest[self.known[lowest] < len(self.kept)]
            if not len(stale):
                return int(lowest[0])
            self.refresh(stale)

    def _first(self, looser: bool) -> int:
        assert self.walk is not None
        left = self.walk[self.free[self.members[self.walk]]]
        ceiling = self.ceiling
        while True:
            below = left[self.near[left] < ceiling]
            for begin in range(0, len(below), BATCH):
                some = below[begin : begin + BATCH]
                self.refresh(some)
                passing = some[self.near[some] < ceiling]
                if len(passing):
                    return int(passing[0])
            if not looser:
                return -1
            ceiling = self.ceiling = ceiling + STEP
