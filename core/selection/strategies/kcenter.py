"""k-center greedy: each row is the one farthest from everything chosen before it."""

from __future__ import annotations

import numpy as np

from core.parameters import Parameter
from core.selection.greedy.farthest import farthest_first
from core.selection.greedy.points import points
from core.selection.greedy.ranking import PREFIX, begun_search, ranked
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy

TAIL = "rows beyond the prefix by falling distance to their nearest chosen row, copies last"


def prepare(preparation: Preparation) -> RankedPlan:
    parameters = preparation.parameters
    pool = points(preparation.view)
    start = None
    if parameters["start"] == "seeded":
        start = int(np.random.default_rng(preparation.seed).integers(len(pool)))
    chosen = farthest_first(
        pool.vectors,
        count=parameters["prefix"],
        start=start,
        given=pool.local(preparation.given),
        until=preparation.wanted,
        begun=begun_search(preparation),
        device=preparation.device,
        progress=preparation.progress,
    )
    return ranked(rows=len(preparation.view), points=pool, chosen=chosen, tail=TAIL)


STRATEGY = Strategy(
    name="kcenter",
    title="k-center greedy",
    level="ranked",
    kind="ranked",
    summary="Take the row farthest from everything taken so far: the widest spread, outliers first.",
    formula="x* = argmax over rows x of min over chosen s of (1 − cos(x, s)); the gain is that distance. "
    "Any N is a prefix of any larger N. At most twice the best possible covering radius (for a metric).",
    source="Gonzalez 1985; Sener and Savarese 2018 (core-set). Formula from recollection, checked by brute force.",
    prepare=prepare,
    needs=lambda parameters: ("embeddings",),
    parameters=(
        Parameter(
            name="start",
            title="First row",
            kind="choice",
            default="medoid",
            choices=("medoid", "seeded"),
            help="The medoid is the row most similar to all others and the same each time; seeded draws one, so that "
            "the spread over seeds can be seen. Without effect when rows are given.",
        ),
        PREFIX,
    ),
    tail=TAIL,
    cost="O(rows · prefix · dimensions) in matrix products",
    stops=True,
    in_parts=True,
    job_from=lambda parameters: 15_000,
)
