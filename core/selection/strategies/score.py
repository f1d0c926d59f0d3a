"""Any numeric column as a score: the slider is a percentile window over it."""

from __future__ import annotations

import numpy as np

from core.parameters import Parameter
from core.selection.greedy.points import scored, scores
from core.selection.greedy.ranking import descending, without
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy

TAIL = "the order is complete: the window slides from one end of the score to the other"


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters = preparation.view, preparation.parameters
    name = parameters["column"]
    values = scores(view, name)
    _, outside = scored(values, name)
    order = without(descending(values if parameters["first"] == "highest" else -values), preparation.given)
    return RankedPlan(order=order, rows=len(view), gains=np.asarray(values[order]), tail=TAIL, outside=outside)


STRATEGY = Strategy(
    name="score",
    title="Score column",
    level="ranked",
    kind="ranked",
    summary="The rows with the highest (or lowest) value of any column of numbers, or a stretch between.",
    formula="Rows by the column's value, ties by row id; at d the window starts at the (1 − d) share of the order.",
    source="Top-k selection by a score; no particular paper.",
    prepare=prepare,
    needs=lambda parameters: (f"column:{parameters['column']}",) if parameters["column"] else (),
    parameters=(
        Parameter(
            name="column",
            title="Score column",
            kind="numeric_column",
            default=None,
            help="Any column of numbers. Rows without a number are left out and counted.",
        ),
        Parameter(
            name="first",
            title="First come",
            kind="choice",
            default="highest",
            choices=("highest", "lowest"),
            help="Which end of the score lies at 100 % of the slider.",
        ),
    ),
    tail=TAIL,
    cost="O(rows log rows)",
    measure=lambda parameters: str(parameters["column"] or ""),
)
