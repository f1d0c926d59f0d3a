"""Sampling: fill a subset evenly over the live types, the least-served type first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from core.gather import gather
from core.selection.admission import NO_LIMIT, Admission, enter, permitted, promised
from core.selection.incidence import Incidence, rows_of_types
from core.selection.parts import WHOLE, Part, part_of_types
from core.selection.priorities import by_priority
from core.selection.prune import Pruning

CANDIDATES = 16  # rows of a type that are compared for each pick


@dataclass(frozen=True, eq=False)
class Filling:
    """The result of one run of the sampler."""

    rows: NDArray[np.int64]  # in the order they were picked, pinned rows first
    spent: int  # rows or tokens
    live: int  # types of the pool
    covered: int  # types of the rows
    reached: int  # types of the rows and of the given rows


@dataclass(frozen=True, eq=False)
class _InOrder:
    available: NDArray[np.bool_]  # (rows,) in hash order, as all here
    cost: NDArray[np.int64]  # (rows,)
    groups: NDArray[np.int32]  # (quotas, rows)


class Sampler:
    """Fills subsets from a pruned pool under one seed, serving the least-served type first.

    From Macro to Micro, Algorithm 2, whose listing is not published: our reconstruction. With c(t) the number of chosen
    rows that carry type t, repeat: serve the live type with the smallest (c(t), df(t), number), where df is counted
    before pruning, so that the types have the same order at every position; of the type's first 16 free rows by
    hash(seed, row id) take the row with the largest sum over its types u of 1 / (1 + c(u)), times ``factor``; ties go
    to the smaller hash, then id. A type without a free row is dropped. When no type is left, the pool's remaining rows
    follow by their hash. Rows are stored in hash order, so that "the first 16" is a scan. Answers do not depend on
    threads or on the order in which rows were loaded.

    With ``parts`` (ours) the rows are drawn in turns: each turn serves the least-served type of the part that is
    furthest behind its weight, ties to the first part, so that of n turns a part of weight w gets n·w to within one; a
    part without a free row leaves its turns to the others. In the sum over its types each 1 / (1 + c(u)) is multiplied
    by the weight of u's part. As a part's weight grows, never fewer turns are its own.
    """

    def __init__(
        self,
        incidence: Incidence,
        pruning: Pruning,
        *,
        ids: NDArray[np.uint64],
        seed: int,
        factor: NDArray[np.float64] | None = None,
        parts: Sequence[Part] = (),
    ) -> None:
        self._incidence = incidence
        self._part = part_of_types(parts, len(incidence.keys))
        self._weights = np.array([part.weight for part in parts] or [WHOLE], dtype=np.int64)
        self._order = by_priority(ids, seed=seed)  # rank -> row
        self._rank = np.empty_like(self._order)
        self._rank[self._order] = np.arange(len(self._order))
        # Scoring is bound by memory: types that fit 16 bits are read twice as fast.
        narrow = np.uint16 if len(incidence.keys) <= 1 << 16 else np.int32
        types = incidence.types.astype(narrow, copy=False)
        self._indptr, self._types = gather(incidence.indptr, types, self._order)
        self._offsets = incidence.offsets
        self._rows = rows_of_types(self._indptr, self._types, self._offsets)
        self._leaving = pruning.leaving[self._order]
        self._type_leaving = pruning.type_leaving
        self._by_df = np.argsort(incidence.df, kind="stable")
        self._factor = np.empty(0) if factor is None else factor[self._order]
        self._ordered: tuple[str, _InOrder] | None = None  # of the last request, whatever its position

    def fill(self, admission: Admission, *, step: int) -> Filling:
        """Choose rows from the pool after ``step`` until the request's size is reached or no row is left."""
        if admission.counts_rows or not admission.limits.minimum.any():
            return self._run(admission, step=step, first=admission.pinned)
        # A token budget cannot reserve room for minimums, which count rows: the rows for the minimums come first.
        first = promised(self._order[admission.available[self._order] & (self._leaving > step)], admission)
        return self._run(admission, step=step, first=np.concatenate((admission.pinned, first)))

    def _run(self, admission: Admission, *, step: int, first: NDArray[np.int64]) -> Filling:
        limits = admission.limits
        ordered = self._in_order(admission)
        available = ordered.available & (self._leaving > step)
        available[self._rank[first]] = False
        live = self._by_df[self._type_leaving[self._by_df] > step]
        given = self._incidence.counts(admission.given)
        count = self._incidence.counts(first) + given
        counts = limits.count(first)
        spent = int(admission.cost[first].sum())
        size = admission.request.size
        picked, cost_of_picks = _fill(
            self._indptr,
            self._types,
            self._offsets,
            self._rows,
            live,
            self._part,
            self._weights,
            count,
            self._factor,
            available,
            ordered.cost,
            size - spent,
            size - len(first) if admission.counts_rows else int(NO_LIMIT),
            ordered.groups,
            counts,
            limits.minimum,
            limits.maximum,
            limits.lacking(counts),
            CANDIDATES,
        )
        rows = np.concatenate((first, self._order[picked]))
        own = self._incidence.counts(rows)
        covered = int(np.count_nonzero(own))
        reached = int(np.count_nonzero(own + given)) if len(admission.given) else covered
        return Filling(rows, spent + int(cost_of_picks), len(live), covered, reached)

    def _in_order(self, admission: Admission) -> _InOrder:
        """The request's arrays in hash order: a move of the slider changes none of them."""
        held = self._ordered
        if held is None or held[0] != admission.shape:
            cost = admission.cost if admission.counts_rows else admission.cost[self._order]  # ones where rows count
            groups = np.ascontiguousarray(admission.limits.groups[:, self._order])
            held = self._ordered = admission.shape, _InOrder(admission.available[self._order], cost, groups)
        return held[1]


@njit(cache=True, nogil=True)
def _fill(  # type: ignore[no-untyped-def]  # compiled
    indptr, types, offsets, rows, order, part, share, count, factor, free, cost, left, rows_left,
    groups, counts, minimum, maximum, lacking, candidates,
):  # fmt: skip
    """Serve the types of ``order`` level by level: at level c every type with count c is served once.

    Counts only grow, so the levels visit the types in the same order as a heap of (c, df, number) would. Each part of
    the types has levels of its own, and ``share`` (parts,) of :data:`WHOLE` turns. Returns the picked rows and their
    cost.
    """
    picked = np.empty(len(free), dtype=np.int64)
    picked_count = 0
    room = left
    head = offsets[:-1].copy()  # (types,) the first of a type's rows that was not read yet
    waiting = np.empty((len(head), candidates), dtype=np.int32)  # rows that were read and compared, but not picked
    waiting_score = np.empty((len(head), candidates), dtype=np.float64)  # what each was worth then: never less than now
    waiting_count = np.zeros(len(head), dtype=np.int64)
    gain = share[part] / WHOLE  # (types,) 1 where there is one part
    weight = gain / (1.0 + count)
    short_list = np.empty(candidates, dtype=np.int64)
    bound = np.empty(candidates, dtype=np.float64)  # of each row of the short list: it is worth no more
    known = np.empty(candidates, dtype=np.bool_)  # whether the bound is what it is worth
    weighted = len(factor) > 0
    ruled = groups.shape[0] > 0 or rows_left > left  # without rules any free row is permitted while there is room
    most = np.int64(2**62)
    parts = len(share)
    active = np.empty((parts, len(order)), dtype=np.int64)
    size = np.zeros(parts, dtype=np.int64)
    level = np.full(parts, most)
    for kind in order:
        own = part[kind]
        active[own, size[own]] = kind
        size[own] += 1
        level[own] = min(level[own], count[kind])
    index = np.zeros(parts, dtype=np.int64)  # where each part's pass over its active types stands
    kept = np.zeros(parts, dtype=np.int64)
    lowest = np.full(parts, most)
    turns = np.zeros(parts, dtype=np.int64)
    turn = 0
    while room > 0 and rows_left > 0:
        own, behind = -1, -most
        for other in range(parts):
            if size[other] > 0 and share[other] * (turn + 1) - turns[other] * WHOLE > behind:
                own, behind = other, share[other] * (turn + 1) - turns[other] * WHOLE
        if own < 0:
            break
        served = False
        while not served and size[own] > 0:
            if index[own] == size[own]:
                size[own], level[own] = kept[own], lowest[own]
                index[own], kept[own], lowest[own] = 0, 0, most
                continue
            kind = active[own, index[own]]
            index[own] += 1
            if count[kind] == level[own]:
                listed, at = 0, 0
                read = head[kind]
                while listed < candidates and (at < waiting_count[kind] or read < offsets[kind + 1]):
                    if at < waiting_count[kind]:
                        row, most_worth = waiting[kind, at], waiting_score[kind, at]
                        at += 1
                    else:
                        row, most_worth = rows[read], np.inf
                        read += 1
                    if not free[row]:
                        continue
                    if not ruled or permitted(row, room, rows_left, cost, groups, counts, minimum, maximum, lacking):
                        short_list[listed], bound[listed], known[listed] = row, most_worth, False
                        listed += 1
                    else:
                        free[row] = False
                head[kind], waiting_count[kind] = read, listed
                if listed == 0:
                    continue  # the type leaves
                # Weights only fall, so that what a row was worth bounds what it is worth: the highest bound goes first.
                first = 0
                while True:
                    first = 0
                    for place in range(1, listed):
                        if bound[place] > bound[first]:
                            first = place
                    if known[first]:
                        break  # all others are worth no more, and those before it less
                    row = short_list[first]
                    score = 0.0
                    for entry in range(indptr[row], indptr[row + 1]):
                        score += weight[types[entry]]
                    if weighted:
                        score *= factor[row]
                    bound[first], known[first] = score, True
                for place in range(listed):
                    waiting[kind, place], waiting_score[kind, place] = short_list[place], bound[place]
                best = short_list[first]
                free[best] = False
                picked[picked_count] = best
                picked_count += 1
                room -= cost[best]
                rows_left -= 1
                enter(best, groups, counts, minimum, lacking)
                for entry in range(indptr[best], indptr[best + 1]):
                    other = types[entry]
                    count[other] += 1
                    weight[other] = gain[other] / (1.0 + count[other])
                served = True
            active[own, kept[own]] = kind
            kept[own] += 1
            lowest[own] = min(lowest[own], count[kind])
        if served:
            turns[own] += 1
            turn += 1
    for row in range(len(free)):
        if room <= 0 or rows_left <= 0:
            break
        if free[row] and permitted(row, room, rows_left, cost, groups, counts, minimum, maximum, lacking):
            free[row] = False
            picked[picked_count] = row
            picked_count += 1
            room -= cost[row]
            rows_left -= 1
            enter(row, groups, counts, minimum, lacking)
    return picked[:picked_count], left - room
