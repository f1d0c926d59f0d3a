"""Log-determinant greedy: the rows that span the most volume, weighted by quality if a quality column is chosen."""

from __future__ import annotations

import numpy as np

from core.errors import InputError, quoted
from core.parameters import Parameter
from core.selection.greedy.determinant import log_det_greedy
from core.selection.greedy.points import points, scored, scores
from core.selection.greedy.ranking import PREFIX, begun_search, ranked
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy

TAIL = "rows beyond the prefix by falling gain beside the chosen rows"


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters = preparation.view, preparation.parameters
    name = parameters["quality"]
    outside: dict[str, int] = {}
    if name is None:
        pool = points(view)
        vectors = pool.vectors
    else:
        quality = scores(view, name, what="the quality")
        known, outside = scored(quality, name)
        if quality[known].min() <= 0:
            raise InputError(
                f"The column {quoted(name)} holds values of 0 or less, and quality scales a row's vector.",
                remedy="Choose a column whose values are positive.",
            )
        mean = quality[known].mean()
        quality[~known] = mean  # these can only be rows in training, which count with the mean quality
        known[preparation.given] = True
        pool = points(view, known)
        vectors = (pool.vectors * (quality[pool.rows] / mean)[:, None]).astype(np.float32)
    chosen = log_det_greedy(
        vectors,
        count=parameters["prefix"],
        ridge=parameters["ridge"],
        given=pool.local(preparation.given),
        until=preparation.wanted,
        begun=begun_search(preparation),
        device=preparation.device,
        progress=preparation.progress,
    )
    return ranked(rows=len(view), points=pool, chosen=chosen, tail=TAIL, outside=outside)


STRATEGY = Strategy(
    name="log_det",
    title="Log-determinant",
    level="ranked",
    kind="ranked",
    summary="Take the row that adds the most volume to what is taken: new directions, with quality as length.",
    formula="Greedy maximum of log det(I + S/λ), S the inner products of the chosen rows, x ← x · quality / mean "
    "quality. The gain of x is log(1 + xᵀA⁻¹x) with A = λI + Σ ssᵀ over the chosen rows, kept by rank-one updates.",
    source="Log-det diversity of arXiv 2402.02318 (recollection and code); the ridge form for linear kernels is our "
    "reconstruction, equal to brute force.",
    prepare=prepare,
    needs=lambda parameters: ("embeddings", *([f"column:{parameters['quality']}"] if parameters["quality"] else [])),
    parameters=(
        Parameter(
            name="ridge",
            title="λ",
            kind="float",
            default=1.0,
            minimum=1e-4,
            maximum=1e4,
            help="As λ grows, length (quality) decides more and new directions less; near 0 the first rows are nearly "
            "orthogonal, and further rows add little once every direction is taken.",
        ),
        Parameter(
            name="quality",
            title="Quality column",
            kind="numeric_column",
            default=None,
            optional=True,
            help="Positive values; a row twice as good counts as a vector twice as long. Rows without a number are "
            "left out.",
        ),
        PREFIX,
    ),
    tail=TAIL,
    cost="O(rows · prefix · dimensions)",
    stops=True,
    in_parts=True,
    job_from=lambda parameters: 10_000,
)
