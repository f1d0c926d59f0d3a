"""The ranked plan: where its window stands, groups, rules, budgets, and what it says of itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Infeasible, InputError
from core.selection.plan import Quota, Request, Window
from core.selection.ranked_plan import RankedPlan, allot
from core.selection.reason import Fact

small = settings(max_examples=80)
TAIL = "the rows in reverse"


def plan_of(order, *, rows=None, tail=TAIL, **values) -> RankedPlan:
    return RankedPlan(order=np.array(order, dtype=np.int64), rows=rows or len(order), tail=tail, **values)


def test_the_window_slides_from_the_last_rows_to_the_first():
    plan = plan_of([4, 2, 0, 1, 3, 5])
    assert plan.answer(Request(size=2, position=1.0)).rows.tolist() == [4, 2]
    assert plan.answer(Request(size=2, position=0.5)).rows.tolist() == [0, 1]
    assert plan.answer(Request(size=2, position=0.0)).rows.tolist() == [3, 5]
    assert plan.answer(Request(size=2, position=0.5)).realised["start"] == 2


def test_without_a_tail_the_slider_stays_at_the_top():
    plan = plan_of([3, 1, 2], rows=5, tail="")
    answer = plan.answer(Request(size=2, position=0.2))
    assert answer.rows.tolist() == [3, 1]
    assert answer.realised["position"] == 1.0
    assert "stays at 100 %" in answer.warnings[0]
    assert plan.answer(Request(size=2)).warnings == ()


def test_more_rows_than_the_prefix_is_refused_with_numbers():
    plan = plan_of([3, 1, 2], rows=5, tail="", outside={"never reached": 2})
    with pytest.raises(Infeasible, match=r"3 rows can be chosen.*for 4.*ordered 3 of the pool's 5.*2 never"):
        plan.answer(Request(size=4))


def test_an_order_that_repeats_a_row_is_refused():
    with pytest.raises(InputError):
        plan_of([1, 1])
    with pytest.raises(InputError):
        plan_of([0, 7], rows=3)


def test_given_pinned_and_excluded_rows_step_out_of_the_order():
    plan = plan_of([0, 1, 2, 3, 4, 5])
    request = Request(size=3, given=np.array([0]), excluded=np.array([2]), pinned=np.array([5]))
    assert plan.answer(request).rows.tolist() == [5, 1, 3]


def test_a_window_slides_inside_every_group_and_groups_take_turns():
    groups = np.array([0, 0, 0, 0, 1, 1, 1, 1], dtype=np.int32)
    plan = plan_of(range(8), groups=groups, names=["a", "b"])
    assert plan.answer(Request(size=4, position=1.0)).rows.tolist() == [0, 4, 1, 5]
    assert plan.answer(Request(size=4, position=0.0)).rows.tolist() == [2, 6, 3, 7]
    assert plan.answer(Request(size=4, position=0.5)).rows.tolist() == [1, 5, 2, 6]
    assert plan.why(5, plan.answer(Request(size=4))).fact("group") == Fact(kind="group", types=("b",))


def test_group_shares_are_proportional_or_equal():
    groups = np.array([0] * 8 + [1] * 2, dtype=np.int32)
    for shares, counts in (("proportional", [4, 1]), ("equal", [3, 2])):
        plan = plan_of(range(10), groups=groups, shares=shares)
        assert np.bincount(groups[plan.answer(Request(size=5)).rows]).tolist() == counts


def test_what_equal_parts_leave_over_goes_to_the_larger_groups_as_counted_by_hand():
    rarest_last = [90, 80, 70, 60, 50, 40, 30, 20, 12, 10, 6]
    assert allot(40, rarest_last, equal=True) == [4, 4, 4, 4, 4, 4, 4, 3, 3, 3, 3]
    assert allot(40, [2, *rarest_last[:-1]], equal=True) == [2, 4, 4, 4, 4, 4, 4, 4, 4, 3, 3]  # 38 for ten others
    assert allot(5, [9, 9, 9], equal=True) == [1, 2, 2]


@small
@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(0, 40), st.booleans())
def test_allotments_fill_up_without_overfilling(capacity, room, equal):
    parts = allot(room, capacity, equal=equal)
    assert sum(parts) == min(room, sum(capacity))
    assert all(0 <= part <= kept for part, kept in zip(parts, capacity))
    if equal:  # nobody stays two behind another while it has room
        open_parts = [part for part, kept in zip(parts, capacity) if part < kept]
        assert not open_parts or max(parts) - min(open_parts) <= 1


@small
@given(st.data())
def test_quotas_skip_along_the_order_and_go_no_further_than_needed(data):
    rows = data.draw(st.integers(1, 12))
    order = data.draw(st.permutations(range(rows)))
    groups = data.draw(st.lists(st.integers(-1, 1), min_size=rows, max_size=rows))
    minimum = data.draw(st.dictionaries(st.integers(0, 1), st.integers(0, 3)))
    maximum = data.draw(st.dictionaries(st.integers(0, 1), st.integers(0, 4)))
    size = data.draw(st.integers(1, rows))
    quota = Quota("g", np.array(groups, dtype=np.int32), ["x", "y"], minimum, maximum)
    least = [minimum.get(name, 0) for name in range(2)]
    most = [min(groups.count(name), maximum.get(name, 99)) for name in range(2)]
    request = Request(size=size, quotas=(quota,))
    if sum(least) > size or groups.count(-1) + sum(most) < size or any(a > b for a, b in zip(least, most)):
        with pytest.raises(Infeasible):
            plan_of(order).answer(request)
        return
    expected: list[int] = []
    for row in order:  # take a row unless its group is full or the places left are promised to others
        taken = [sum(groups[other] == name for other in expected) for name in range(2)]
        promised = sum(max(least[name] - taken[name], 0) for name in range(2))
        helps = groups[row] >= 0 and taken[groups[row]] < least[groups[row]]
        full = groups[row] >= 0 and taken[groups[row]] >= maximum.get(groups[row], 99)
        if len(expected) < size and not full and (helps or promised < size - len(expected)):
            expected.append(row)
    assert plan_of(order).answer(request).rows.tolist() == expected


def test_a_token_budget_moves_the_window_by_tokens():
    cost = np.array([10, 10, 10, 50, 10, 10])
    plan = plan_of(range(6))
    assert plan.answer(Request(size=30, cost=cost)).rows.tolist() == [0, 1, 2]
    assert plan.answer(Request(size=20, cost=cost, position=0.0)).rows.tolist() == [4, 5]
    filled = plan.answer(Request(size=45, cost=cost))
    assert filled.rows.tolist() == [0, 1, 2, 4]  # the long row does not fit and is passed over
    assert filled.realised["tokens"] == 40
    assert "40 of 45 tokens" in filled.warnings[0]


def test_a_token_budget_meets_minimums_first():
    groups = np.array([0, 0, 0, 1, 1], dtype=np.int32)
    quota = Quota("source", groups, ["a", "b"], {1: 1}, {})
    request = Request(size=30, cost=np.full(5, 10), quotas=(quota,))
    assert plan_of(range(5)).answer(request).rows.tolist() == [3, 0, 1]


def test_why_tells_rank_gain_tail_and_window():
    plan = plan_of([2, 0, 1, 3], gains=np.array([5.0, 3.0]), prefix=2)
    answer = plan.answer(Request(size=2))
    assert plan.why(0, answer).facts == (
        Fact(kind="rank", places=(2,)), Fact(kind="order_place", places=(2,)), Fact(kind="gain", values=(3.0,)),
    )  # fmt: skip
    assert plan.why(3, answer).facts == (
        Fact(kind="order_place", places=(4,)), Fact(kind="tail", text=TAIL), Fact(kind="window", places=(1, 2)),
    )  # fmt: skip
    outside = plan_of([1], rows=2, tail="", outside={"a zero vector": 1})
    assert outside.why(0, outside.answer(Request(size=1))).facts == (Fact(kind="outside", text="a zero vector"),)


def test_a_restored_plan_gives_the_same_answers(tmp_path):
    groups = np.array([0, 1, 0, 1, 0, -1], dtype=np.int32)
    plan = plan_of([3, 1, 5, 0, 2, 4], groups=groups, names=["a", "b"], shares="equal", gains=np.arange(6.0))
    arrays, values = plan.state()
    for name, array in arrays.items():
        np.save(tmp_path / f"{name}.npy", array, allow_pickle=False)
    restored = RankedPlan.restore({name: np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in arrays}, values)
    for position in (0.0, 0.5, 1.0):
        request = Request(size=4, position=position)
        assert np.array_equal(restored.answer(request).rows, plan.answer(request).rows)
    assert restored.tail == TAIL


def test_an_answer_says_its_window_by_a_property():
    answer = plan_of(range(8)).answer(Request(size=4, position=0.5))
    assert answer.window == Window(start=2, stop=6, length=8)
    assert (answer.position, answer.type_range, answer.step) == (0.5, None, None)
