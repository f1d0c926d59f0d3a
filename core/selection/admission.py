"""Which rows may be chosen: a request checked against a pool, its quotas as arrays for the compiled loops."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.counted import counted
from core.errors import Infeasible, InputError
from core.row_positions import PoolRows
from core.selection.plan import Quota, Request

NO_LIMIT = np.int64(2**62)


@dataclass(frozen=True, eq=False)
class Limits:
    """All quotas of a request, with one numbering of the groups of all quotas."""

    quotas: Sequence[Quota]
    groups: NDArray[np.int32]  # (quotas, rows) -1 for none
    minimum: NDArray[np.int64]  # (groups,)
    maximum: NDArray[np.int64]  # (groups,)
    owner: NDArray[np.int64]  # (groups,) the quota a group belongs to
    names: Sequence[str]  # (groups,)

    @classmethod
    def of(cls, quotas: Sequence[Quota], *, rows: int) -> Limits:
        """Raises :class:`InputError` when a quota does not fit the pool of ``rows`` rows."""
        groups = np.full((len(quotas), rows), -1, dtype=np.int32)
        names: list[str] = []
        owner: list[int] = []
        minimum, maximum = [0] * sum(len(q.names) for q in quotas), [int(NO_LIMIT)] * sum(len(q.names) for q in quotas)
        for index, quota in enumerate(quotas):
            if len(quota.groups) != rows:
                raise InputError(
                    f"The quota on {quota.title} covers {len(quota.groups):,} rows, the pool has {rows:,}."
                )
            groups[index] = np.where(quota.groups >= 0, quota.groups + len(names), -1)
            for group in {*quota.minimum, *quota.maximum}:
                if not 0 <= group < len(quota.names):
                    raise InputError(f"The quota on {quota.title} has no group {group}.")
            for group, count in quota.minimum.items():
                minimum[len(names) + group] = int(count)
            for group, count in quota.maximum.items():
                maximum[len(names) + group] = int(count)
            names.extend(quota.names)
            owner.extend([index] * len(quota.names))
        return cls(
            tuple(quotas),
            groups,
            np.array(minimum, dtype=np.int64),
            np.array(maximum, dtype=np.int64),
            np.array(owner, dtype=np.int64),
            names,
        )

    def title(self, group: int) -> str:
        return f"{self.quotas[self.owner[group]].title} = {self.names[group]}"

    def count(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> NDArray[np.int64]:
        """(groups,) how many of ``rows`` (positions or a mask) lie in each group."""
        inside = self.groups[:, rows].ravel()
        return np.bincount(inside[inside >= 0], minlength=len(self.names)).astype(np.int64)

    def lacking(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """(quotas,) rows that each quota's minimums still need."""
        short = np.maximum(self.minimum - counts, 0)
        return np.bincount(self.owner, weights=short, minlength=len(self.quotas)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Admission:
    """A checked request: which rows may be chosen, which are chosen already, and how much room is left."""

    request: Request
    rows: int
    available: NDArray[np.bool_]  # (rows,) may be chosen: not given, pinned or excluded
    pinned: PoolRows  # ascending, chosen first
    given: PoolRows
    cost: NDArray[np.int64]  # (rows,) ones when the size counts rows
    limits: Limits

    @classmethod
    def of(cls, request: Request, *, rows: int) -> Admission:
        """Raises :class:`InputError` for invalid values, :class:`Infeasible` for pins that cannot all be chosen."""
        if request.size < 1:
            raise InputError(f"A subset needs at least one row, not {request.size}.")
        if not 0.0 <= request.position <= 1.0:
            raise InputError(f"The slider goes from 0 to 1, not to {request.position}.")
        given, pinned, excluded = (
            _positions(part, rows, name)
            for part, name in ((request.given, "given"), (request.pinned, "pinned"), (request.excluded, "excluded"))
        )
        for other, word in ((given, "already in training"), (excluded, "excluded")):
            both = np.intersect1d(pinned, other)
            if len(both):
                raise Infeasible(
                    f"Pinned and {word} at once: {counted(len(both), 'row')}.", remedy="Unpin them, or admit them."
                )
        cost = np.ones(rows, dtype=np.int64)
        if request.cost is not None:
            cost = np.asarray(request.cost, dtype=np.int64)
            if len(cost) != rows or cost.min(initial=0) < 0:
                raise InputError("A token budget needs the tokens of every row of the pool, none negative.")
        spent = int(cost[pinned].sum())
        if spent > request.size:
            unit = "rows" if request.cost is None else "tokens"
            raise Infeasible(f"The pinned rows alone are {spent:,} {unit}; the request is for {request.size:,}.")
        available = np.ones(rows, dtype=np.bool_)
        for taken in (given, pinned, excluded):
            available[taken] = False
        limits = Limits.of(request.quotas, rows=rows)
        return cls(request, rows, available, pinned, given, cost, limits)

    @property
    def counts_rows(self) -> bool:
        return self.request.cost is None

    @property
    def unit(self) -> str:
        return "rows" if self.counts_rows else "tokens"

    @cached_property
    def shape(self) -> str:
        """A digest of the whole request without its position; a plan's caches use it as the key."""
        hashed = hashlib.blake2b(digest_size=16)
        hashed.update(repr((self.request.size, self.request.seed, self.counts_rows, self.limits.names)).encode())
        parts = [self.given, self.pinned, np.packbits(self.available), self.limits.groups]
        parts += [self.limits.minimum, self.limits.maximum] + ([] if self.counts_rows else [self.cost])
        for part in parts:
            hashed.update(np.ascontiguousarray(part).tobytes())
            hashed.update(b"|")
        return hashed.hexdigest()

    def refusal(self, pool: NDArray[np.bool_]) -> str:
        """Why the available rows of ``pool`` (rows,) cannot fill the request, or "" when they can.

        Exact for at most one quota; with several, each is checked by itself.
        """
        open_rows = pool & self.available
        taken = self.limits.count(self.pinned)
        have = self.limits.count(open_rows) if self.limits.quotas else taken
        size = self.request.size
        reachable = int(self.cost[open_rows].sum()) + int(self.cost[self.pinned].sum())
        if reachable < size:
            return f"{counted(reachable, self.unit.removesuffix('s'))} can be chosen, the request is for {size:,}."
        for group in range(len(self.limits.names)):
            least, most = int(self.limits.minimum[group]), int(self.limits.maximum[group])
            title = self.limits.title(group)
            if least > most:
                return f"{title} has a minimum of {least:,} and a maximum of {most:,}."
            if taken[group] > most:
                return f"{title} may have {counted(most, 'row')} at most; pinned: {taken[group]:,}."
            if have[group] + taken[group] < least:
                return f"{title} must have {counted(least, 'row')}, and {have[group] + taken[group]:,} can be chosen."
        if not self.counts_rows:
            return ""
        needed = self.limits.lacking(taken)
        for index, quota in enumerate(self.limits.quotas):
            mine = self.limits.owner == index
            if needed[index] > size - len(self.pinned):
                total = int(self.limits.minimum[mine].sum())
                return f"The minimums of {quota.title} add up to {counted(total, 'row')}, the request is for {size:,}."
            loose = int(np.count_nonzero(open_rows & (self.limits.groups[index] < 0)))
            room = np.minimum(self.limits.maximum[mine] - taken[mine], have[mine])
            most = len(self.pinned) + loose + int(room.sum())
            if most < size:
                return (
                    f"The maximums of {quota.title} leave room for {counted(most, 'row')}, the request is for {size:,}."
                )
        return ""


def _positions(part: PoolRows, rows: int, name: str) -> PoolRows:
    part = PoolRows(np.unique(np.asarray(part, dtype=np.int64)))
    if len(part) and (part[0] < 0 or part[-1] >= rows):
        raise InputError(f"A {name} row is not in the pool of {rows:,} rows.")
    return part


@njit(cache=True, nogil=True, inline="always")
def permitted(row, left, rows_left, cost, groups, counts, minimum, maximum, lacking):  # type: ignore[no-untyped-def]  # compiled
    """Whether ``row`` may still be chosen; once it may not, it never may again.

    It must fit the room left, its groups must be below their maximum, and the rows left must suffice for the
    minimums: when all of them are needed for minimums, only rows of groups below their minimum pass.
    """
    if cost[row] > left:
        return False
    for quota in range(groups.shape[0]):
        group = groups[quota, row]
        if group >= 0 and counts[group] >= maximum[group]:
            return False
        if 0 < lacking[quota] >= rows_left and (group < 0 or counts[group] >= minimum[group]):
            return False
    return True


@njit(cache=True, nogil=True, inline="always")
def enter(row, groups, counts, minimum, lacking):  # type: ignore[no-untyped-def]  # compiled
    """Count ``row`` as chosen in its groups."""
    for quota in range(groups.shape[0]):
        group = groups[quota, row]
        if group >= 0:
            if counts[group] < minimum[group]:
                lacking[quota] -= 1
            counts[group] += 1


@njit(cache=True, nogil=True)
def walk(sequence, left, rows_left, cost, groups, counts, minimum, maximum, lacking):  # type: ignore[no-untyped-def]  # compiled
    """The permitted rows of ``sequence``, in its order, until the room is used up; updates ``counts``."""
    chosen = np.empty(len(sequence), dtype=np.int64)
    chosen_count = 0
    for row in sequence:
        if left <= 0 or rows_left <= 0:
            break
        if permitted(row, left, rows_left, cost, groups, counts, minimum, maximum, lacking):
            enter(row, groups, counts, minimum, lacking)
            chosen[chosen_count] = row
            chosen_count += 1
            left -= cost[row]
            rows_left -= 1
    return chosen[:chosen_count]


def promised(sequence: NDArray[np.int64], admission: Admission) -> NDArray[np.int64]:
    """The rows of ``sequence``, in its order, that bring every group to its minimum after the pinned rows."""
    limits = admission.limits
    counts = limits.count(admission.pinned)
    room = int(admission.request.size - admission.cost[admission.pinned].sum())
    chosen: list[NDArray[np.int64]] = []
    for quota in range(len(limits.quotas)):
        lacking = np.zeros(len(limits.quotas), dtype=np.int64)
        lacking[quota] = limits.lacking(counts)[quota]  # reserve all room for the minimums, so that no other row passes
        rows = walk(
            sequence, room, int(lacking[quota]), admission.cost, limits.groups, counts, limits.minimum,
            limits.maximum, lacking,
        )  # fmt: skip
        sequence = sequence[~np.isin(sequence, rows)]
        room -= int(admission.cost[rows].sum())
        chosen.append(rows)
    return np.concatenate(chosen) if chosen else np.empty(0, dtype=np.int64)
