"""CaR: the best rows overall, and the best few of every cluster."""

from __future__ import annotations

import numpy as np

from core.parameters import Parameter
from core.selection.greedy.partition import k_means, parts_for, principal, rank_within
from core.selection.greedy.points import points, scored, scores
from core.selection.greedy.ranking import descending, without
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy

TAIL = "the next best row of every cluster, then the next, and so on"


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters = preparation.view, preparation.parameters
    name = parameters["quality"]
    quality = scores(view, name, what="the quality")
    known, outside = scored(quality, name)
    pool = points(view, known)
    parts = parameters["parts"] or parts_for(len(pool))
    part = k_means(principal(pool.vectors, share=0.95), parts=parts, seed=preparation.seed)
    best = descending(quality[pool.rows])
    rank = np.empty(len(pool), dtype=np.int64)
    rank[best] = rank_within(part, best)
    overall = best[: parameters["best"]]
    rest = np.setdiff1d(best, overall)
    rest = rest[np.lexsort((rest, -quality[pool.rows][rest], rank[rest]))]
    own = len(overall) + int((rank[rest] < parameters["each"]).sum())
    order = pool.rows[np.concatenate((overall, rest))]
    kept = without(order, preparation.given)
    return RankedPlan(
        order=kept,
        rows=len(view),
        gains=quality[kept],
        prefix=int(np.isin(kept, order[:own]).sum()),
        tail=TAIL,
        outside={**pool.outside, **outside},
    )


STRATEGY = Strategy(
    name="car",
    title="CaR: cluster and rank",
    level="ranked",
    kind="ranked",
    summary="The best rows by quality, joined with the best few of every cluster.",
    formula="Embeddings on the principal axes that keep 95 % of the variance, k-means with k = √(n / 2); the n₁ best "
    "rows overall, then the n₂ best of every cluster; beyond, the next rank of every cluster, best first.",
    source="CaR (arXiv 2402.18191) and its authors' code, read there. The order beyond n₂ is our choice.",
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
            help="Higher is better. Rows without a number are left out.",
        ),
        Parameter(
            name="best",
            title="n₁, best overall",
            kind="int",
            default=1000,
            minimum=0,
            help="As n₁ grows, quality decides more and clusters less.",
        ),
        Parameter(
            name="each",
            title="n₂, best of every cluster",
            kind="int",
            default=1,
            minimum=0,
            help="How many rows of every cluster belong to the strategy's own choice.",
        ),
        Parameter(
            name="parts",
            title="k, clusters",
            kind="int",
            default=0,
            minimum=0,
            help="0 takes √(n / 2). As k grows, clusters are smaller and more of them give their best rows.",
        ),
    ),
    tail=TAIL,
    cost="O(rows · √rows · dimensions) a k-means iteration",
    job_from=lambda parameters: 15_000,
)
