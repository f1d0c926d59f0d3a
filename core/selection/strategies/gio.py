"""GIO: adds the parts of the pool that bring the chosen rows' distribution nearest to that of a user's examples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.parameters import Parameter
from core.selection.daar.domains import part_sums
from core.selection.greedy.partition import k_means
from core.selection.greedy.points import points
from core.selection.greedy.ranking import without
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy
from core.selection.targeted.candidates import nearest_candidates
from core.selection.targeted.examples import example_rows
from core.selection.targeted.information import gather

TAIL = "rows of parts that would not bring the distribution nearer, by falling nearness to an example"


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters = preparation.view, preparation.parameters
    examples, _ = example_rows(preparation, "GIO")
    pool = points(view)
    near = nearest_candidates(examples, pool.vectors, k=1, device=preparation.device, progress=preparation.progress)
    nearness = np.round(near.nearness.astype(np.float64), 6)
    given = pool.local(preparation.given)
    part, centres, _ = _compressed(pool.vectors, parameters["parts"], preparation.seed)
    _, aims, weights = _compressed(examples, parameters["parts"], preparation.seed)
    gathered = gather(
        aims,
        centres,
        weights=weights,
        dimensions=parameters["dimensions"] or None,
        given=pool.vectors[given] if len(given) else None,
        progress=preparation.progress,
    )
    turn = np.full(len(centres), len(centres))
    turn[gathered.order] = np.arange(len(gathered.order))
    taken = np.flatnonzero(turn[part] < len(centres))
    chosen = taken[np.lexsort((taken, -nearness[taken], turn[part[taken]]))]
    rest = np.flatnonzero(turn[part] == len(centres))
    rest = rest[np.lexsort((rest, -nearness[rest]))]
    first = without(pool.rows[chosen], preparation.given)
    reached = np.append(gathered.divergences, np.nan)[np.minimum(turn[part], len(gathered.order))]
    value = np.full(len(view), np.nan)
    value[pool.rows] = reached
    return RankedPlan(
        order=np.concatenate((first, without(pool.rows[rest], preparation.given))),
        rows=len(view),
        gains=value[first],
        prefix=len(first),
        tail=TAIL,
        outside=pool.outside,
        caution=f"GIO stopped after {len(gathered.order):,} of {len(centres):,} parts ({len(first):,} rows): no "
        "further part brings the distribution nearer to the examples. Rows beyond them are merely near.",
    )


def _compressed(
    vectors: NDArray[np.float32], parts: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float64]]:
    """The part of each row, the parts' mean vectors and numbers of rows; each row is a part if there are few rows."""
    if len(vectors) <= parts:
        return np.arange(len(vectors)), vectors, np.ones(len(vectors))
    labels = k_means(vectors, parts=parts, seed=seed)
    kept, part, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    sums = part_sums(vectors, part, len(kept))
    return part, (sums / sizes[:, None]).astype(np.float32), sizes.astype(np.float64)


STRATEGY = Strategy(
    name="gio",
    title="GIO: toward examples",
    level="ranked",
    kind="ranked",
    summary="Add the rows that make the subset's distribution most like your examples', and stop when none does.",
    formula="Greedy argmin of KL(X ‖ S) ≈ (D / m) Σ_x ln(ν(x, S) / ρ(x, X)) + ln(|S| / (m − 1)) over the parts of a "
    "k-means of the pool; ν and ρ are distances to the nearest chosen row and the nearest other example. A part's rows "
    "follow by falling nearness to an example.",
    source="GIO (arXiv 2306.11670), section 3, with its k-means compression of both sides; the start is our "
    "reconstruction.",
    prepare=prepare,
    needs=lambda parameters: ("embeddings", "target"),
    parameters=(
        Parameter(
            name="parts",
            title="Parts of the k-means",
            kind="int",
            default=500,
            minimum=2,
            maximum=5000,
            help="As it grows, the choice is finer and preparation slower; a pool of fewer rows is not split.",
        ),
        Parameter(
            name="dimensions",
            title="D, dimensions in the estimate",
            kind="int",
            default=0,
            minimum=0,
            maximum=100_000,
            help="0 takes the embedding's. As it grows, nearness counts more and the choice stops later.",
        ),
    ),
    tail=TAIL,
    cost="O(rows · parts · dimensions) a k-means iteration, then O(parts² · chosen parts)",
    job_from=lambda parameters: 5_000,
)
