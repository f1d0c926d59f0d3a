"""QDIT: facility location combined with quality; λ sets the share of each."""

from __future__ import annotations

import numpy as np

from core.parameters import Parameter
from core.selection.greedy.coverage import cover_graph, facility_greedy
from core.selection.greedy.neighbours import nearest_neighbours
from core.selection.greedy.points import points, scored, scores
from core.selection.greedy.ranking import PREFIX, ranked
from core.selection.ranked_plan import RankedPlan
from core.selection.strategies.facility_location import NEIGHBOURS
from core.selection.strategy import Preparation, Strategy

TAIL = "rows beyond the prefix by falling gain in cover and quality beside the chosen rows"


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters = preparation.view, preparation.parameters
    name, share = parameters["quality"], parameters["share"]
    values = scores(view, name, what="the quality")
    known, outside = scored(values, name)
    pool = points(view)
    usable = known[pool.rows]
    graph = cover_graph(
        nearest_neighbours(
            pool.vectors, k=parameters["neighbours"], device=preparation.device, progress=preparation.progress
        )
    )
    widest = float(np.asarray(graph.sum(axis=1)).max())
    low, high = np.nanmin(values), np.nanmax(values)
    merit = np.where(usable, (values[pool.rows] - low) / max(high - low, 1e-300), 0.0)
    covering = facility_greedy(
        graph,
        count=parameters["prefix"],
        bonus=share * merit,
        scale=(1 - share) / widest,
        given=pool.local(preparation.given),
        barred=~usable,
    )
    return ranked(rows=len(view), points=pool, chosen=covering.chosen, tail=TAIL, outside=outside)


STRATEGY = Strategy(
    name="qdit",
    title="QDIT: quality and diversity",
    level="ranked",
    kind="ranked",
    summary="Take rows that stand for as much of the pool as possible, weighed against a score; λ says how much the "
    "score counts.",
    formula="Greedy maximum of (1 − λ) · F(S) / F₁ + λ · Σ q(s): F as in facility location on the sparse graph, F₁ the "
    "largest cover of one row, q the quality brought to 0 … 1. Rows without a quality are covered but never chosen.",
    source="QDIT (arXiv 2311.14736), from recollection; bringing both parts to 0 … 1 is our reconstruction.",
    prepare=prepare,
    needs=lambda parameters: (
        "embeddings",
        *([f"column:{parameters['quality']}"] if parameters["quality"] else []),
    ),
    parameters=(
        Parameter(
            name="quality",
            title="Quality column",
            kind="numeric_column",
            default=None,
            help="Higher is better.",
        ),
        Parameter(
            name="share",
            title="λ, share of quality",
            kind="float",
            default=0.5,
            minimum=0,
            maximum=1,
            help="At 0 only cover counts (facility location); as λ grows, quality counts more; at 1 only quality does. "
            "The paper tries 0, 0.5, 0.7 and 0.9.",
        ),
        NEIGHBOURS,
        PREFIX,
    ),
    tail=TAIL,
    cost="O(rows² · dimensions / 2) for the graph, then O(rows · neighbours)",
    job_from=lambda parameters: 20_000,
)
