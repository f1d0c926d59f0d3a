"""Several quotas at once against every choice of rows: none that can be met is refused."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Infeasible
from core.selection.plan import Quota, Request
from core.selection.prune import Pruning, rarest_first
from core.selection.ranked_plan import RankedPlan
from core.selection.typed_plan import TypedPlan
from tests.selection.slow import ids_of, of_sets

crossing = settings(max_examples=150)


def obeys(chosen, quotas) -> bool:
    """Whether every group of every quota lies between its bounds."""
    for quota in quotas:
        for group in range(len(quota.names)):
            total = sum(int(quota.groups[row]) == group for row in chosen)
            if not quota.minimum.get(group, 0) <= total <= quota.maximum.get(group, 99):
                return False
    return True


@st.composite
def cases(draw, quotas: int = 2):
    """Rows in an order, a size, a pin or an exclusion, and quotas whose groups cross."""
    rows = draw(st.integers(4, 9))
    made = []
    for number in range(quotas):
        groups = draw(st.lists(st.integers(-1, 2), min_size=rows, max_size=rows))
        minimum = draw(st.dictionaries(st.integers(0, 2), st.integers(0, 3), max_size=2))
        maximum = draw(st.dictionaries(st.integers(0, 2), st.integers(0, 3), max_size=2))
        made.append(Quota(f"q{number}", np.array(groups, dtype=np.int32), ["x", "y", "z"], minimum, maximum))
    order = draw(st.permutations(range(rows)))
    pinned = np.array(draw(st.sampled_from([[], [0], [1]])), dtype=np.int64)
    excluded = np.array(draw(st.sampled_from([[], [2], [3]])), dtype=np.int64)
    size = draw(st.integers(max(1, len(pinned)), min(5, rows)))
    position = draw(st.sampled_from([0.0, 0.5, 1.0]))
    return order, Request(size=size, quotas=tuple(made), pinned=pinned, excluded=excluded, position=position)


def allowed(order, request: Request) -> list[tuple[int, ...]]:
    """Every choice of rows that obeys the request."""
    free = [row for row in sorted(order) if row not in request.excluded]
    return [
        chosen
        for chosen in combinations(free, request.size)
        if set(request.pinned.tolist()) <= set(chosen) and obeys(chosen, request.quotas)
    ]


def check(plan, order, request: Request) -> None:
    if allowed(order, request):
        rows = plan.answer(request).rows.tolist()
        assert len(rows) == len(set(rows)) == request.size
        assert set(request.pinned.tolist()) <= set(rows)
        assert not set(request.excluded.tolist()) & set(rows)
        assert obeys(rows, request.quotas)
    else:
        with pytest.raises(Infeasible):
            plan.answer(request)


@crossing
@given(cases())
def test_an_order_meets_two_crossing_quotas_wherever_some_choice_does(case):
    order, request = case
    check(RankedPlan(order=np.array(order), rows=len(order), tail="the rest"), order, request)


@settings(crossing, max_examples=60)
@given(cases(quotas=3))
def test_three_crossing_quotas_are_met_in_pools_that_a_search_exhausts(case):
    order, request = case
    check(RankedPlan(order=np.array(order), rows=len(order), tail="the rest"), order, request)


@settings(crossing, max_examples=60)
@given(cases())
def test_a_typed_plan_meets_two_crossing_quotas_wherever_some_choice_does(case):
    order, request = case
    sets = [{row % 3, 3 + row % 2} for row in range(len(order))]
    incidence = of_sets(sets)
    pruning = Pruning.of(incidence, rarest_first(incidence))
    check(TypedPlan(incidence=incidence, pruning=pruning, ids=ids_of(len(sets))), order, request)


def crossed(minimum, maximum) -> tuple[Quota, Quota]:
    """Eight rows: a source a or b, and a kind s or t that crosses it."""
    source = np.array([0, 0, 0, 0, 1, 1, 1, 1], dtype=np.int32)
    kind = np.array([0, 0, 1, 1, 0, 0, 1, 1], dtype=np.int32)
    return Quota("source", source, ["a", "b"], *minimum), Quota("kind", kind, ["s", "t"], *maximum)


def test_the_fewest_rows_are_exchanged_and_the_order_stays():
    # The order alone gives 0, 1, 4: both sources are there, and kind t is missing.
    plan = RankedPlan(order=np.array([0, 1, 4, 2, 5, 3, 6, 7]), rows=8, tail="the rest")
    quotas = crossed(({1: 1}, {0: 2}), ({1: 1}, {}))
    rows = plan.answer(Request(size=3, quotas=quotas)).rows.tolist()
    assert len(set(rows) & {0, 1, 4}) == 2
    assert rows == [row for row in plan.order.tolist() if row in rows]


def test_what_no_choice_can_meet_is_said_to_be_impossible_and_a_budget_is_not():
    plan = RankedPlan(order=np.arange(8), rows=8, tail="the rest")
    quotas = (
        *crossed(({0: 2}, {}), ({0: 2}, {})),
        Quota("pair", np.repeat([0, 1], 4).astype(np.int32), ["p", "q"], {1: 2}),
    )
    with pytest.raises(Infeasible, match="cannot all be met at 3 rows: no choice"):
        plan.answer(Request(size=3, quotas=quotas))
    tokens = Request(size=20, cost=np.full(8, 10), quotas=crossed(({0: 2}, {}), ({1: 2}, {})))
    with pytest.raises(Infeasible, match="were not met by the order at 20 tokens"):
        plan.answer(tokens)
