"""Macro: a row has one type, its embedding cluster; a diverse subset draws evenly from many clusters."""

from __future__ import annotations

import numpy as np

from core.errors import InputError
from core.parameters import Parameter
from core.selection.incidence import from_labels
from core.selection.prune import Pruning, permuted, rarest_first
from core.selection.strategy import Preparation, Strategy
from core.selection.typed_plan import TypedPlan


def prepare(preparation: Preparation) -> TypedPlan:
    view, parameters = preparation.view, preparation.parameters
    labels = np.asarray(view.clusters)
    incidence = from_labels(labels)
    if not len(incidence.keys):
        raise InputError(
            "Every row of this pool is noise: there is no cluster to draw from.",
            remedy="Lower the minimum cluster size on the Clusters page, or let noise join the nearest cluster.",
        )
    if parameters["order"] == "random permutation":
        leaving = permuted(incidence, seed=preparation.seed)
    else:
        leaving = rarest_first(incidence)
    return TypedPlan(
        incidence=incidence,
        pruning=Pruning.of(incidence, leaving),
        ids=view.ids,
        outside={"noise: in no cluster": int(np.count_nonzero(labels < 0))},
        reach="clusters",
    )


STRATEGY = Strategy(
    name="macro",
    title="Macro: topics",
    level="macro",
    kind="typed",
    summary="Draw the same number of rows from every theme (a cluster of the map); the slider says how many themes "
    "count: 0 % the few largest, 100 % as many as the size allows.",
    formula=(
        "Types are clusters, one a row. The pool keeps the k largest clusters (or the first k of a random "
        "permutation); N rows are drawn from them, always from the cluster with the fewest rows so far. "
        "k_min(N): fewest clusters that hold N rows. k_max(N): the number of clusters, at most N."
    ),
    source="From Macro to Micro (arXiv 2505.24768), App. D.1. Leaving noise rows out is our choice.",
    prepare=prepare,
    needs=lambda parameters: ("clusters",),
    parameters=(
        Parameter(
            name="order",
            title="Which clusters come first",
            kind="choice",
            default="pruning",
            choices=("pruning", "random permutation"),
            help="Pruning keeps the largest clusters longest; a seeded random permutation ignores their size, "
            "which raises k_min and mixes small topics into every level.",
        ),
    ),
    cost="O(rows log clusters)",
)
