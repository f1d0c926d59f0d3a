"""Why a row is in or out: the plan's facts and, where a single value or a draw decides, that value and the cut-off."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.budgets.units import ROWS
from core.row_positions import CorpusRow, PoolRow, PoolRows
from core.selection.nearest import nearest_kept
from core.selection.priorities import by_priority
from core.selection.ranked_plan import RankedPlan
from core.selection.reason import Fact, Reason
from core.selection.registry import strategy
from core.selection.whitening import whitened_needs
from core.view import of_need
from core.workbench.build import Built

RowRule = Literal["pinned", "excluded", "in_training"]


def why(built: Built, row: PoolRow) -> Reason:
    """The plan's facts about the pool's row, and for a row left out what it would have needed to be chosen.

    Rules come first: a pinned row is in, an excluded row or one in training could not be chosen. Then come, for a
    strategy that orders rows by one value, that value and the last kept row's; for a seeded draw the row's place in it;
    for InsTag the kept rows that brought its tags. core.workbench.inspections.why_words has the words.
    """
    reason, plan = built.plan.why(row, built.answer), built.plan
    (rule,) = rules_on(built, PoolRows(np.array([row])))
    facts = [Fact(kind=rule)] if rule else []
    if reason.chosen or not isinstance(plan, RankedPlan):
        return Reason(chosen=reason.chosen, facts=(*facts, *reason.facts))
    if not facts:
        facts = _shuffled(built, plan, row) if plan.shuffled is not None else _valued(built, plan, row)
    brought = _brought(built, row) if built.recipe.strategy == "instag" else []
    valued = any(fact.kind == "decided_by_value" for fact in facts)  # then the gain would repeat the value
    said = [fact for fact in reason.facts if not (valued and fact.kind == "gain")]
    return Reason(chosen=False, facts=(*facts, *said, *brought))


def nearest(built: Built, row: PoolRow) -> tuple[PoolRow, float] | None:
    """The kept row nearest to the pool's ``row``, other than itself, and the cosine distance between them.

    The vectors are those that the plan read: whitened where it was prepared so. None without embeddings of the
    component, or when no other row is kept. O(kept · dimensions).
    """
    view = built.corpus_view
    if not view.whole.has("embeddings"):
        return None
    if reads_whitened(built):
        vectors = view.pool_as_read(built.recipe).embeddings
        among = nearest_kept(row, built.answer.rows, embeddings=vectors)
        return None if among is None else (PoolRow(among[0]), among[1])
    neighbour = nearest_kept(view.corpus_position(row), built.positions, embeddings=view.whole.embeddings)
    if neighbour is None:
        return None
    kept = view.pool_position(CorpusRow(neighbour[0]))
    assert kept is not None  # a kept row is in the pool
    return kept, neighbour[1]


def reads_whitened(built: Built) -> bool:
    """Whether the plan read the vectors of the component whitened."""
    names = whitened_needs(strategy(built.recipe.strategy), built.recipe.parameters)
    return any(of_need(name)[0] in ("", built.corpus_view.choice.component) for name in names)


def nearness(built: Built) -> str:
    """What :func:`nearest` measures, in words."""
    return "cosine distance of the whitened vectors" if reads_whitened(built) else "cosine distance"


def rules_on(built: Built, rows: PoolRows) -> list[RowRule | None]:
    """(rows,) the rule of the recipe that names each of the pool's ``rows``, None where none does."""
    rules: list[RowRule | None] = [None] * len(rows)
    named: tuple[tuple[RowRule, PoolRows], ...] = (
        ("in_training", built.request.given),
        ("excluded", built.request.excluded),
        ("pinned", built.request.pinned),
    )
    for rule, ruled in named:
        for place in np.flatnonzero(np.isin(rows, ruled)).tolist():
            rules[place] = rule
    return rules


def _kept(built: Built) -> PoolRows:
    """The rows that were chosen by the order: all chosen rows except the pinned ones."""
    rows = built.answer.rows
    return PoolRows(rows[~np.isin(rows, built.request.pinned)])


def _places(order: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """(rows,) the place of each row of the pool in the order, -1 for a row outside the order."""
    places = np.full(rows, -1, dtype=np.int64)
    places[order] = np.arange(len(order))
    return places


def _shuffled(built: Built, plan: RankedPlan, row: PoolRow) -> list[Fact]:
    assert plan.shuffled is not None  # the caller has checked it
    places = _places(by_priority(plan.shuffled, seed=built.recipe.seed), plan.rows)
    kept = places[_kept(built)]
    if not len(kept):
        return []
    place, last = int(places[row]), int(kept.max())
    return [
        Fact(kind="drawn", values=(built.recipe.seed,)),
        Fact(kind="draw_place", places=(place + 1,)),
        Fact(kind="last_draw_place", places=(last + 1,)),
        *_passed_over(built, place < last),
    ]


def _valued(built: Built, plan: RankedPlan, row: PoolRow) -> list[Fact]:
    measure = strategy(built.recipe.strategy).measure(built.recipe.parameters)
    places = _places(plan.order, plan.rows)
    kept, place = np.sort(places[_kept(built)]), int(places[row])
    if not measure or plan.groups is not None or place < 0 or not len(kept) or kept[-1] >= len(plan.gains):
        return []
    own, first, last = (float(plan.gains[at]) for at in (place, kept[0], kept[-1]))
    from_the_first = built.answer.position == 1
    return [
        Fact(kind="decided_by_value", text=measure),
        Fact(kind="own_value", text=measure, values=(own,)),
        Fact(kind="last_kept_value", values=(last,)) if from_the_first
        else Fact(kind="kept_values", values=(first, last)),
        *_passed_over(built, bool(kept[0] < place < kept[-1])),
    ]  # fmt: skip


def _passed_over(built: Built, inside: bool) -> list[Fact]:
    """The fact on what kept a row out although rows after it in the order are in."""
    if not inside:
        return []
    if built.recipe.quotas:
        return [Fact(kind="passed_over_by_quota")]
    return [Fact(kind="passed_over_by_budget" if built.recipe.unit != ROWS else "passed_over_by_rule")]


def _brought(built: Built, row: PoolRow) -> list[Fact]:
    """The fact on which kept row first brought each of the row's tags."""
    tags = built.corpus_view.pool.tags
    own = np.sort(tags.matrix[row].indices)
    if not len(own):
        return []
    rows = built.answer.rows
    matrix = tags.matrix[rows][:, own].tocsc()
    brought: dict[str | int, PoolRow] = {}
    missing: list[str | int] = []
    for column, tag in enumerate(own.tolist()):
        holders = matrix.indices[matrix.indptr[column] : matrix.indptr[column + 1]]
        if len(holders):
            brought[tags.names[tag]] = PoolRow(int(rows[holders.min()]))
        else:
            missing.append(tags.names[tag])
    facts = [Fact(kind="bringers", types=tuple(brought), rows=tuple(brought.values()))]
    return [*facts, Fact(kind="missing_types", types=tuple(missing))] if missing else facts
