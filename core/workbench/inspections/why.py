"""Why a row is in or out: what its plan says, and, where one value or a draw decides, that value and the cut-off."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.row_ids import show_id
from core.row_positions import PoolRow, PoolRows
from core.selection.plan import Reason
from core.selection.priorities import by_priority
from core.selection.ranked_plan import RankedPlan
from core.selection.registry import strategy
from core.workbench.build import Built

Facts = list[tuple[str, Any]]


def why(built: Built, row: PoolRow) -> Reason:
    """The plan's facts about the pool's row, and for one left out what it would have taken to get in.

    Rules come first: a row that is pinned is in, one that is excluded or in training could not be chosen. Then, for
    a strategy that orders rows by one value, that value and the last kept row's; for a seeded draw its place in it;
    for InsTag the kept rows that brought its tags.
    """
    reason, plan = built.plan.why(row, built.answer), built.plan
    facts = _ruled(built, row)
    if reason.chosen or not isinstance(plan, RankedPlan):
        return Reason(chosen=reason.chosen, facts=(*facts, *reason.facts))
    if not facts:
        facts = _shuffled(built, plan, row) if plan.shuffled is not None else _valued(built, plan, row)
    more = _brought(built, row) if built.recipe.strategy == "instag" else []
    named = {name for name, _ in facts}
    said = [fact for fact in reason.facts if not (fact[0] == "gain" and "decided by" in named)]  # the same value
    return Reason(chosen=False, facts=(*facts, *said, *more))


def _ruled(built: Built, row: PoolRow) -> Facts:
    """What a rule of the recipe says of the row: pinned, excluded, or in training."""
    if row in built.request.pinned:
        return [("pinned by you", "a rule keeps this row in, wherever the slider stands")]
    if row in built.request.excluded:
        return [("kept out by", "a rule: this row is excluded")]
    if row in built.request.given:
        return [("kept out by", "it is in training already")]
    return []


def _kept(built: Built) -> PoolRows:
    """The rows that the order chose: all but the pinned ones."""
    rows = built.answer.rows
    return PoolRows(rows[~np.isin(rows, built.request.pinned)])


def _places(order: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """(rows,) the place of each row of the pool in the order, -1 where it has none."""
    place = np.full(rows, -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    return place


def _shuffled(built: Built, plan: RankedPlan, row: PoolRow) -> Facts:
    assert plan.shuffled is not None  # the caller has looked
    place = _places(by_priority(plan.shuffled, seed=built.recipe.seed), plan.rows)
    kept = place[_kept(built)]
    if not len(kept):
        return []
    facts: Facts = [
        ("decided by", f"a draw with seed {built.recipe.seed}; nothing about the row itself"),
        ("its place in the draw", int(place[row]) + 1),
        ("place of the last kept row", int(kept.max()) + 1),
    ]
    return facts + _passed_over(built, bool(place[row] < kept.max()))


def _valued(built: Built, plan: RankedPlan, row: PoolRow) -> Facts:
    measure = strategy(built.recipe.strategy).measure(built.recipe.parameters)
    place = _places(plan.order, plan.rows)
    kept = np.sort(place[_kept(built)])
    if not measure or plan.groups is not None or place[row] < 0 or not len(kept) or kept[-1] >= len(plan.gains):
        return []
    own, first, last = (_number(plan.gains[at]) for at in (place[row], kept[0], kept[-1]))
    facts: Facts = [("decided by", f"{measure} alone; ties by row id"), (measure, own)]
    if built.answer.realised["position"] == 1:
        facts.append(("the last kept row has", last))
    else:
        facts.append(("kept rows go from", f"{first} to {last}"))
    return facts + _passed_over(built, bool(kept[0] < place[row] < kept[-1]))


def _passed_over(built: Built, inside: bool) -> Facts:
    if not inside:
        return []
    cause = "a quota" if built.recipe.quotas else "the token budget" if built.recipe.unit == "tokens" else "a rule"
    return [("passed over", f"rows after it are in: {cause} kept this one out")]


def _brought(built: Built, row: PoolRow) -> Facts:
    """Which kept row brought each of the row's tags first."""
    tags = built.corpus_view.pool.tags
    own = np.sort(tags.matrix[row].indices)
    if not len(own):
        return []
    rows = built.answer.rows
    matrix = tags.matrix[rows][:, own].tocsc()
    found, missing = [], []
    for column, tag in enumerate(own.tolist()):
        holders = matrix.indices[matrix.indptr[column] : matrix.indptr[column + 1]]
        if len(holders):
            bringer = show_id(int(built.corpus_view.pool.ids[rows[holders.min()]]))
            found.append(f"{tags.names[tag]} (row {bringer})")
        else:
            missing.append(tags.names[tag])
    facts: Facts = [("its tags, and the kept row that brought each", found)]
    return [*facts, ("in no kept row", missing)] if missing else facts


def _number(value: float) -> str:
    return f"{float(value):,.6g}"
