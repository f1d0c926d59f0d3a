"""GIP: widens the span of the chosen rows in the directions of a user's examples."""

from __future__ import annotations

from core.parameters import Parameter
from core.selection.greedy.points import points
from core.selection.greedy.ranking import PREFIX, begun_search, ranked
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy
from core.selection.targeted.examples import example_rows
from core.selection.targeted.projection import widen_span

TAIL = "rows beyond the prefix by falling gain beside the chosen rows"


def prepare(preparation: Preparation) -> RankedPlan:
    parameters = preparation.parameters
    examples, _ = example_rows(preparation, "GIP")
    pool = points(preparation.view)
    chosen = widen_span(
        pool.vectors,
        examples,
        count=parameters["prefix"],
        ridge=parameters["ridge"],
        given=pool.local(preparation.given),
        until=preparation.wanted,
        begun=begun_search(preparation),
        progress=preparation.progress,
    )
    return ranked(rows=len(preparation.view), points=pool, chosen=chosen, tail=TAIL)


STRATEGY = Strategy(
    name="gip",
    title="GIP: span of the examples",
    level="ranked",
    kind="ranked",
    summary="Take the row by which the span of the chosen rows takes in most of what it still lacks of your examples.",
    formula="Greedy maximum of Σ over examples q of qᵀ(I − λA⁻¹)q, A = λI + Σ ssᵀ over the chosen rows s: the length "
    "of the examples' projections onto the span of the chosen rows, softened by λ. The gain of x is "
    "λ · ‖Qᵀ A⁻¹ x‖² / (1 + xᵀA⁻¹x). Every gain is kept up to date by two products a choice. Ties by row id.",
    source="Greedy Information Projection (arXiv 2603.13790), abstract read: the largest projection of the examples "
    "onto the span, by greedy steps. Taking the exact gain of each row, and the ridge λ, without which nothing is left "
    "to add once the span is the whole space, are our reconstruction.",
    prepare=prepare,
    needs=lambda parameters: ("embeddings", "target"),
    parameters=(
        Parameter(
            name="ridge",
            title="λ",
            kind="float",
            default=0.1,
            minimum=1e-3,
            maximum=100,
            help="Near 0 one row takes in a direction wholly, and new directions come at once; as λ grows, more rows "
            "along the examples' main directions are taken before others.",
        ),
        PREFIX,
    ),
    tail=TAIL,
    cost="O(rows · prefix · dimensions)",
    stops=True,
    job_from=lambda parameters: 8_000,
)
