"""The plan of every strategy that sees a row as a set of types: macro, meso, micro, balanced, structural."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.counted import counted
from core.errors import Infeasible
from core.row_positions import PoolRow, PoolRows
from core.selection.admission import Admission
from core.selection.incidence import Incidence
from core.selection.left_out import CODES, LeftOutRows, covering_rows
from core.selection.parts import Part
from core.selection.plan import Answer, Plan, Request
from core.selection.priorities import by_priority, first_within
from core.selection.prune import Pruning
from core.selection.reason import Fact, FactKind, Reason
from core.selection.repair import Repair, repair, unmet
from core.selection.sample import Filling, Sampler

SEEDS_HELD = 2  # samplers kept in memory, each about 10 bytes an entry
SHAPES_HELD = 32
FILLINGS_HELD = 64


@dataclass(frozen=True, kw_only=True)
class SliderRange:
    """The range of the slider for a request, in types; ``step`` is the last step whose pool still fills the request."""

    k_min: int
    k_max: int
    step: int


@dataclass(frozen=True, kw_only=True)
class RandomTick:
    """Types that random subsets of the request's size reach: mean and 95 % band over seeded draws.

    ``position`` is where the mean stands on the slider; it lies outside [0, 1] if the mean is out of its range.
    """

    mean: float
    low: float
    high: float
    position: float
    draws: int


class TypedPlan(Plan):
    """A pruned incidence; the slider moves between the fewest types whose pool still fills the request and the
    most that the request can cover.

    A pool *reaches* the types of the rows that the sampler takes from it (and of the given rows). k_min(N) is
    the reach of the smallest pool that still holds N rows (or tokens) that may be chosen; k_max(N) that of the
    whole pool: all its types where N rows can cover them, fewer at a small N. A position d asks for
    round(k_min + d (k_max - k_min)) types: it gets the pool of at most that many where N rows reach all of them,
    else, by bisection, a larger pool that reaches no more. Types leave several at a time, so the realised k may
    be lower than asked.
    Reconstruction of From Macro to Micro, sections 2.2 (levels) and 2.3 (sampling), App. D.
    """

    kind = "typed"

    def __init__(
        self,
        *,
        incidence: Incidence,
        pruning: Pruning,
        ids: NDArray[np.uint64],
        outside: Mapping[str, int] | None = None,
        factor: NDArray[np.float64] | None = None,
        reach: str = "types",
        parts: Sequence[Part] = (),
        notice: str = "",
    ) -> None:
        """``ids`` (rows,) ascending; ``factor`` (rows,) multiplies a row's gain; ``reach`` names the types.

        ``parts`` divide the types of a joined plan; ``notice`` is a warning of every answer.
        """
        self.incidence = incidence
        self.pruning = pruning
        self.ids = np.asarray(ids, dtype=np.uint64)
        self.reach = reach
        self.parts = tuple(parts)
        self.notice = notice
        self._factor = factor
        self._outside = {reason: count for reason, count in (outside or {}).items() if count}
        self._samplers: OrderedDict[int, Sampler] = OrderedDict()
        self._scales: OrderedDict[str, SliderRange] = OrderedDict()
        self._fillings: OrderedDict[tuple[str, int], Filling] = OrderedDict()

    @property
    def rows(self) -> int:
        return self.incidence.rows

    @property
    def outside(self) -> Mapping[str, int]:
        return self._outside

    def scale(self, request: Request) -> SliderRange:
        """k_min and k_max of ``request``, whatever its position. Raises :class:`Infeasible` if it cannot be filled."""
        return self._scale_of(Admission.of(request, rows=self.rows))

    def answer(self, request: Request) -> Answer:
        admission = Admission.of(request, rows=self.rows)
        scale = self._scale_of(admission)
        target = math.floor(scale.k_min + request.position * (scale.k_max - scale.k_min) + 0.5)
        step = self._step_for(admission, scale, target)
        filling = self._filling(admission, step)
        realised: dict[str, Any] = {
            "k": filling.reached,
            "k_target": target,
            "k_min": scale.k_min,
            "k_max": scale.k_max,
            "types": len(self.incidence.keys),
            "types_covered": filling.covered,
            "pool_types": filling.live,
            "pool_rows": int(self.pruning.rows_left[step]),
            "step": step,
        }
        if not admission.counts_rows:
            realised["tokens"] = filling.spent
        if self.parts:
            held = np.flatnonzero(self.incidence.counts(filling.rows)).astype(np.int32)
            realised["parts"] = {part.title: [len(part.own(held)), part.stop - part.first] for part in self.parts}
        warnings = (*self._check(admission, filling), *([self.notice] if self.notice else []))
        return Answer(rows=PoolRows(filling.rows.copy()), realised=realised, warnings=warnings)

    def levels(self, request: Request, *, levels: int = 7) -> list[Answer]:
        """The answers at ``levels`` equally spaced positions from 0 to 1: the paper's series."""
        return [self.answer(replace(request, position=level / (levels - 1))) for level in range(levels)]

    def curve(self, *, points: int = 400) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Types left and rows left along the pruning, both (at most points,), from the whole pool to the empty pool."""
        at = np.unique(np.linspace(0, len(self.pruning.types_left) - 1, points).round().astype(np.int64))
        return self.pruning.types_left[at], self.pruning.rows_left[at]

    def random_tick(self, request: Request, *, draws: int = 20) -> RandomTick:
        """Where random subsets of the pool's admitted rows stand; rows without a type are admitted too."""
        admission = Admission.of(request, rows=self.rows)
        scale = self._scale_of(admission)
        reached = np.empty(draws)
        there = np.flatnonzero(admission.available)
        ids, cost = self.ids[there], admission.cost[there]
        for draw in range(draws):
            rows = first_within(ids, cost, request.size, seed=request.seed * 1_000_003 + draw + 1)
            reached[draw] = np.count_nonzero(self.incidence.counts(there[rows]))
        low, high = np.quantile(reached, [0.025, 0.975])
        mean = float(reached.mean())
        position = (mean - scale.k_min) / max(scale.k_max - scale.k_min, 1)
        return RandomTick(mean=mean, low=float(low), high=float(high), position=position, draws=draws)

    def why(self, row: PoolRow, answer: Answer) -> Reason:
        own = self.incidence.of(row)
        (chosen_at,) = np.nonzero(answer.rows == row)
        types = self._of_parts("types", own)
        if len(chosen_at):
            rank = int(chosen_at[0])
            before = self.incidence.counts(answer.rows[:rank])
            gain = float((1.0 / (1.0 + before[own])).sum())
            return Reason(
                chosen=True,
                facts=(
                    Fact(kind="rank", places=(rank + 1,)),
                    Fact(kind="gain", values=(gain,)),
                    *self._of_parts("brought_first", own[before[own] == 0]),
                    *types,
                ),
            )
        if not len(own):
            return Reason(
                chosen=False, facts=(Fact(kind="outside", text=next(iter(self._outside), f"no {self.reach}")),)
            )
        facts: list[Fact] = []
        step, leaving = answer.step, int(self.pruning.leaving[row])
        if step is not None and leaving <= step:
            facts += (Fact(kind="left_pool", places=(leaving,)), Fact(kind="pool_step", places=(step,)))
        return Reason(chosen=False, facts=(*facts, *self._covered(own, answer.rows), *types))

    def _covered(self, own: NDArray[np.int32], rows: NDArray[np.int64]) -> list[Fact]:
        """Facts on the kept row that shares the most of the types ``own``; ties: rarer types, then the lower row."""
        chosen = np.sort(rows)
        entries = self.incidence.entries_of(chosen)
        which = np.repeat(np.arange(len(chosen)), self.incidence.per_row[chosen])
        shared = np.isin(entries, own)
        counts = np.bincount(which[shared], minlength=len(chosen))
        rarity = np.bincount(which[shared], 1.0 / self.incidence.df[entries[shared]], minlength=len(chosen))
        missing = own[~np.isin(own, entries[shared])]
        facts: list[Fact] = []
        if len(chosen) and counts.max() > 0:
            best = PoolRow(int(chosen[np.lexsort((chosen, -rarity, -counts))[0]]))
            facts.append(Fact(kind="covered_by", rows=(best,)))
            facts += self._of_parts("shared_types", np.intersect1d(own, self.incidence.of(best)))
        return [*facts, *self._of_parts("missing_types", missing)]

    def _of_parts(self, kind: FactKind, types: NDArray[np.int32]) -> list[Fact]:
        """A fact on ``types``; of a joined plan one for each part."""
        if not self.parts:
            return [Fact(kind=kind, types=self._titles(types), text=self.reach if kind == "types" else "")]
        return [Fact(kind=kind, types=self._titles(part.own(types)), text=part.title) for part in self.parts]

    def left_out(self, rows: PoolRows, answer: Answer) -> LeftOutRows:
        covering = covering_rows(self.incidence, kept=answer.rows, rows=rows)
        codes = np.where(covering >= 0, CODES["covered"], CODES["uncovered"])
        codes[self.incidence.per_row[rows] == 0] = CODES["outside"]
        return LeftOutRows(codes=codes.astype(np.int8), covering=covering)

    def _titles(self, types: NDArray[np.int32]) -> tuple[str | int, ...]:
        return tuple(map(self.incidence.title, types.tolist()))

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        arrays: dict[str, NDArray[Any]] = {
            "ids": self.ids,
            "indptr": self.incidence.indptr,
            "types": self.incidence.types,
            "keys": self.incidence.keys,
            "leaving": self.pruning.leaving,
            "type_leaving": self.pruning.type_leaving,
            "types_left": self.pruning.types_left,
            "rows_left": self.pruning.rows_left,
        }
        if self._factor is not None:
            arrays["factor"] = self._factor
        values: dict[str, Any] = {
            "outside": dict(self._outside),
            "reach": self.reach,
            "names": list(self.incidence.names),
        }
        if self.parts:
            values |= {"parts": [part.as_dict() for part in self.parts], "notice": self.notice}
        return arrays, values

    @classmethod
    def restore(cls, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]) -> TypedPlan:
        writable = {name: np.array(array) for name, array in arrays.items()}  # the kernels need writable arrays
        names: Sequence[str] = values["names"]
        return cls(
            incidence=Incidence(writable["indptr"], writable["types"], writable["keys"], names),
            pruning=Pruning(
                writable["leaving"], writable["type_leaving"], writable["types_left"], writable["rows_left"]
            ),
            ids=writable["ids"],
            outside=values["outside"],
            factor=writable.get("factor"),
            reach=values["reach"],
            parts=[Part.of(part) for part in values.get("parts", ())],
            notice=values.get("notice", ""),
        )

    def _sampler(self, seed: int) -> Sampler:
        def make() -> Sampler:
            return Sampler(self.incidence, self.pruning, ids=self.ids, seed=seed, factor=self._factor, parts=self.parts)

        return _held(self._samplers, seed, make, SEEDS_HELD)

    def _filling(self, admission: Admission, step: int) -> Filling:
        def make() -> Filling:
            filling = self._sampler(admission.request.seed).fill(admission, step=step)
            if len(admission.limits.quotas) < 2 or not _short(admission, filling):
                return filling
            mended = self._mended(admission, step, filling)
            if mended.rows is None:
                return filling
            rows = np.concatenate((admission.pinned, mended.rows))
            own = self.incidence.counts(rows)
            reached = int(np.count_nonzero(own + self.incidence.counts(admission.given)))
            return replace(filling, rows=rows, spent=len(rows), covered=int(np.count_nonzero(own)), reached=reached)

        return _held(self._fillings, (admission.shape, step), make, FILLINGS_HELD)

    def _mended(self, admission: Admission, step: int, filling: Filling) -> Repair:
        """The filling repaired for several quotas, with as few rows exchanged as possible, by rows in hash order."""
        if not admission.counts_rows:
            return Repair(None)
        free = self.pruning.pool(step) & admission.available
        picked = filling.rows[~np.isin(filling.rows, admission.pinned)]
        free[picked] = False
        order = by_priority(self.ids, seed=admission.request.seed)
        return repair(
            np.concatenate((picked, order[free[order]])),
            preferred=len(picked),
            room=admission.request.size - len(admission.pinned),
            counts=admission.limits.count(admission.pinned),
            limits=admission.limits,
        )

    def _scale_of(self, admission: Admission) -> SliderRange:
        return _held(self._scales, admission.shape, lambda: self._measure(admission), SHAPES_HELD)

    def _measure(self, admission: Admission) -> SliderRange:
        refusal = admission.refusal(self.pruning.pool(0))
        if refusal:
            raise Infeasible(self._in_words(refusal), remedy="Ask for less, widen the pool or loosen the rules.")
        several = len(admission.limits.quotas) > 1  # then only a trial shows whether they can be met
        if several:
            self._check(admission, self._filling(admission, 0))

        def too_small(step: int) -> bool:
            if admission.refusal(self.pruning.pool(step)):
                return True
            return several and _short(admission, self._filling(admission, step))

        step = _first(too_small, 0, len(self.pruning.types_left)) - 1
        least, most = self._filling(admission, step).reached, self._filling(admission, 0).reached
        return SliderRange(k_min=least, k_max=max(least, most), step=step)

    def _step_for(self, admission: Admission, scale: SliderRange, target: int) -> int:
        """The step whose pool reaches ``target`` types, or the most types below that the bisection finds."""
        if target >= scale.k_max:
            return 0
        last = min(self.pruning.step_at(target), scale.step)
        filling = self._filling(admission, last)
        if filling.reached == filling.live == self.pruning.types_left[self.pruning.step_at(target)]:
            return last  # it reaches all its types: a larger pool has more than asked for
        if filling.reached > target:  # given or pinned rows bring types that the pool has lost
            last = scale.step
        return _first(lambda step: self._filling(admission, step).reached <= target, 0, last)

    def _check(self, admission: Admission, filling: Filling) -> tuple[str, ...]:
        """Warnings about an answer. Raises :class:`Infeasible` when several rules together left it incomplete."""
        request, limits = admission.request, admission.limits
        if _short(admission, filling):
            short = limits.lacking(limits.count(filling.rows))
            several = len(limits.quotas) > 1
            said = unmet(
                limits, size=request.size, unit=admission.unit, found=len(filling.rows), short=int(short.sum()),
                proven=several and self._mended(admission, 0, filling).proven,
            )  # fmt: skip
            raise Infeasible(said, remedy="Loosen one of them.")
        if filling.spent < 0.99 * request.size:
            return (f"{filling.spent:,} of {request.size:,} tokens are used: no further row fits the rules.",)
        return ()

    def _in_words(self, refusal: str) -> str:
        outside = sum(self._outside.values())
        if not outside:
            return refusal
        reasons = "; ".join(f"{count:,} {reason}" for reason, count in self._outside.items())
        return f"{refusal} The pool has {counted(self.rows, 'row')}, {outside:,} of them outside ({reasons})."


def _first(test: Callable[[int], bool], low: int, high: int) -> int:
    """By bisection the first step at which ``test`` holds, given that it fails at ``low`` and holds at ``high``."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if test(middle) else (middle, high)
    return high


def _short(admission: Admission, filling: Filling) -> bool:
    """Whether rows are missing, or rows of a group that has a minimum."""
    limits = admission.limits
    lacking = bool(limits.lacking(limits.count(filling.rows)).any())
    return lacking or (admission.counts_rows and filling.spent < admission.request.size)


def _held(cache: OrderedDict[Any, Any], key: Any, make: Callable[[], Any], most: int) -> Any:
    """The cached value, made if it is missing; only the ``most`` recently used values are kept.

    Two threads may make the same value at the same time; each then returns its own.
    """
    value = cache.pop(key, None)
    cache[key] = value = make() if value is None else value
    while len(cache) > most:
        cache.popitem(last=False)
    return value
