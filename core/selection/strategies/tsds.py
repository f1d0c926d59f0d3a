"""TSDS: chooses the rows that receive mass in an optimal transport from a user's examples to the pool."""

from __future__ import annotations

import numpy as np

from core.parameters import Parameter
from core.selection.greedy.points import points
from core.selection.greedy.ranking import without
from core.selection.priorities import priorities
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy
from core.selection.targeted.candidates import nearest_candidates
from core.selection.targeted.examples import example_rows
from core.selection.targeted.transport import density, transport

TAIL = "rows that carry no mass of the transport, by falling nearness to an example"
MOST_PAIRS = 20_000_000  # most pairs of example and candidate in memory


def prepare(preparation: Preparation) -> RankedPlan:
    parameters = preparation.parameters
    examples, _ = example_rows(preparation, "TSDS")
    pool = points(preparation.view)
    candidates = nearest_candidates(
        examples,
        pool.vectors,
        k=max(1, min(parameters["candidates"], MOST_PAIRS // len(examples))),
        device=preparation.device,
        progress=preparation.progress,
    )
    distinct, where = np.unique(candidates.rows, return_inverse=True)
    dense = density(
        pool.vectors[distinct],
        radius=parameters["radius"],
        neighbours=parameters["neighbours"],
        device=preparation.device,
        progress=preparation.progress,
    )
    mass = transport(
        candidates.distances,
        dense[where.reshape(candidates.rows.shape)],
        alpha=parameters["alpha"],
        scale=parameters["scale"],
    )
    weight = np.bincount(candidates.rows.ravel(), weights=mass.ravel(), minlength=len(pool))
    carrying = np.flatnonzero(weight > 0)
    # To draw without replacement in proportion to the weights, order the rows by exponential clocks.
    chance = (priorities(preparation.view.ids[pool.rows[carrying]], seed=preparation.seed) + 0.5) / 2.0**64
    clock = -np.log(np.clip(chance.astype(np.float64), 1e-300, 1 - 1e-16)) / weight[carrying]
    drawn = carrying[np.lexsort((carrying, clock))]
    rest = np.flatnonzero(weight == 0)
    rest = rest[np.lexsort((rest, -np.round(candidates.nearness[rest].astype(np.float64), 6)))]
    first = without(pool.rows[drawn], preparation.given)
    value = np.zeros(len(preparation.view))
    value[pool.rows] = weight
    return RankedPlan(
        order=np.concatenate((first, without(pool.rows[rest], preparation.given))),
        rows=len(preparation.view),
        gains=value[first],
        prefix=len(first),
        tail=TAIL,
        outside=pool.outside,
        caution=f"Only {len(first):,} rows receive mass from the {len(examples):,} examples; further rows are "
        "merely near the examples. A smaller α or a larger C spreads the mass over more rows.",
    )


STRATEGY = Strategy(
    name="tsds",
    title="TSDS: toward examples",
    level="ranked",
    kind="ranked",
    summary="Rows like your examples, spread so that near-copies share what one row would get.",
    formula="γ minimises (α / C) Σ γ_ij d_ij + (1 − α) · m · max_ij ρ_j γ_ij with Σ_j γ_ij = 1 / m for each of m "
    "examples; d Euclidean, ρ_j = Σ over its nearest candidates of max(0, 1 − d² / σ²). Row weight w_j = Σ_i γ_ij; N "
    "rows are drawn without replacement in proportion to w.",
    source="TSDS (arXiv 2410.11303) and its code; drawn without replacement because plain sampling repeats rows.",
    prepare=prepare,
    needs=lambda parameters: ("embeddings", "target"),
    parameters=(
        Parameter(
            name="alpha",
            title="α, alignment against diversity",
            kind="float",
            default=0.5,
            minimum=0.01,
            maximum=0.99,
            help="As it grows, the mass gathers on the rows nearest to the examples; as it falls, the mass spreads.",
        ),
        Parameter(
            name="scale",
            title="C, scale of the distances",
            kind="float",
            default=5.0,
            minimum=0.01,
            maximum=1000,
            help="As it grows, distance counts less and the mass spreads.",
        ),
        Parameter(
            name="radius",
            title="σ, radius of likeness",
            kind="float",
            default=0.75,
            minimum=0.01,
            maximum=2,
            help="As it grows, farther rows count as near-copies that share their mass.",
        ),
        Parameter(
            name="candidates",
            title="Candidates an example",
            kind="int",
            default=5000,
            minimum=1,
            maximum=100_000,
            by_eye=False,
            help="Only this many rows nearest to an example can receive its mass. As it grows, preparation is slower.",
        ),
        Parameter(
            name="neighbours",
            title="Neighbours of the density",
            kind="int",
            default=1000,
            minimum=1,
            maximum=100_000,
            help="At most this many rows count in ρ; it matters only where more lie within σ.",
        ),
    ),
    tail=TAIL,
    cost="O(examples · rows · dimensions) and O(candidates² · dimensions)",
    job_from=lambda parameters: 4_000,
)
