"""The curve above the slider of a prepared plan: a metric at every position, and where random subsets stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.errors import DiverscopeError, Infeasible
from core.selection.partial_order import OrderTooShort
from core.selection.registry import strategy
from core.selection.typed_plan import RandomTick, TypedPlan
from core.workbench.build import Built
from core.workbench.readings import Measurer
from core.workbench.subsets import levels

POINTS = 11  # evenly spaced positions that are measured in addition to the levels of the series


def first_metric(strategy_name: str, parameters: Mapping[str, Any], names: Sequence[str]) -> str:
    """The metric of ``names`` that a strategy's curve shows first: one of vectors if the strategy reads vectors."""
    return "ed" if "ed" in names and "embeddings" in strategy(strategy_name).needs(parameters) else "ie"


def slider_curve(built: Built, measurer: Measurer, name: str) -> dict[float, float | None]:
    """The metric ``name`` by position, 0 to 1 ascending; None if it is undefined or the pool cannot give the subset.

    A strategy without a scale has the position 1 only. Everything except the position is as in ``built``. Positions
    that a stopped order does not reach are left out.
    """
    if built.plan.kind == "ranked" and not strategy(built.recipe.strategy).tail:
        positions = [1.0]
    else:
        positions = sorted({*levels(), *levels(POINTS)})
    values: dict[float, float | None] = {}
    for position in positions:
        try:
            answer = built.plan.answer(replace(built.request, position=position))
        except OrderTooShort:
            continue
        except Infeasible:
            values[position] = None
            continue
        values[position] = measurer.measured(answer.rows, [name])[name].value
    return values


def random_tick(built: Built) -> RandomTick | None:
    """The position on the slider of a random subset of this size, by its types; None for a plan without types."""
    if not isinstance(built.plan, TypedPlan):
        return None
    try:
        return built.plan.random_tick(built.request)
    except DiverscopeError:
        return None
