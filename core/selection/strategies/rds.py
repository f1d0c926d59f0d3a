"""RDS+: examples take turns at choosing the row whose hidden states are most like theirs."""

from __future__ import annotations

import numpy as np

from core.parameters import Parameter
from core.selection.greedy.points import points
from core.selection.greedy.ranking import descending
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy
from core.selection.targeted.examples import example_rows
from core.selection.targeted.turns import example_turns

TAIL = "rows that no example reached in its turn, by falling nearness to an example"


def prepare(preparation: Preparation) -> RankedPlan:
    view = preparation.view
    examples, _ = example_rows(preparation, "RDS+")
    pool = points(view)
    given = pool.local(preparation.given)
    turns = example_turns(examples, pool.vectors, taken=given, device=preparation.device, progress=preparation.progress)
    nearness = turns.nearness.copy()
    nearness[given] = np.nan
    if preparation.parameters["take"] == "nearest":
        order, gains, first = descending(nearness), None, len(nearness) - len(given)
    else:
        nearness[turns.order] = np.nan
        order, gains, first = np.concatenate((turns.order, descending(nearness))), turns.cosines, len(turns.order)
    return RankedPlan(
        order=pool.rows[order],
        rows=len(view),
        gains=turns.nearness[order] if gains is None else gains,
        prefix=first,
        tail=TAIL,
        outside=pool.outside,
        caution=f"With {len(examples):,} examples only the first {first:,} rows were taken in turn.",
    )


STRATEGY = Strategy(
    name="rds",
    title="RDS+: examples take turns",
    level="ranked",
    kind="ranked",
    summary="Each of your examples takes the row most like it, in turn, until there are enough: on a model's hidden "
    "states this stayed above random at 2.5 million rows, where most selectors did not.",
    formula="score(x, e) = cos(v_x, v_e), v = Σ t · h_t / Σ t of a model's last states (“hidden states” under Model "
    "vectors on the Scores page; any embedder's vectors work). Turns: example by example, each takes its nearest free "
    "row. Nearest: rows by max over examples. The gain is the cosine.",
    source="RDS+ (arXiv 2503.01807), round robin over the examples as in its code. There: chosen up to 2.5 million of "
    "5.8 million rows, many selectors fell below random and this one did not (abstract).",
    prepare=prepare,
    needs=lambda parameters: ("embeddings", "target"),
    parameters=(
        Parameter(
            name="take",
            title="Rows are taken",
            kind="choice",
            default="turns",
            choices=("turns", "nearest"),
            help="Turns give every example its share; nearest takes the rows nearest to any, so that a few examples "
            "in a crowded region may take all.",
        ),
    ),
    tail=TAIL,
    cost="O(examples · rows · (dimensions + log rows))",
    job_from=lambda parameters: 10_000,
)
