"""Repr filter: a random draw that skips rows too similar to a row already taken."""

from __future__ import annotations

from core.selection.greedy.points import points
from core.selection.greedy.ranking import PREFIX
from core.selection.priorities import by_priority
from core.selection.ranked_plan import RankedPlan
from core.selection.strategies.deita import CEILING, filtered
from core.selection.strategy import Preparation, Strategy

TAIL = "rows not reached in their random order, then the rows that were too similar"


def prepare(preparation: Preparation) -> RankedPlan:
    pool = points(preparation.view)
    merit = by_priority(preparation.view.ids[pool.rows], seed=preparation.seed)
    return filtered(preparation, pool, merit, {}, TAIL)


STRATEGY = Strategy(
    name="repr_filter",
    title="Repr filter",
    level="ranked",
    kind="ranked",
    summary="A random draw without near-duplicates: the effect of the similarity ceiling alone.",
    formula="Rows in ascending hash(seed, row id); a row is taken when its largest cosine to a taken row is at most τ.",
    source="The score-free ablation of DEITA (arXiv 2312.15685).",
    prepare=prepare,
    needs=lambda parameters: ("embeddings",),
    parameters=(CEILING, PREFIX),
    tail=TAIL,
    cost="O(rows read · prefix · dimensions)",
    stops=True,
    job_from=lambda parameters: 80_000,
)
