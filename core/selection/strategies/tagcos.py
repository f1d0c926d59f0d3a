"""TAGCOS: in every cluster of gradients, the rows that together make up the cluster's mean gradient."""

from __future__ import annotations

import numpy as np

from core.parameters import Parameter
from core.selection.greedy.partition import k_means, parts_for
from core.selection.greedy.points import points
from core.selection.greedy.pursuit import DECIMALS, pursue
from core.selection.greedy.ranking import without
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy

TAIL = "rows beyond those that make up their cluster's mean, by falling cosine with it"


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters = preparation.view, preparation.parameters
    pool = points(view)
    part = k_means(pool.vectors, parts=parameters["parts"] or parts_for(len(pool)), seed=preparation.seed)
    turn = np.zeros(len(pool))  # where in its cluster's order a row stands, as a share of the cluster
    left = np.full(len(pool), np.nan)
    own = np.zeros(len(pool), dtype=np.bool_)
    names = np.unique(part)
    for done, name in enumerate(names.tolist()):
        rows = np.flatnonzero(part == name)
        mean = pool.vectors[rows].astype(np.float64).mean(axis=0)
        taken, shares = pursue(pool.vectors[rows], mean)
        near = np.round(pool.vectors[rows].astype(np.float64) @ mean, DECIMALS)
        near[taken] = np.inf
        rest = np.lexsort((np.arange(len(rows)), -near))[len(taken) :]
        order = np.concatenate((taken, rest))
        turn[rows[order]] = (np.arange(len(rows)) + 0.5) / len(rows)
        left[rows[taken]], own[rows[taken]] = shares, True
        preparation.progress(done + 1, len(names), "clusters made up")
    order = np.lexsort((np.arange(len(pool)), part, np.round(turn, DECIMALS)))
    prefix = int(np.argmin(own[order])) if not own.all() else len(order)
    chosen = without(pool.rows[order], preparation.given)
    value = np.full(len(view), np.nan)
    value[pool.rows] = left
    first = int(np.isin(chosen, pool.rows[order[:prefix]]).sum())
    return RankedPlan(
        order=chosen,
        rows=len(view),
        gains=value[chosen[:first]],
        prefix=first,
        tail=TAIL,
        outside=pool.outside,
        caution=f"After {first:,} rows a cluster's mean is made up; its further rows are those most like it.",
    )


STRATEGY = Strategy(
    name="tagcos",
    title="TAGCOS: gradients made up",
    level="ranked",
    kind="ranked",
    summary="Cluster the rows by what they would change in a model, then take from each cluster the few rows that "
    "together change what all of it would.",
    formula="k-means on the vectors; in each cluster, orthogonal matching pursuit of its mean m: take the free row "
    "with the largest ⟨v, r⟩, r = m less its projection on the rows taken. Clusters share N in proportion to size. The "
    "gain is ‖r‖ / ‖m‖ after the row. Meant for “gradients” (Model vectors on the Scores page); any vectors work.",
    source="TAGCOS (arXiv 2407.15235), clusters and matching pursuit as its abstract states them; k = √(n / 2), the "
    "order in which clusters take turns and the tail are our reconstruction.",
    prepare=prepare,
    needs=lambda parameters: ("embeddings",),
    parameters=(
        Parameter(
            name="parts",
            title="k of k-means",
            kind="int",
            default=0,
            minimum=0,
            help="0 takes √(n / 2). As k grows, clusters are smaller and each is made up by fewer rows.",
        ),
    ),
    tail=TAIL,
    cost="O(rows · √rows · dimensions) a k-means iteration, and O(rows · dimensions²) of matching pursuit",
    job_from=lambda parameters: 4_000,
)
