"""DEITA: the best rows by complexity × quality, skipping rows too similar to a row already taken."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, quoted
from core.parameters import Parameter
from core.selection.greedy.admit import admit_by_merit
from core.selection.greedy.points import Points, points, scored, scores
from core.selection.greedy.ranking import PREFIX, begun_search, descending, without
from core.selection.partial_order import Unordered
from core.selection.plan import Rows
from core.selection.priorities import by_priority
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy

TAIL = "rows not reached in order of score, then the rows that were too similar"
CEILING = Parameter(
    name="ceiling",
    title="τ, largest similarity",
    kind="float",
    default=0.9,
    minimum=-1,
    maximum=1,
    scale="similarity",
    help="A row is skipped when its similarity to a taken row is above τ. As τ grows towards 1, the score alone "
    "decides; as it falls, more rows are skipped and rows of lower scores are taken.",
)


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters = preparation.view, preparation.parameters
    names = [parameters[part] for part in ("score", "second") if parameters[part]]
    if not names:
        pool = points(view)
        merit = by_priority(view.ids[pool.rows], seed=preparation.seed)
        return filtered(preparation, pool, merit, {})
    product = np.ones(len(view))
    outside: dict[str, int] = {}
    score_columns: list[NDArray[np.float64]] = [scores(view, name) for name in names]
    for name, values in zip(names, score_columns, strict=True):
        fresh = ~np.isnan(product) & np.isnan(values)
        outside |= {f"no number in {name}": int(fresh.sum())}
        product *= values
    kept, _ = scored(product, names[0])
    if len(names) > 1:
        signed = [name for name, values in zip(names, score_columns, strict=True) if values[kept].min() <= 0]
        if signed:
            raise InputError(
                f"The column {quoted(signed[0])} holds values of 0 or less, and a product of two "
                "negative scores is high.",
                remedy="Multiply columns whose values are positive, or rank by one of them alone.",
            )
    kept[preparation.given] = True  # rows in training count as taken, with or without a score
    pool = points(view, kept)
    return filtered(preparation, pool, descending(product[pool.rows]), outside)


def filtered(
    preparation: Preparation, pool: Points, merit: Rows, outside: dict[str, int], tail: str = TAIL
) -> RankedPlan:
    """The plan of ``merit`` (indices into ``pool``, best first) under the ceiling of the parameters."""
    given = pool.local(preparation.given)
    admitted = admit_by_merit(
        pool.vectors,
        without(merit, given),
        ceiling=preparation.parameters["ceiling"],
        count=preparation.parameters["prefix"],
        given=given,
        metric=preparation.parameters.get("metric", "cosine"),
        until=preparation.wanted,
        begun=begun_search(preparation),
        device=preparation.device,
        progress=preparation.progress,
    )
    if admitted.search is not None:
        to_come = pool.rows[np.concatenate((admitted.unread, admitted.skipped))]
        return RankedPlan(
            order=pool.rows[admitted.order],
            rows=len(preparation.view),
            gains=admitted.room,
            tail=tail,
            outside={**pool.outside, **outside},
            unordered=Unordered.among(to_come, pool_rows=len(preparation.view), search=admitted.search),
        )
    return RankedPlan(
        order=pool.rows[np.concatenate((admitted.order, admitted.unread, admitted.skipped))],
        rows=len(preparation.view),
        gains=admitted.room,
        prefix=len(admitted.order),
        tail=tail,
        outside={**pool.outside, **outside},
    )


STRATEGY = Strategy(
    name="deita",
    title="DEITA filter",
    level="ranked",
    kind="ranked",
    summary="The rows with the highest scores first, skipping rows too similar to a row already taken.",
    formula="Rows by falling score, or by the product of two scores (complexity × quality); a row is taken when its "
    "largest similarity to a taken row is at most τ. Similarity is the cosine, or with the Manhattan distance "
    "1 − ‖x − y‖₁ / (‖x‖₁ + ‖y‖₁). The gain shown is τ − that similarity. Without a score the rows come in a seeded "
    "random order.",
    source="DEITA (arXiv 2312.15685) and its authors' code, read there, which offers both distances; making the "
    "Manhattan one a similarity in [0, 1], for the same ceiling, is ours.",
    prepare=prepare,
    needs=lambda parameters: (
        "embeddings",
        *(f"column:{parameters[part]}" for part in ("score", "second") if parameters[part]),
    ),
    parameters=(
        Parameter(
            name="score",
            title="Score column",
            kind="numeric_column",
            default=None,
            optional=True,
            help="Higher is better: complexity, or any score. Rows without a number are left out.",
            without="No score column is named: rows come in a seeded order, and only their similarity decides.",
        ),
        Parameter(
            name="second",
            title="Second score column",
            kind="numeric_column",
            default=None,
            optional=True,
            help="Multiplied with the first score: quality. A row needs a number in both, and both must be positive.",
        ),
        Parameter(
            name="metric",
            title="Similarity",
            kind="choice",
            default="cosine",
            choices=("cosine", "manhattan"),
            help="By cosine, or by Manhattan distance: there unrelated rows lie near 0.3 instead of 0, and it takes "
            "longer.",
        ),
        CEILING,
        PREFIX,
    ),
    tail=TAIL,
    version=2,  # refuses scores that are not positive where it multiplies two
    cost="O(rows read · prefix · dimensions)",
    stops=True,
    job_from=lambda parameters: 80_000 if parameters["metric"] == "cosine" else 8_000,
)
