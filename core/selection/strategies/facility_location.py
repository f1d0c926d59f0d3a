"""Facility location: chooses rows so that every row of the pool has a chosen row near it."""

from __future__ import annotations

import numpy as np

from core.parameters import Parameter
from core.selection.greedy.coverage import cover_graph, facility_greedy
from core.selection.greedy.neighbours import nearest_neighbours
from core.selection.greedy.points import Points, copies, points
from core.selection.greedy.ranking import PREFIX, ranked, without
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy

TAIL = "rows beyond the prefix by falling gain beside the chosen rows, copies of other rows last"
NEIGHBOURS = Parameter(
    name="neighbours",
    title="Neighbours a row",
    kind="int",
    default=64,
    minimum=1,
    maximum=1024,
    help="Only this many nearest rows can cover a row. As it grows, the cover comes closer to the full definition, and "
    "memory and time grow in proportion.",
)


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters = preparation.view, preparation.parameters
    pool = points(view)
    same = copies(pool.vectors)
    distinct = Points(rows=pool.rows[same.first], vectors=pool.vectors[same.first], outside=pool.outside)
    graph = cover_graph(
        nearest_neighbours(
            distinct.vectors,
            k=parameters["neighbours"],
            device=preparation.device,
            progress=preparation.progress,
        )
    )
    given = np.unique(same.group[pool.local(preparation.given)])
    covering = facility_greedy(
        graph, count=parameters["prefix"], weight=same.count.astype(np.float64), given=given.astype(np.int64)
    )
    copied = np.setdiff1d(pool.rows, distinct.rows)
    covered = distinct.rows[given]  # the copies of a given row can still be chosen, after all other rows
    last = without(np.union1d(copied, covered), preparation.given)
    return ranked(rows=len(view), points=distinct, chosen=covering.chosen, tail=TAIL, last=last)


STRATEGY = Strategy(
    name="facility_location",
    title="Facility location",
    level="ranked",
    kind="ranked",
    summary="Take the row that brings a representative nearest to the most rows: dense regions first, each once.",
    formula="Greedy maximum of F(S) = Σ over rows v of max over chosen s of max(0, cos(v, s)), over the graph of each "
    "row's k nearest neighbours and itself; the gain is what F grows by. Copies weigh as many rows as they are.",
    source="Facility location as in Lin and Bilmes 2011 and apricot; the sparse graph is our choice.",
    prepare=prepare,
    needs=lambda parameters: ("embeddings",),
    parameters=(NEIGHBOURS, PREFIX),
    tail=TAIL,
    cost="O(rows² · dimensions / 2) for the graph, then O(rows · neighbours)",
    in_parts=True,
    job_from=lambda parameters: 20_000,
)
