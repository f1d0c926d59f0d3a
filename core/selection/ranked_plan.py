"""The plan of every strategy that puts rows in an order: the slider moves a window along it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import Infeasible, InputError
from core.row_positions import PoolRow, PoolRows
from core.selection.admission import NO_LIMIT, Admission, promised, walk
from core.selection.composed.factors import Factors
from core.selection.left_out import CODES, LeftOutRows, coded
from core.selection.partial_order import OrderTooShort, Unordered
from core.selection.plan import Answer, Plan, Request
from core.selection.priorities import by_priority
from core.selection.reason import Fact, Reason
from core.selection.repair import Repair, repair, unmet

UNORDERED, SEARCH = "unordered", "search_"  # names of a stopped order's arrays, where a plan is stored


class RankedPlan(Plan):
    """An order of rows, best first; d = 1 takes its first N, d = 0 its last N, in between a window slides.

    Where ``tail`` is "" the order is a prefix without a rule for the remaining rows: d is fixed at 1 and the answer
    says so. With ``groups`` the order holds within each group: a window slides inside every group, each group's
    part of N is proportional to its admitted rows or equal for all (what a small group cannot give goes to the
    others), and the groups are interleaved. Quotas and budgets skip rows that may not be chosen; the rows that the
    window then lacks come from after it, then from before it, nearest first. Where several quotas cross and this pass
    misses one of them, as few rows as possible are exchanged for others: exact for two quotas.

    An order that was stopped (``unordered``) answers what its known rows decide exactly as the whole order does, and
    raises :class:`OrderTooShort` for everything else.
    """

    kind = "ranked"

    def __init__(
        self,
        *,
        order: NDArray[np.int64],
        rows: int,
        tail: str,
        gains: NDArray[np.floating] | None = None,
        groups: NDArray[np.int32] | None = None,
        names: Sequence[str] = (),
        shares: Literal["proportional", "equal"] = "proportional",
        prefix: int | None = None,
        outside: Mapping[str, int] | None = None,
        shuffled: NDArray[np.uint64] | None = None,
        caution: str = "",
        notice: str = "",
        factors: Factors | None = None,
        unordered: Unordered | None = None,
    ) -> None:
        """``order`` (L,) are distinct pool positions, ``gains`` (at most L,) what each row added when it was taken.

        ``rows`` is the pool's size; ``groups`` (rows,) is the group of each row, -1 for none, with ``names``;
        ``prefix`` is how many of ``order`` the strategy chose itself, the rest is the tail. ``shuffled`` (rows,) row
        ids replace the order by hash(request seed, row id): the random strategy. ``caution`` is the warning of an
        answer at d = 1 that reaches beyond ``prefix``; ``notice`` is a warning of every answer. ``factors`` are those
        of a product that made the order. ``unordered`` is what a stopped order lacks; it has no groups.
        """
        if not _is_order(np.asarray(order), rows):
            raise InputError("A ranked plan needs an order of distinct rows of its pool.")
        self.order = np.asarray(order, dtype=np.int64)
        self.tail = tail
        self.gains = np.empty(0) if gains is None else np.asarray(gains, dtype=np.float64)
        self.groups = None if groups is None else np.asarray(groups, dtype=np.int32)
        self.names = list(names)
        self.shares = shares
        self.prefix = len(self.order) if prefix is None else prefix
        self.shuffled = shuffled
        self.caution = caution
        self.notice = notice
        self.factors = factors
        self.unordered = unordered
        self._rows = rows
        self._outside = {reason: count for reason, count in (outside or {}).items() if count}

    @property
    def rows(self) -> int:
        return self._rows

    @property
    def outside(self) -> Mapping[str, int]:
        return self._outside

    @property
    def length(self) -> int:
        """How many rows the whole order has, those without a place yet included."""
        return len(self.order) + (0 if self.unordered is None else int(self.unordered.rows.sum()))

    def answer(self, request: Request) -> Answer:
        admission = Admission.of(request, rows=self._rows)
        warnings = []
        position = request.position
        if not self.tail and position != 1.0:
            position = 1.0
            warnings.append("This strategy orders only the rows it takes: the slider stays at 100 %.")
        ordered = np.zeros(self._rows, dtype=np.bool_)
        order = self._order(request.seed)
        if self.unordered is not None:
            order = np.concatenate((order, self.unordered.places))
        ordered[order] = True
        refusal = admission.refusal(ordered)
        if refusal:
            raise Infeasible(self._in_words(refusal), remedy="Ask for less, widen the pool or loosen the rules.")

        first, spent = self._first(admission, order)
        room = request.size - spent
        free = admission.available.copy()
        free[first] = False
        sequence, start, stop = self._sequence(order[free[order]], admission, room, position)
        known = self._settled(admission, free, start=start, stop=stop, position=position)
        counts = admission.limits.count(first)
        rows_left = room if admission.counts_rows else int(NO_LIMIT)
        chosen = _take(sequence[:known], admission, room, rows_left, counts)
        rows = np.concatenate((first, chosen))
        if known is not None and not _decided(admission, sequence[known:], chosen, room=room):
            raise OrderTooShort(ordered=len(self.order), wanted=min(2 * len(self.order), self.length))

        short = admission.limits.lacking(admission.limits.count(rows))
        if known is not None and short.any():
            raise OrderTooShort(ordered=len(self.order), wanted=self.length)
        if short.any() or (admission.counts_rows and len(rows) < request.size):
            chosen = self._repaired(admission, sequence, first, rows_found=len(rows), short=int(short.sum()))
            rows = np.concatenate((first, chosen))
        spent += int(admission.cost[chosen].sum())
        if spent < 0.99 * request.size:
            warnings.append(f"{spent:,} of {request.size:,} tokens are used: no further row fits the rules.")
        if self.caution and position == 1.0 and not np.isin(chosen, self.order[: self.prefix]).all():
            warnings.append(self.caution)
        if self.notice:
            warnings.append(self.notice)
        realised: dict[str, Any] = {"start": start, "stop": stop, "length": len(order), "position": position}
        if not admission.counts_rows:
            realised["tokens"] = spent
        return Answer(rows=PoolRows(rows), realised=realised, warnings=tuple(warnings))

    def why(self, row: PoolRow, answer: Answer) -> Reason:
        (chosen_at,) = np.nonzero(answer.rows == row)
        (order_at,) = np.nonzero(self.order == row) if self.shuffled is None else (np.empty(0, dtype=np.int64),)
        facts: list[Fact] = []
        if len(chosen_at):
            facts.append(Fact(kind="rank", places=(int(chosen_at[0]) + 1,)))
        if len(order_at):
            place, window = int(order_at[0]), answer.window
            facts.append(Fact(kind="order_place", places=(place + 1,)))
            if place < len(self.gains):
                facts.append(Fact(kind="gain", values=(float(self.gains[place]),)))
            if self.factors is not None:
                facts += self.factors.facts(row)
            if place >= self.prefix:
                facts.append(Fact(kind="tail", text=self.tail))
            if not len(chosen_at) and window is not None:
                facts.append(Fact(kind="window", places=(window.start + 1, window.stop)))
        elif self.unordered is not None and self.unordered.rows[row]:
            facts.append(Fact(kind="beyond_order", places=(len(self.order),)))
        elif self.shuffled is None:
            facts.append(Fact(kind="outside", text=next(iter(self._outside), "not in the order")))
        if self.groups is not None and self.groups[row] >= 0:
            group = int(self.groups[row])
            facts.append(Fact(kind="group", types=(self.names[group] if self.names else group,)))
        return Reason(chosen=bool(len(chosen_at)), facts=facts)

    def left_out(self, rows: PoolRows, answer: Answer) -> LeftOutRows:
        codes = coded(rows, "not_drawn")
        if self.shuffled is None:
            places = np.full(self._rows, -1, dtype=np.int64)  # (pool rows,) in the order
            places[self.order] = np.arange(len(self.order))
            place, window = places[rows], answer.window
            codes = coded(rows, "other" if window is None else "passed_over")
            if window is not None:
                codes[place < window.start] = CODES["before_window"]
                codes[place >= window.stop] = CODES["after_window"]
                if self.groups is not None:
                    codes[self.groups[rows] >= 0] = CODES["other_group"]
            codes[place < 0] = CODES["outside"]
            if self.unordered is not None:
                codes[self.unordered.rows[rows]] = CODES["after_window"]
        return LeftOutRows(codes=codes, covering=np.full(len(rows), -1, dtype=np.int64))

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        arrays: dict[str, NDArray[Any]] = {"order": self.order, "gains": self.gains}
        if self.groups is not None:
            arrays["groups"] = self.groups
        if self.shuffled is not None:
            arrays["shuffled"] = self.shuffled
        values: dict[str, Any] = {
            "rows": self._rows,
            "tail": self.tail,
            "names": self.names,
            "shares": self.shares,
            "prefix": self.prefix,
            "caution": self.caution,
            "notice": self.notice,
            "outside": dict(self._outside),
        }
        if self.factors is not None:
            arrays["factors"] = self.factors.values
            values["factors"] = list(zip(self.factors.names, self.factors.exponents, strict=True))
        if self.unordered is not None:
            arrays[UNORDERED] = self.unordered.rows
            arrays |= {f"{SEARCH}{name}": array for name, array in self.unordered.search.items()}
        return arrays, values

    @classmethod
    def restore(cls, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]) -> RankedPlan:
        writable = {name: np.array(array) for name, array in arrays.items()}
        return cls(
            order=writable["order"],
            gains=writable["gains"],
            groups=writable.get("groups"),
            shuffled=writable.get("shuffled"),
            rows=values["rows"],
            tail=values["tail"],
            names=values["names"],
            shares=values["shares"],
            prefix=values["prefix"],
            outside=values["outside"],
            caution=values.get("caution", ""),
            notice=values.get("notice", ""),
            factors=Factors(
                names=[name for name, _ in values["factors"]],
                exponents=[exponent for _, exponent in values["factors"]],
                values=writable["factors"],
            )
            if "factors" in values
            else None,
            unordered=Unordered(
                rows=writable[UNORDERED],
                search={
                    name.removeprefix(SEARCH): array for name, array in writable.items() if name.startswith(SEARCH)
                },
            )
            if UNORDERED in writable
            else None,
        )

    def _order(self, seed: int) -> NDArray[np.int64]:
        return self.order if self.shuffled is None else by_priority(self.shuffled, seed=seed)

    def _settled(
        self, admission: Admission, free: NDArray[np.bool_], *, start: int, stop: int, position: float
    ) -> int | None:
        """How many rows at the beginning of the sequence stand where the whole order has them; None for all of them.

        Of a stopped order these are the known rows from the window's start on. Raises :class:`OrderTooShort` where the
        window itself cannot be laid without the rest.
        """
        if self.unordered is None:
            return None
        known = int(free[self.order].sum())
        if not admission.counts_rows and (position != 1.0 or admission.limits.minimum.any()):
            raise OrderTooShort(ordered=len(self.order), wanted=self.length)  # a window of tokens is laid from its end
        if stop > known:
            raise OrderTooShort(ordered=len(self.order), wanted=min(len(self.order) - known + stop, self.length))
        return known - start

    def _first(self, admission: Admission, order: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
        """Pinned rows and, under a token budget, the rows that bring each group to its minimum; and their cost."""
        first: NDArray[np.int64] = admission.pinned
        spent = int(admission.cost[first].sum())
        if not admission.counts_rows and admission.limits.minimum.any():
            rows = promised(order[admission.available[order]], admission)
            first = np.concatenate((first, rows))
            spent += int(admission.cost[rows].sum())
        return first, spent

    def _sequence(
        self, order: NDArray[np.int64], admission: Admission, room: int, position: float
    ) -> tuple[NDArray[np.int64], int, int]:
        """Rows in the order in which they may be chosen: the window, the rows after it, the rows before it.

        Also returns where the window starts and stops, as indices of the (joined) orders.
        """
        if self.groups is None:
            start, stop = _window(admission.cost[order], room, position)
            return np.concatenate((order[start:], order[:start][::-1])), start, stop
        group = self.groups[order]
        members = [order[group == name] for name in np.unique(group)]
        members = [rows for rows in members if len(rows)]
        total = [int(admission.cost[rows].sum()) for rows in members]
        windows, places, rest, starts, stops = [], [], [], [], []
        for rows, part in zip(members, allot(room, total, equal=self.shares == "equal")):
            start, stop = _window(admission.cost[rows], part, position)
            windows.append(rows[start:stop])
            places.append((np.arange(stop - start) + 0.5) / max(stop - start, 1))
            rest.append(np.concatenate((rows[stop:], rows[:start][::-1])))
            starts.append(start)
            stops.append(stop)
        if not members:
            return order, 0, 0
        place = np.concatenate(places)
        which = np.repeat(np.arange(len(windows)), [len(rows) for rows in windows])
        turn = np.lexsort((which, place))
        after = np.concatenate([np.arange(len(rows)) for rows in rest])
        whose = np.repeat(np.arange(len(rest)), [len(rows) for rows in rest])
        further = np.concatenate(rest)[np.lexsort((whose, after))]
        return np.concatenate((np.concatenate(windows)[turn], further)), min(starts), max(stops)

    def _repaired(
        self,
        admission: Admission,
        sequence: NDArray[np.int64],
        first: NDArray[np.int64],
        *,
        rows_found: int,
        short: int,
    ) -> NDArray[np.int64]:
        """The rows to choose after ``first`` when those first in ``sequence`` break a rule; or raises Infeasible."""
        request, limits = admission.request, admission.limits
        mended = Repair(None)
        if admission.counts_rows:
            room = request.size - len(first)
            mended = repair(sequence, preferred=room, room=room, counts=limits.count(first), limits=limits)
        if mended.rows is None:
            said = unmet(
                limits, size=request.size, unit=admission.unit, found=rows_found, short=short, proven=mended.proven
            )
            raise Infeasible(said, remedy="Loosen one of them.")
        return mended.rows

    def _in_words(self, refusal: str) -> str:
        if self.length == self._rows:
            return refusal
        reasons = "".join(f" {count:,} {reason}." for reason, count in self._outside.items())
        return f"{refusal} The strategy ordered {self.length:,} of the pool's {self._rows:,} rows.{reasons}"


def allot(room: int, capacity: Sequence[int], *, equal: bool) -> list[int]:
    """``room`` divided over groups that hold ``capacity`` each, proportionally or equally, never above capacity.

    Sums to min(room, sum of capacities). Remainders go to the largest fraction, ties to the earlier group; of equal
    parts to the groups of largest capacity, of equal capacities to the later ones: 40 over eleven ample groups gives 3
    to the four smallest and 4 to the others.
    """
    total = sum(capacity)
    if room >= total:
        return list(capacity)
    if not equal:
        parts = [room * rows // total for rows in capacity]
        left = room - sum(parts)
        by_fraction = sorted(range(len(capacity)), key=lambda i: (-(room * capacity[i] % total), i))
        for index in by_fraction[:left]:
            parts[index] += 1
        return parts
    parts = [0] * len(capacity)
    left, waiting = room, sorted(range(len(capacity)), key=lambda i: (capacity[i], i))
    for served, index in enumerate(waiting):  # smallest first: the other groups share what it cannot take
        parts[index] = min(capacity[index], left // (len(waiting) - served))
        left -= parts[index]
    for index in sorted(waiting):
        if left and parts[index] < capacity[index]:
            parts[index] += 1
            left -= 1
    return parts


def _window(cost: NDArray[np.int64], room: int, position: float) -> tuple[int, int]:
    """Where the window of ``room`` starts and stops in an order of rows that cost ``cost`` each."""
    before = np.concatenate(([0], np.cumsum(cost)))
    last = max(int(np.searchsorted(before, before[-1] - room, side="right")) - 1, 0)  # the suffix still fills it
    start = math.floor((1.0 - position) * last + 0.5)
    stop = int(np.searchsorted(before, before[start] + room, side="left"))
    return start, min(stop, len(cost))


def _decided(admission: Admission, unknown: NDArray[np.int64], chosen: NDArray[np.int64], *, room: int) -> bool:
    """Whether no row of ``unknown`` could be chosen after ``chosen``, so that their order does not matter."""
    if admission.counts_rows:
        return len(chosen) >= room
    left = room - int(admission.cost[chosen].sum())
    return left <= 0 or left < int(admission.cost[unknown].min(initial=NO_LIMIT))


def _is_order(order: NDArray[Any], rows: int) -> bool:
    """Whether ``order`` is a list of distinct whole numbers from 0 to below ``rows``."""
    if order.ndim != 1 or not len(order):
        return order.ndim == 1
    inside = order.dtype.kind in "iu" and order.min() >= 0 and order.max() < rows
    return bool(inside) and len(np.unique(order)) == len(order)


def _take(
    sequence: NDArray[np.int64], admission: Admission, room: int, rows_left: int, counts: NDArray[np.int64]
) -> NDArray[np.int64]:
    limits = admission.limits
    minimum = limits.minimum if admission.counts_rows else np.zeros_like(limits.minimum)
    lacking = limits.lacking(counts) if admission.counts_rows else np.zeros(len(limits.quotas), dtype=np.int64)
    return walk(sequence, room, rows_left, admission.cost, limits.groups, counts, minimum, limits.maximum, lacking)
