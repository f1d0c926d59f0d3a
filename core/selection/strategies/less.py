"""LESS: rows whose gradient points where the gradient of a task's examples points."""

from __future__ import annotations

import numpy as np

from core.errors import InputError, quoted
from core.parameters import Parameter
from core.selection.greedy.points import points
from core.selection.greedy.ranking import descending, without
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy
from core.selection.targeted.examples import example_rows
from core.selection.targeted.tasks import influences, task_directions

TAIL = "the order is complete: rows whose gradient opposes every task come last"


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters = preparation.view, preparation.parameters
    examples, places = example_rows(preparation, "LESS")
    tasks = None
    if parameters["tasks"] == "column" and parameters["column"]:
        assert preparation.target is not None
        if not preparation.target.has(f"column:{parameters['column']}"):
            raise InputError(
                f"The examples have no column {quoted(parameters['column'])}.", remedy="Choose one of theirs."
            )
        values = preparation.target.column(parameters["column"])[places]
        tasks = [None if value is None or value != value else str(value) for value in values.tolist()]
    if parameters["tasks"] == "each example":
        directions = examples
    else:
        directions, _ = task_directions(examples, tasks)
    pool = points(view)
    best = influences(pool.vectors, directions, device=preparation.device).max(axis=1)
    order = pool.rows[descending(best)]
    value = np.full(len(view), np.nan)
    value[pool.rows] = best
    kept = without(order, preparation.given)
    return RankedPlan(order=kept, rows=len(view), gains=value[kept], tail=TAIL, outside=pool.outside)


STRATEGY = Strategy(
    name="less",
    title="LESS: gradients toward tasks",
    level="ranked",
    kind="ranked",
    summary="Rows that would change a model as your examples would: by the cosine of gradients, for the task where "
    "it is largest.",
    formula="score(x) = max over tasks j of cos(g_x, mean of g over the examples of j), g the projected gradient of "
    "the response's loss (“gradients” under Model vectors on the Scores page). With several checkpoints the cosine "
    "is their mean, weighted by learning rates.",
    source="LESS (arXiv 2402.04333), section 3, from recollection. There adapters are trained for a few steps first "
    "and the rows' gradients (not the examples') are preconditioned by Adam's moments. So are ours with Adam's steps, "
    "from the moments that a training inside keeps beside its model; other trainers keep theirs as pickles, which are "
    "never read. Without it the rows' gradients are plain.",
    prepare=prepare,
    needs=lambda parameters: ("embeddings", "target"),
    parameters=(
        Parameter(
            name="tasks",
            title="Tasks",
            kind="choice",
            default="all examples",
            choices=("all examples", "column", "each example"),
            help="All examples are one task; a column of theirs divides them; or each is a task of its own, and a row "
            "need be like one of them only.",
        ),
        Parameter(
            name="column",
            title="Column of tasks",
            kind="column",
            default=None,
            optional=True,
            of_target=("tasks", "column"),
            only_with=("tasks", "column"),
            without="all examples are one task",
            help="The task of each example, in the corpus of examples. More tasks: each is served by fewer rows.",
        ),
    ),
    tail=TAIL,
    cost="O(rows · tasks · dimensions)",
    job_from=lambda parameters: 40_000,
)
