"""Select2Reason: hard questions with long traces of reasoning first, by the two ranks together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.parameters import Parameter
from core.selection.composed.factors import share_not_above
from core.selection.greedy.points import scored, scores
from core.selection.greedy.ranking import descending, without
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy

TAIL = "the order is complete: the window slides from the hardest and longest rows to the easiest and shortest"


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters = preparation.view, preparation.parameters
    difficulty = scores(view, parameters["difficulty"], what="the difficulty")
    if parameters["hard"] == "lowest":
        difficulty = -difficulty
    _, outside = scored(difficulty, parameters["difficulty"])
    if parameters["trace"]:
        length = scores(view, parameters["trace"], what="the length of the trace")
        fresh = ~np.isnan(difficulty) & np.isnan(length)
        outside[f"no number in {parameters['trace']}"] = int(fresh.sum())
    else:
        length = np.asarray(view.tokens.lengths, dtype=np.float64)
    known = ~np.isnan(difficulty) & ~np.isnan(length)
    hard, long = (share_not_above(np.where(known, values, np.nan)) for values in (difficulty, length))
    share = parameters["weight"]
    merit = (1 - share) * hard + share * long
    order = without(descending(np.round(merit, 12)), preparation.given)
    return RankedPlan(order=order, rows=len(view), gains=merit[order], tail=TAIL, outside=outside)


def needs(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    length = f"column:{parameters['trace']}" if parameters["trace"] else "tokens"
    return (*([f"column:{parameters['difficulty']}"] if parameters["difficulty"] else []), length)


STRATEGY = Strategy(
    name="select2reason",
    title="Select2Reason: hard and long",
    level="ranked",
    kind="ranked",
    summary="For data with reasoning: the questions that are hardest and whose traces are longest, by both ranks at "
    "once.",
    formula="merit = (1 − w) · R(difficulty) + w · R(length), R the share of rows that are not above a row, so ties "
    "share a rank. Rows by falling merit, ties by row id. Length is that of the component in tokens, or a column.",
    source="Select2Reason (arXiv 2505.17266), abstract read: a weighted rank of difficulty and length of the trace. "
    "There a model judges the difficulty; the form of the ranks and w = 0.5 are our reconstruction.",
    prepare=prepare,
    needs=needs,
    parameters=(
        Parameter(
            name="difficulty",
            title="Difficulty column",
            kind="numeric_column",
            default=None,
            help="A judge's difficulty, a loss of the answer, or a pass rate (then the lowest are hard). Rows without "
            "a number are left out.",
        ),
        Parameter(
            name="hard",
            title="Hard is",
            kind="choice",
            default="highest",
            choices=("highest", "lowest"),
            help="Which end of the column is hard: the lowest for a pass rate.",
        ),
        Parameter(
            name="trace",
            title="Length column",
            kind="numeric_column",
            default=None,
            optional=True,
            help="The length of the trace, such as the words of thinking. Rows without a number are left out.",
            without="No length column is named: the tokens of the component count. Choose a component with thinking, "
            "or attach the words of thinking.",
        ),
        Parameter(
            name="weight",
            title="w, weight of length",
            kind="float",
            default=0.5,
            minimum=0,
            maximum=1,
            by_eye=False,
            slider=True,
            help="At 0 difficulty alone decides; as w grows, long traces win over hard questions; at 1 length alone "
            "decides.",
        ),
    ),
    tail=TAIL,
    cost="O(rows log rows)",
)
