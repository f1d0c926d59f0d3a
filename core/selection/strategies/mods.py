"""The diversity stage of MoDS: k-center greedy among the rows of sufficient quality."""

from __future__ import annotations

import numpy as np

from core.errors import InputError
from core.parameters import Parameter
from core.selection.greedy.farthest import farthest_first
from core.selection.greedy.points import points, scored, scores
from core.selection.greedy.ranking import PREFIX, begun_search, ranked
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy

TAIL = "rows of sufficient quality beyond the prefix by falling distance to their nearest chosen row"


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters, given = preparation.view, preparation.parameters, preparation.given
    name, threshold = parameters["quality"], parameters["threshold"]
    quality = scores(view, name, what="the quality")
    known, outside = scored(quality, name)
    good = known & (np.nan_to_num(quality, nan=-np.inf) >= threshold)
    if not good.any():
        raise InputError(
            f"No row has a {name} of {threshold:g} or more.",
            remedy=f"The best is {np.nanmax(quality):g}: lower the threshold.",
        )
    outside[f"{name} below {threshold:g}"] = int((known & ~good).sum())
    good[given] = True  # rows in training count as chosen, whatever their quality
    pool = points(view, good)
    chosen = farthest_first(
        pool.vectors,
        count=parameters["prefix"],
        given=pool.local(given),
        until=preparation.wanted,
        begun=begun_search(preparation),
        device=preparation.device,
        progress=preparation.progress,
    )
    return ranked(rows=len(view), points=pool, chosen=chosen, tail=TAIL, outside=outside)


STRATEGY = Strategy(
    name="mods",
    title="MoDS: quality, then k-center",
    level="ranked",
    kind="ranked",
    summary="Drop the rows below a quality threshold, then take the farthest row each time.",
    formula="k-center greedy from the medoid among rows with quality ≥ α. The third stage of MoDS (rows on which the "
    "trained model does badly) needs that model: bring its reward as a column and rank by it.",
    source="MoDS (arXiv 2311.15653) and its authors' code, read there.",
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
            help="A reward model's score, or any number where higher is better.",
        ),
        Parameter(
            name="threshold",
            title="α, least quality",
            kind="float",
            default=0.0,
            scale="quality",
            help="As α grows, fewer but better rows are left to choose from.",
        ),
        PREFIX,
    ),
    tail=TAIL,
    cost="O(rows · prefix · dimensions) in matrix products",
    stops=True,
    job_from=lambda parameters: 15_000,
)
