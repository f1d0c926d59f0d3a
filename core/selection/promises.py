"""The promises of a strategy: a function for each returns how the promise is broken on a trial pool, "" if kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, partial
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from core.device import blocks_of, threads_of
from core.errors import Infeasible, quoted
from core.row_positions import PoolRows
from core.selection.left_out import CODES
from core.selection.plan import Answer, Plan, Quota, Request, no_rows
from core.selection.strategy import Preparation, Strategy
from core.trial.promise import other_draws, refuses
from core.trial.rows import SOURCE, trial_view
from core.trial.variations import loaded_again, only
from core.view import View

POSITIONS = (1.0, 0.4, 0.0)
SIZES = (1, 12, 40)


class Trial:
    """A strategy prepared on the trial pool, with the checks that several promises share."""

    def __init__(self, strategy: Strategy, parameters: Mapping[str, Any], pool: View) -> None:
        self.strategy = strategy
        self.parameters = parameters
        self.needs = tuple(strategy.needs(parameters))
        self.pool = only(pool, self.needs)
        self.whole_pool = pool

    def prepare(self, view: View | None = None, *, given: NDArray[np.int64] | None = None) -> Plan:
        target = only(trial_view(30, seed=9), self.needs) if "target" in self.needs else None
        return self.strategy.prepare(
            Preparation(
                view=self.pool if view is None else view,
                parameters=dict(self.parameters),
                given=no_rows() if given is None else PoolRows(given),
                target=target,
            )
        )

    @cached_property
    def plan(self) -> Plan:
        """Prepared on two threads, whatever this process computes on otherwise."""
        with threads_of(2):
            return self.prepare()

    @cached_property
    def unmoved(self) -> bool:
        """Whether other draws, another load order, one thread and small blocks, all at once, change no answer."""
        with other_draws(99), threads_of(1), blocks_of(7):
            return not self.differs(self.prepare(loaded_again(self.pool)))

    @property
    def capacity(self) -> int:
        """The number of rows that some answer can hold, by the plan's own count."""
        return self.plan.rows - sum(self.plan.outside.values())

    def requests(self) -> Iterator[Request]:
        for size in SIZES:
            if size <= self.capacity:
                for position in POSITIONS:
                    yield Request(size=size, position=position, seed=3)

    @property
    def one_request(self) -> Request:
        return Request(size=min(12, max(1, self.capacity // 2)), position=0.7, seed=3)

    def differs(self, other: Plan) -> str:
        """How the answers of ``other`` differ from the plan's, "" where they do not."""
        for request in self.requests():
            first, second = self.plan.answer(request), other.answer(request)
            if not np.array_equal(first.rows, second.rows):
                return f"{_asked(request)} gave rows {_some(first.rows)} first and {_some(second.rows)} later."
        return ""


def _says_what_it_is(trial: Trial) -> str:
    strategy = trial.strategy
    for name in ("name", "title", "summary", "formula", "source", "cost"):
        if not str(getattr(strategy, name)).strip():
            return f"Its {name} is empty."
    for parameter in strategy.parameters:
        if not parameter.help.strip():
            return f"The knob {quoted(parameter.name)} has no help: say what happens as it grows."
    if strategy.kind != trial.plan.kind:
        return f"The strategy says that it is {strategy.kind}, but its plan is {trial.plan.kind}."
    if strategy.kind == "ranked" and bool(strategy.tail) != bool(getattr(trial.plan, "tail", strategy.tail)):
        return "Only one of the strategy and its plan states a tail: without a tail the slider stays at 100 %."
    return ""


def _reads_what_it_names(trial: Trial) -> str:
    for need in trial.needs:
        if need == "target":
            bare = Preparation(view=trial.pool, parameters=dict(trial.parameters))
            broken = refuses(partial(trial.strategy.prepare, bare))
            if broken:
                return f"Without example rows: {broken}"
        elif not trial.whole_pool.has(need):
            return f"It needs {quoted(need)}, which is neither in core.view.FEATURES nor a column of the trial pool."
        else:
            rest = only(trial.whole_pool, [name for name in trial.needs if name != need])
            broken = refuses(partial(trial.prepare, rest))
            if broken:
                return f"Without {need}: {broken}"
    trial.plan  # noqa: B018 # prepared from the features that it names and no other
    return ""


def _same_rows_same_ids(trial: Trial) -> str:
    if trial.unmoved:
        return ""
    with threads_of(2), other_draws(99):
        return trial.differs(trial.prepare(loaded_again(trial.pool)))


def _exactly_as_many(trial: Trial) -> str:
    for request in trial.requests():
        rows = trial.plan.answer(request).rows
        if len(rows) != request.size:
            return f"{_asked(request)} gave {len(rows)} rows."
        if len(np.unique(rows)) != len(rows):
            return f"{_asked(request)} gave a row twice: {_some(rows)}."
        if rows.min() < 0 or rows.max() >= trial.plan.rows:
            return f"{_asked(request)} gave a row outside the pool of {trial.plan.rows}: {_some(rows)}."
    return ""


def _first_of_more(trial: Trial) -> str:
    if trial.plan.kind != "ranked":
        return ""
    groups = getattr(trial.plan, "groups", None)
    groups = np.zeros(trial.plan.rows, dtype=np.int32) if groups is None else groups
    sizes = [size for size in (3, 11, 25, 60) if size <= trial.capacity]
    for small, large in pairwise(sizes):
        few, many = (trial.plan.answer(Request(size=size, seed=3)).rows for size in (small, large))
        for group in np.unique(groups):
            first, second = few[groups[few] == group], many[groups[many] == group]
            if len(first) <= len(second) and not np.array_equal(first, second[: len(first)]):
                return f"{small} rows are {_some(first)}, but {large} rows begin with {_some(second)}."
    return ""


def _the_rest_is_counted(trial: Trial) -> str:
    if trial.plan.rows != len(trial.pool):
        return f"Its plan has {trial.plan.rows} rows, the pool has {len(trial.pool)}."
    rows = trial.plan.answer(Request(size=trial.capacity)).rows
    if len(np.unique(rows)) != trial.capacity:
        return f"Asked for all {trial.capacity} rows that it does not count as outside, it gave {len(rows)}."
    try:
        trial.plan.answer(Request(size=trial.capacity + 1))
    except Infeasible:
        return ""
    return f"Asked for {trial.capacity + 1} rows, one more than it can give, it did not refuse."


def _pins_are_in(trial: Trial) -> str:
    chosen = trial.plan.answer(trial.one_request).rows
    left_out = np.setdiff1d(trial.plan.answer(Request(size=trial.capacity)).rows, chosen)
    pinned = np.sort(np.concatenate((chosen[:1], left_out[:2])))[: trial.one_request.size]
    request = replace(trial.one_request, pinned=PoolRows(pinned))
    return _missing(trial.plan.answer(request), request, pinned)


def _missing(answer: Answer, request: Request, pinned: NDArray[np.int64]) -> str:
    absent = np.setdiff1d(pinned, answer.rows)
    if len(absent):
        return f"{_asked(request)} with rows {_some(pinned)} pinned left out {_some(absent)}."
    if len(answer.rows) != request.size:
        return f"{_asked(request)} with {len(pinned)} rows pinned gave {len(answer.rows)} rows."
    return ""


def _exclusions_are_out(trial: Trial) -> str:
    for request in trial.requests():
        excluded = trial.plan.answer(request).rows[:5]
        if request.size + len(excluded) > trial.capacity:
            continue
        strict = replace(request, excluded=PoolRows(np.sort(excluded)))
        rows = trial.plan.answer(strict).rows
        if np.isin(excluded, rows).any():
            return f"{_asked(request)} without rows {_some(excluded)} gave some of them."
        if len(rows) != request.size:
            return f"{_asked(request)} without {len(excluded)} rows gave {len(rows)} rows."
    return ""


def _given_are_not_chosen(trial: Trial) -> str:
    given = np.sort(trial.plan.answer(trial.one_request).rows[:5])
    for plan in (trial.plan, trial.prepare(given=given)):
        request = replace(trial.one_request, given=PoolRows(given))
        rows = plan.answer(request).rows
        if np.isin(given, rows).any():
            return f"{_asked(request)} with rows {_some(given)} in training already gave some of them."
        if len(rows) != request.size:
            return f"{_asked(request)} with {len(given)} rows in training already gave {len(rows)} rows."
    return ""


def _quotas_are_kept(trial: Trial) -> str:
    source = trial.whole_pool.column(SOURCE)
    names, groups = np.unique(source.astype(str), return_inverse=True)
    able = np.bincount(groups[trial.plan.answer(Request(size=trial.capacity)).rows], minlength=len(names))
    size = int(min(12, able.sum() // 2))
    for least, most in (({0: min(int(able[0]), size // 2)}, {}), ({}, {1: 1}), ({0: min(int(able[0]), 2)}, {2: 2})):
        if sum(most.get(group, int(able[group])) for group in range(len(names))) < size:
            continue
        quota = Quota(SOURCE, groups.astype(np.int32), names.tolist(), least, most)
        for position in POSITIONS:
            request = Request(size=size, position=position, seed=3, quotas=(quota,))
            rows = trial.plan.answer(request).rows
            counts = np.bincount(groups[rows], minlength=len(names))
            few = {names[group]: int(counts[group]) for group, bound in least.items() if counts[group] < bound}
            many = {names[group]: int(counts[group]) for group, bound in most.items() if counts[group] > bound}
            if few or many or len(rows) != size:
                return f"{_asked(request)} with {_bounds(names, least, most)} gave {len(rows)} rows, {few or many}."
    return ""


def _bounds(names: NDArray[Any], least: Mapping[int, int], most: Mapping[int, int]) -> str:
    parts = [f"at least {count} of {names[group]}" for group, count in least.items()]
    return " and ".join(parts + [f"at most {count} of {names[group]}" for group, count in most.items()])


def _budgets_are_kept(trial: Trial) -> str:
    cost = np.maximum(trial.whole_pool.tokens.lengths, 1)
    for position in POSITIONS:
        request = Request(size=300, position=position, seed=3, cost=cost)
        rows = trial.plan.answer(request).rows
        if cost[rows].sum() > 300:
            return f"A budget of 300 tokens at {position:.0%} was overspent: {int(cost[rows].sum())} tokens."
        if not len(rows):
            return f"A budget of 300 tokens at {position:.0%} gave no row."
    return ""


def _threads_change_nothing(trial: Trial) -> str:
    if trial.unmoved:
        return ""
    with threads_of(1):
        difference = trial.differs(trial.prepare())
    return f"On two threads and on one: {difference}" if difference else ""


def _blocks_change_nothing(trial: Trial) -> str:
    if trial.unmoved:
        return ""
    with threads_of(2), blocks_of(7):
        difference = trial.differs(trial.prepare())
    return f"In large blocks and in blocks of 7 rows: {difference}" if difference else ""


def _stored_plans_answer_alike(trial: Trial) -> str:
    arrays, values = trial.plan.state()
    kept = {name: np.array(array) for name, array in arrays.items()}
    again = type(trial.plan).restore(kept, orjson.loads(orjson.dumps(values)))
    return trial.differs(again)


def _why_tells_in_from_out(trial: Trial) -> str:
    answer = trial.plan.answer(trial.one_request)
    for row in range(trial.plan.rows):
        reason = trial.plan.why(row, answer)  # type: ignore[arg-type]
        if reason.chosen != bool(np.isin(row, answer.rows)):
            return f"It says that row {row} is {'in' if reason.chosen else 'out'}, which is wrong."
    return ""


def _small_pools_are_no_trouble(trial: Trial) -> str:
    for rows in (0, 1, 2):
        few = trial.pool.take(np.arange(rows))
        broken = refuses(partial(_one_row_of, trial, few))
        if broken:
            return f"In a pool of {rows} rows: {broken}"
    return ""


def _one_row_of(trial: Trial, view: View) -> Answer:
    return trial.prepare(view).answer(Request(size=1))


def _left_out_as_why_says(trial: Trial) -> str:
    for position in POSITIONS:
        answer = trial.plan.answer(Request(size=12, position=position))
        left = np.setdiff1d(np.arange(trial.plan.rows), answer.rows)
        rows = PoolRows(left)
        said, slowly = trial.plan.left_out(rows, answer), Plan.left_out(trial.plan, rows, answer)
        if not np.array_equal(said.covering, slowly.covering):
            return f"other covering rows than it says of each row at {position:.0%}"
        differing = left[(said.codes != slowly.codes) & (slowly.codes != CODES["other"])]
        if len(differing):
            return f"other reasons than it says of each row at {position:.0%}: rows {_some(differing)}"
    return ""


PROMISES: dict[str, Callable[[Trial], str]] = {
    "It states its name, title, summary, formula, source and cost, and what each knob does": _says_what_it_is,
    "It reads only the features that it names, and a message asks for a missing feature": _reads_what_it_names,
    "The same rows loaded in another order give the same ids, whatever was drawn before": _same_rows_same_ids,
    "It gives exactly as many rows as are asked for, none twice": _exactly_as_many,
    "If it is ranked, a larger subset begins with the rows of a smaller one": _first_of_more,
    "Rows that no answer can hold are counted as outside, and all others can be chosen": _the_rest_is_counted,
    "Pinned rows are chosen": _pins_are_in,
    "Excluded rows are not chosen": _exclusions_are_out,
    "Rows that are in training already are not chosen": _given_are_not_chosen,
    "Quotas are kept": _quotas_are_kept,
    "A token budget is not overspent": _budgets_are_kept,
    "The number of threads changes nothing": _threads_change_nothing,
    "The size of a block changes nothing": _blocks_change_nothing,
    "A plan that was stored and read again gives the same answers": _stored_plans_answer_alike,
    "It says correctly whether a row is in the subset, for every row": _why_tells_in_from_out,
    "Asked about many rows at once, it gives the reasons that it gives for each alone": _left_out_as_why_says,
    "For a pool of no row, one row or two it gives an answer or a message": _small_pools_are_no_trouble,
}


def _asked(request: Request) -> str:
    rows = "row" if request.size == 1 else "rows"
    return f"{request.size} {rows} at {request.position:.0%}"


def _some(rows: NDArray[np.int64]) -> str:
    listed = ", ".join(str(row) for row in rows[:8].tolist())
    return f"{listed}, …" if len(rows) > 8 else listed
