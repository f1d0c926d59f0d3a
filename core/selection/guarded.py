"""A user's strategy as the app runs it: whatever it raises or returns is an error that names the file and the line."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import orjson

from core.errors import DiverscopeError, InputError, quoted, ran_out_of_memory, reason_of
from core.parameters import Parameter
from core.selection.plan import Plan, Request
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import NEVER, Level, Preparation, Strategy
from core.selection.typed_plan import TypedPlan
from core.view import FEATURES, of_need

REMEDY = "Correct the file; “check-strategy FILE” tries every promise of it."
# What some fields may hold; the others are text.
_OTHERS: Mapping[str, Callable[[Any], bool]] = {
    "level": lambda value: value in get_args(Level),
    "kind": lambda value: value in ("typed", "ranked"),
    "prepare": callable,
    "needs": callable,
    "job_from": callable,
    "measure": callable,
    "stops": lambda value: isinstance(value, bool),
    "in_parts": lambda value: isinstance(value, bool),
    "whole": callable,
    "version": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "parameters": lambda value: isinstance(value, tuple) and all(isinstance(part, Parameter) for part in value),
}


def check_fields(strategy: Strategy) -> None:
    """Raises :class:`InputError` when a field of the strategy holds another type than pages and recipes expect."""
    for field in fields(strategy):
        value = getattr(strategy, field.name)
        fits = _OTHERS[field.name](value) if _hashable(value) and field.name in _OTHERS else isinstance(value, str)
        if not fits:
            raise InputError(f"Its {field.name} cannot be {quoted(value)}.", remedy=REMEDY)
    if not strategy.name.strip() or not strategy.title.strip():
        raise InputError("Its strategy has no name or no title.", remedy=REMEDY)
    names = [parameter.name for parameter in strategy.parameters]
    if len(set(names)) < len(names):
        raise InputError("Two of its parameters have one name.", remedy=REMEDY)
    for parameter in strategy.parameters:
        if parameter.default is not None:
            parameter.check(parameter.default)


def guarded(strategy: Strategy, path: Path) -> Strategy:
    """The strategy with every call of the user's code guarded, and every plan checked against its pool.

    Our own errors and a lack of memory pass; anything else becomes an :class:`InputError`.
    """

    def prepare(preparation: Preparation) -> Plan:
        with _guard(path, "prepare"):
            plan = strategy.prepare(preparation)
            _check_plan(plan, strategy, preparation)
            return plan

    def needs(parameters: Mapping[str, Any]) -> Sequence[str]:
        with _guard(path, "needs"):
            named = tuple(strategy.needs(parameters))
            for need in named:
                known = isinstance(need, str) and (of_need(need)[1] in FEATURES or need.startswith("column:"))
                if not known and need != "target":
                    raise InputError(f"It needs {quoted(need)}, which is no feature and no column.", remedy=REMEDY)
            return named

    def job_from(parameters: Mapping[str, Any]) -> int:
        with _guard(path, "job_from"):
            rows = strategy.job_from(parameters)
            return rows if rows == NEVER else int(rows)

    def measure(parameters: Mapping[str, Any]) -> str:
        with _guard(path, "measure"):
            return str(strategy.measure(parameters))

    return replace(strategy, prepare=prepare, needs=needs, job_from=job_from, measure=measure)


@contextmanager
def _guard(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except DiverscopeError:
        raise
    except (Exception, SystemExit) as error:
        if ran_out_of_memory(error):
            raise
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        where = f"line {lines[-1]}" if lines else what
        raise InputError(
            f"The strategy in {path.name} failed at {where}: {type(error).__name__}: {reason_of(error)}.", remedy=REMEDY
        ) from error


def _check_plan(plan: Any, strategy: Strategy, preparation: Preparation) -> None:
    """Raises :class:`InputError` when ``plan`` is none of the pool that it was prepared for, or cannot be stored."""
    rows = len(preparation.view.ids)
    wrong = _fault(plan, rows, preparation)
    if not wrong and plan.kind != strategy.kind:
        wrong = f"is {plan.kind}, though the strategy says {strategy.kind}"
    if not wrong:
        arrays, values = plan.state()
        orjson.dumps(values)
        if any(np.asarray(array).dtype.kind not in "iufb" for array in arrays.values()):
            wrong = "holds an array that is none of numbers"
    if not wrong and rows:
        try:
            answer = plan.answer(Request(size=1))
        except DiverscopeError:  # it says itself why it cannot answer
            return
        if len(answer.rows) and not (answer.rows.min() >= 0 and answer.rows.max() < rows):
            wrong = "answers with rows that the pool lacks"
    if wrong:
        raise InputError(f"The plan of {quoted(strategy.name)} {wrong}.", remedy=REMEDY)


def _fault(plan: Any, rows: int, preparation: Preparation) -> str:
    """What is wrong with a plan's own arrays, as the end of a sentence; "" for nothing."""
    if not isinstance(plan, (RankedPlan, TypedPlan)):
        return f"is no RankedPlan and no TypedPlan but {quoted(plan)}"
    if plan.rows != rows:
        return f"is of {plan.rows:,} rows, and the pool has {rows:,}"
    if isinstance(plan, TypedPlan):
        if plan.ids.shape != (rows,) or not np.array_equal(plan.ids, preparation.view.ids):
            return "has other row ids than the pool"
        if len(plan.pruning.leaving) != rows:
            return "prunes another number of rows than the pool has"
        return ""
    if len(plan.gains) > len(plan.order) or plan.gains.ndim != 1:
        return "has more gains than rows in its order"
    if not np.isfinite(plan.gains).all():
        return "has gains that are not finite numbers"
    if plan.groups is not None and (plan.groups.shape != (rows,) or plan.groups.max(initial=-1) >= len(plan.names)):
        return "has groups that are not one for each row, or have no name"
    if not isinstance(plan.prefix, (int, np.integer)) or not 0 <= plan.prefix <= len(plan.order):
        return "has a prefix that is longer than its order"
    if not isinstance(plan.tail, str):
        return "has a tail that is no text"
    return ""


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
