"""Source-balanced: the category-balanced strategy set to the column that says where a row came from."""

from __future__ import annotations

from dataclasses import replace

from core.selection.strategies import balanced
from core.selection.strategy import Preparation, Strategy
from core.selection.typed_plan import TypedPlan


def prepare(preparation: Preparation) -> TypedPlan:
    return balanced.prepare(replace(preparation, parameters={"columns": ["source"], "several": "each"}))


STRATEGY = Strategy(
    name="source_balanced",
    title="Balanced over sources",
    level="meso",
    kind="typed",
    summary="Draw evenly from every source.",
    formula=balanced.STRATEGY.formula.replace("the values of the columns", "the sources"),
    source=balanced.STRATEGY.source,
    prepare=prepare,
    needs=lambda parameters: ("column:source",),
    cost=balanced.STRATEGY.cost,
)
