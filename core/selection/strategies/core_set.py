"""Cluster-centre core-set ("0.5 %"): a few rows of every cluster, those nearest its centre first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.parameters import Parameter
from core.selection.greedy.farthest import farthest_first
from core.selection.greedy.partition import k_means, parts_for, rank_within
from core.selection.greedy.points import Points, points
from core.selection.greedy.ranking import without
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy

TAIL = "the order is complete: rows far inside no cluster's core come last"
MOST_OF_A_PART = 2000  # rows of one cluster that farthest-first orders; the others follow by distance


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters = preparation.view, preparation.parameters
    outside: dict[str, int] = {}
    if parameters["partition"] == "clusters":
        labels = np.asarray(view.clusters)
        if not (labels >= 0).any():
            raise InputError("Every row of this pool is noise: there is no cluster.", remedy="Use k-means instead.")
        outside = {"noise: in no cluster": int((labels < 0).sum())}
        pool = points(view, labels >= 0)
        part = labels[pool.rows].astype(np.int32)
    else:
        pool = points(view)
        part = k_means(pool.vectors, parts=parameters["parts"] or parts_for(len(pool)), seed=preparation.seed)
    given = pool.local(preparation.given)
    order, near = _order(preparation, pool, part, parameters["within"], given)
    size = np.bincount(part, minlength=int(part.max()) + 1)
    rank = rank_within(part, order)
    turn = np.lexsort((part[order], -size[part[order]], rank))
    groups = np.full(len(view), -1, dtype=np.int32)
    groups[pool.rows] = part
    rows = without(pool.rows[order[turn]], preparation.given)
    value = np.zeros(len(view))
    value[pool.rows[order]] = near
    return RankedPlan(
        order=rows,
        rows=len(view),
        gains=value[rows],
        groups=groups,
        names=[f"cluster {name}" for name in range(len(size))],
        tail=TAIL,
        outside={**pool.outside, **outside},
    )


def _order(
    preparation: Preparation, pool: Points, part: NDArray[np.int32], within: str, given: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows of every part in their order within it, and each row's cosine to the centre or gained distance."""
    orders, values = [], []
    members_of = np.argsort(part, kind="stable")
    edges = np.flatnonzero(np.diff(part[members_of])) + 1
    for done, members in enumerate(np.split(members_of, edges)):
        vectors = pool.vectors[members]
        centre = vectors.sum(axis=0, dtype=np.float64)
        centre /= max(float(np.linalg.norm(centre)), 1e-12)
        near = np.round(vectors @ centre, 9)
        if within == "centre":
            local = np.lexsort((members, -near))
            orders.append(members[local])
            values.append(near[local])
        else:
            inside = np.flatnonzero(np.isin(members, given))
            farthest = farthest_first(vectors, count=MOST_OF_A_PART, given=inside, device=preparation.device)
            left = np.flatnonzero(np.isfinite(farthest.left))
            left = left[np.lexsort((left, -np.round(farthest.left[left], 9)))]
            orders.append(members[np.concatenate((farthest.order, left))])
            values.append(np.concatenate((farthest.values, farthest.left[left])))
        preparation.progress(done + 1, len(edges) + 1, "clusters ordered")
    return np.concatenate(orders), np.concatenate(values)


STRATEGY = Strategy(
    name="core_set",
    title="Cluster-centre core-set",
    level="ranked",
    kind="ranked",
    summary="A few rows of every cluster, nearest to its centre first: how good is a fraction of a per cent?",
    formula="Clusters by k-means (k = √(n / 2)) or those of the Clusters page; within each, rows by falling cosine to "
    "its centre, or farthest-first from its medoid; the clusters take turns and share N in proportion to their size.",
    source="Maybe Only 0.5% Data is Needed (arXiv 2305.09246), clusters and core-set; the details are our "
    "reconstruction.",
    prepare=prepare,
    needs=lambda parameters: ("embeddings", "clusters") if parameters["partition"] == "clusters" else ("embeddings",),
    parameters=(
        Parameter(
            name="partition",
            title="Clusters",
            kind="choice",
            default="k-means",
            choices=("k-means", "clusters"),
            help="k-means splits everything; the corpus's own clusters leave noise out.",
        ),
        Parameter(
            name="within",
            title="Within a cluster",
            kind="choice",
            default="centre",
            choices=("centre", "k-center"),
            help="Nearest the centre takes typical rows first; k-center spreads over the cluster, edges first.",
        ),
        Parameter(
            name="parts",
            title="k of k-means",
            kind="int",
            default=0,
            minimum=0,
            help="0 takes √(n / 2). As k grows, smaller themes get a row of their own.",
        ),
    ),
    tail=TAIL,
    cost="O(rows · √rows · dimensions) a k-means iteration",
    job_from=lambda parameters: 10_000,
)
