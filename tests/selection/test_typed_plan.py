"""The typed plan: the reach of the slider, what it answers, why, and how it is kept."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Infeasible, InputError
from core.selection.plan import Answer, Quota, Request
from core.selection.prune import Pruning, rarest_first
from core.selection.reason import Fact
from core.selection.typed_plan import TypedPlan
from tests.benchmarks.generator import incidence as zipf
from tests.benchmarks.generator import row_ids
from tests.selection import slow

small = settings(max_examples=80)


def plan_of(incidence, **values) -> TypedPlan:
    pruning = Pruning.of(incidence, rarest_first(incidence))
    return TypedPlan(incidence=incidence, pruning=pruning, ids=slow.ids_of(incidence.rows), **values)


@pytest.fixture(scope="module")
def plan() -> TypedPlan:
    incidence = zipf(rows=4000, types=1000, entries=40_000)
    return TypedPlan(incidence=incidence, pruning=Pruning.of(incidence, rarest_first(incidence)), ids=row_ids(4000))


@small
@given(slow.incidences(), st.data())
def test_the_reach_and_the_answers_equal_the_definition(incidence, data):
    rows = slow.sets_of(incidence)
    typed = sum(bool(types) for types in rows)
    size = data.draw(st.integers(1, typed))
    position = data.draw(st.sampled_from([0.0, 0.3, 0.5, 1.0]))
    leaving = slow.rarest_first(rows)
    ids = slow.ids_of(len(rows))
    reach = [slow.reach(rows, leaving, step=step, size=size, ids=ids) for step in range(max(leaving))]
    smallest = slow.smallest_pool(rows, leaving, size=size)
    plan = plan_of(incidence)
    scale = plan.scale(Request(size=size))
    assert (scale.k_min, scale.k_max) == (reach[smallest], max(reach[0], reach[smallest]))
    answer = plan.answer(Request(size=size, position=position))
    target = math.floor(scale.k_min + position * (scale.k_max - scale.k_min) + 0.5)
    step = answer.realised["step"]
    assert answer.rows.tolist() == slow.fill(rows, slow.trace(rows, leaving, step)[0], size=size, ids=ids)
    assert answer.realised["k"] == reach[step] <= target
    left = [len(slow.trace(rows, leaving, at)[1]) for at in range(max(leaving))]
    if target == scale.k_max:
        assert step == 0
    elif left[step] == reach[step]:  # the pool that pruning has at that many types
        assert step == smallest or left[step - 1] > target or reach[step - 1] > target
    else:
        assert reach[step - 1] > target
    assert answer.realised["pool_types"] == len(slow.trace(rows, leaving, step)[1])


def test_every_level_holds_the_size_and_covers_its_types(plan):
    for answer in plan.levels(Request(size=400)):
        assert len(np.unique(answer.rows)) == 400
        assert answer.realised["types_covered"] == answer.realised["pool_types"] == answer.realised["k"]
    ends = plan.levels(Request(size=400))
    assert ends[0].realised["k"] == ends[0].realised["k_min"]
    assert ends[-1].realised["k"] == ends[-1].realised["k_max"]


def test_many_clusters_reach_no_further_than_the_size():
    plan = plan_of(slow.of_sets([{row % 50} for row in range(500)]))
    scale = plan.scale(Request(size=20))
    assert (scale.k_min, scale.k_max) == (2, 20)
    assert plan.scale(Request(size=100)).k_max == 50


def test_the_smallest_scale_is_the_fewest_biggest_clusters():
    plan = plan_of(slow.of_sets([{0}] * 30 + [{1}] * 20 + [{2}] * 5))
    assert plan.scale(Request(size=30)).k_min == 1
    assert plan.scale(Request(size=31)).k_min == 2
    assert plan.scale(Request(size=51)).k_min == 3


def test_more_rows_than_there_are_is_refused_with_numbers():
    plan = plan_of(slow.of_sets([{0}, {1}, set(), set()]), outside={"noise: in no cluster": 2})
    with pytest.raises(Infeasible, match=r"2 rows can be chosen, the request is for 3.*2 noise: in no cluster"):
        plan.answer(Request(size=3))
    with pytest.raises(InputError):
        plan.answer(Request(size=1, position=1.5))
    with pytest.raises(InputError):
        plan.answer(Request(size=0))


def test_given_pinned_and_excluded_rows_are_honoured(plan):
    pinned, given, excluded = np.array([5, 9]), np.arange(100, 900), np.arange(1000, 2000)
    request = Request(size=300, position=0.6, pinned=pinned, given=given, excluded=excluded)
    answer = plan.answer(request)
    assert answer.rows[:2].tolist() == [5, 9]
    assert len(answer.rows) == len(np.unique(answer.rows)) == 300
    assert not np.isin(answer.rows, np.concatenate((given, excluded))).any()
    both = plan.incidence.counts(np.concatenate((answer.rows, given)))
    assert answer.realised["k"] == np.count_nonzero(both) > answer.realised["types_covered"]


def test_pins_that_cannot_be_are_refused(plan):
    with pytest.raises(Infeasible, match="Pinned and excluded at once: 1 row"):
        plan.answer(Request(size=3, pinned=np.array([4]), excluded=np.array([4])))
    with pytest.raises(Infeasible, match="pinned rows alone are 3 rows"):
        plan.answer(Request(size=2, pinned=np.array([1, 2, 3])))
    with pytest.raises(InputError, match="not in the pool"):
        plan.answer(Request(size=2, pinned=np.array([4000])))


def test_a_token_budget_is_filled_and_never_exceeded(plan):
    cost = np.random.default_rng(0).integers(5, 400, plan.rows)
    for answer in plan.levels(Request(size=50_000, cost=cost), levels=3):
        assert 49_500 <= cost[answer.rows].sum() <= 50_000
        assert answer.realised["tokens"] == cost[answer.rows].sum()
    with pytest.raises(Infeasible, match="tokens can be chosen"):
        plan.answer(Request(size=int(cost.sum()) + 1, cost=cost))


def test_quotas_hold_at_every_position(plan):
    groups = (np.arange(plan.rows) % 3).astype(np.int32)
    quota = Quota("source", groups, ["a", "b", "c"], {0: 150}, {1: 40})
    for cost in (None, np.full(plan.rows, 7)):
        size = 300 if cost is None else 2100
        for answer in plan.levels(Request(size=size, cost=cost, quotas=(quota,)), levels=4):
            counts = np.bincount(groups[answer.rows], minlength=3)
            assert counts.sum() == 300
            assert counts[0] >= 150
            assert counts[1] <= 40


@small
@given(slow.incidences(most_rows=12), st.data())
def test_a_feasible_quota_is_always_met_and_another_explained(incidence, data):
    groups = data.draw(st.lists(st.integers(-1, 2), min_size=incidence.rows, max_size=incidence.rows))
    minimum = data.draw(st.dictionaries(st.integers(0, 2), st.integers(0, 4)))
    maximum = data.draw(st.dictionaries(st.integers(0, 2), st.integers(0, 4)))
    size = data.draw(st.integers(1, incidence.rows))
    typed = [groups[row] for row in range(incidence.rows) if incidence.per_row[row]]
    quota = Quota("g", np.array(groups, dtype=np.int32), ["x", "y", "z"], minimum, maximum)
    room = typed.count(-1) + sum(min(typed.count(name), maximum.get(name, 99)) for name in range(3))
    least = [minimum.get(name, 0) for name in range(3)]
    feasible = (
        size <= min(room, len(typed))
        and sum(least) <= size
        and all(least[name] <= min(typed.count(name), maximum.get(name, 99)) for name in range(3))
    )
    request = Request(size=size, position=data.draw(st.sampled_from([0.0, 0.5, 1.0])), quotas=(quota,))
    if not feasible:
        with pytest.raises(Infeasible):
            plan_of(incidence).answer(request)
        return
    chosen = [groups[row] for row in plan_of(incidence).answer(request).rows.tolist()]
    assert len(chosen) == size
    for name in range(3):
        assert least[name] <= chosen.count(name) <= maximum.get(name, 99)


def test_an_infeasible_quota_names_rule_and_numbers(plan):
    groups = np.where(np.arange(plan.rows) < 10, 0, 1).astype(np.int32)
    too_few = Quota("source", groups, ["lima", "alpaca"], {0: 20}, {})
    with pytest.raises(Infeasible, match="source = lima must have 20 rows, and 10 can be chosen"):
        plan.answer(Request(size=100, quotas=(too_few,)))
    too_tight = Quota("source", groups, ["lima", "alpaca"], {}, {1: 30})
    with pytest.raises(Infeasible, match="maximums of source leave room for 40 rows, the request is for 100"):
        plan.answer(Request(size=100, quotas=(too_tight,)))
    crossed = (Quota("a", groups, ["x", "y"], {0: 9}, {}), Quota("b", groups, ["u", "v"], {}, {0: 5}))
    with pytest.raises(Infeasible, match="quotas on a and b cannot all be met"):
        plan.answer(Request(size=100, quotas=crossed))


def test_neighbouring_positions_share_most_rows():
    plan = plan_of(slow.of_sets([{row % 40} for row in range(4000)]))
    near = [plan.answer(Request(size=200, position=position)).rows for position in (0.5, 0.55)]
    far = plan.answer(Request(size=200, position=0.5, seed=1)).rows
    assert len(np.intersect1d(*near)) > 150
    assert len(np.intersect1d(near[0], far)) < 100


def test_the_random_tick_is_the_mean_of_seeded_draws(plan):
    request = Request(size=400)
    tick = plan.random_tick(request, draws=10)
    assert tick == plan.random_tick(request, draws=10)
    generator = np.random.default_rng(0)
    draws = [generator.choice(plan.rows, 400, replace=False) for _ in range(200)]
    expected = np.mean([np.count_nonzero(plan.incidence.counts(draw)) for draw in draws])
    assert abs(tick.mean - expected) < 0.02 * expected
    assert tick.low <= tick.mean <= tick.high
    scale = plan.scale(request)
    assert tick.position == pytest.approx((tick.mean - scale.k_min) / (scale.k_max - scale.k_min))


def test_why_tells_what_a_chosen_row_brought_and_what_covers_a_dropped_one():
    rows = [{0, 1, 2}, {0, 1}, {3}, {2, 3}, set()]
    plan = plan_of(slow.of_sets(rows), outside={"without a tag": 1}, reach="tags")
    answer = plan.answer(Request(size=2))
    assert set(answer.rows.tolist()) == {0, 3} or set(answer.rows.tolist()) == {0, 2}
    first = plan.why(int(answer.rows[0]), answer)
    assert first.chosen
    own = tuple(sorted(rows[int(answer.rows[0])]))
    assert first.facts == (
        Fact(kind="rank", places=(1,)),
        Fact(kind="gain", values=(float(len(own)),)),
        Fact(kind="brought_first", types=own),
        Fact(kind="types", types=own, text="tags"),
    )
    dropped = plan.why(1, answer)
    assert not dropped.chosen
    assert dropped.covered_by == 0
    assert dropped.facts == (
        Fact(kind="covered_by", rows=(0,)),
        Fact(kind="shared_types", types=(0, 1)),
        Fact(kind="missing_types"),
        Fact(kind="types", types=(0, 1), text="tags"),
    )
    assert plan.why(4, answer).facts == (Fact(kind="outside", text="without a tag"),)


def test_why_names_the_step_at_which_a_row_left(plan):
    answer = plan.answer(Request(size=400, position=0.2))
    gone = int(np.flatnonzero(plan.pruning.leaving <= answer.realised["step"])[0])
    reason = plan.why(gone, answer)
    assert reason.fact("left_pool").places <= reason.fact("pool_step").places == (answer.step,)
    assert reason.fact("missing_types").types


def test_the_curve_falls_from_the_whole_pool_to_nothing(plan):
    types, rows = plan.curve(points=50)
    assert (types[0], rows[0]) == (1000, 4000)
    assert (types[-1], rows[-1]) == (0, 0)
    assert len(types) <= 50
    assert (np.diff(rows) <= 0).all()


def test_a_restored_plan_gives_the_same_answers(plan, tmp_path):
    factor = np.linspace(1, 2, plan.rows)
    original = TypedPlan(
        incidence=plan.incidence, pruning=plan.pruning, ids=plan.ids, factor=factor, outside={"x": 3}, reach="tokens"
    )
    arrays, values = original.state()
    for name, array in arrays.items():
        np.save(tmp_path / f"{name}.npy", array, allow_pickle=False)
    mapping = {name: np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in arrays}
    restored = TypedPlan.restore(mapping, values)
    for position in (0.0, 0.4, 1.0):
        request = Request(size=200, position=position, seed=3)
        assert np.array_equal(restored.answer(request).rows, original.answer(request).rows)
    assert restored.outside == {"x": 3}


def test_answers_do_not_depend_on_what_was_asked_before(plan):
    request = Request(size=250, position=0.4, seed=2)
    fresh = plan_of(plan.incidence)
    fresh.ids = plan.ids
    for other in (1, 2, 3, 4):
        plan.answer(replace(request, seed=other, size=100 * other))
    assert np.array_equal(plan.answer(request).rows, fresh.answer(request).rows)


def test_two_quotas_that_only_a_larger_pool_meets_raise_the_smallest_scale(plan):
    rows = np.arange(plan.rows)
    columns = [(rows % 4).astype(np.int32), (rows // 4 % 4).astype(np.int32)]
    names = ["a", "b", "c", "d"]
    quotas = (Quota("one", columns[0], names, {0: 100}, {}), Quota("two", columns[1], names, {}, {0: 5, 1: 5, 2: 5}))
    for answer in plan.levels(Request(size=300, quotas=quotas), levels=4):
        counts = [np.bincount(column[answer.rows], minlength=4) for column in columns]
        assert len(answer.rows) == 300
        assert counts[0][0] >= 100
        assert counts[1][:3].max() <= 5


def test_an_answer_says_where_it_stands_by_properties_and_another_plan_says_nothing(plan):
    answer = plan.answer(Request(size=400, position=0.2))
    scale = plan.scale(Request(size=400))
    reached = answer.type_range
    assert (reached.least, reached.most) == (scale.k_min, scale.k_max)
    assert reached.least <= reached.covered <= reached.asked <= reached.most
    assert answer.window is None and answer.position is None
    silent = Answer(rows=answer.rows, realised={})
    assert silent.type_range is silent.window is silent.step is silent.position is None
