"""Longest or shortest rows: the baseline that many selection methods turn out to resemble."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.errors import InputError
from core.parameters import Parameter
from core.selection.greedy.ranking import descending, without
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy

TAIL = "the order is complete: the window slides from one end of the lengths to the other"


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters = preparation.view, preparation.parameters
    if len(view) == 0:
        raise InputError("The pool holds no rows.", remedy="Loosen the filters of the pool.")
    if parameters["unit"] == "tokens":
        lengths = np.asarray(view.tokens.lengths, dtype=np.float64)
    else:
        lengths = np.array([len(text) for text in view.text], dtype=np.float64)
    order = without(descending(lengths if parameters["first"] == "longest" else -lengths), preparation.given)
    return RankedPlan(order=order, rows=len(view), gains=lengths[order], tail=TAIL)


def needs(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    return ("tokens",) if parameters["unit"] == "tokens" else ("text",)


STRATEGY = Strategy(
    name="length",
    title="Longest / shortest",
    level="ranked",
    kind="ranked",
    summary="The longest (or shortest) rows of the component: a baseline to compare others with.",
    formula="Rows by their length in tokens of the chosen tokenizer (or characters), ties by row id.",
    source="The longest-response baseline (arXiv 2402.04833 and others).",
    prepare=prepare,
    needs=needs,
    parameters=(
        Parameter(
            name="first",
            title="First come",
            kind="choice",
            default="longest",
            choices=("longest", "shortest"),
            help="Which end of the lengths lies at 100 % of the slider.",
        ),
        Parameter(
            name="unit",
            title="Counted in",
            kind="choice",
            default="tokens",
            choices=("tokens", "characters"),
            help="Tokens are those of the chosen tokenizer; characters need no tokenizer.",
        ),
    ),
    tail=TAIL,
    cost="O(rows log rows)",
    measure=lambda parameters: f"length in {parameters['unit']}",
)
