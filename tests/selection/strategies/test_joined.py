"""The joined strategy: types of two components in one matrix, and a weight that says how much each counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.parameters import complete
from core.selection.admission import Admission
from core.selection.incidence import from_labels
from core.selection.parts import WHOLE, Part, joined_incidence, price_of_types
from core.selection.plan import Request
from core.selection.prune import Pruning, rarest_first
from core.selection.registry import strategy
from core.selection.sample import Sampler
from core.selection.strategy import Preparation
from core.trial.rows import tokens_of, trial_view
from core.view import View
from tests.selection import slow


def plan_of(view: View, name: str = "joined", **knobs):
    chosen = strategy(name)
    return chosen.prepare(Preparation(view=view, parameters=complete(chosen.parameters, knobs), seed=3))


def parts_of(first: int, types: int, weight: int) -> list[Part]:
    common = {"strategy": "micro", "component": "response"}
    return [
        Part(title="a", weight=WHOLE - weight, first=0, stop=first, **common),
        Part(title="b", weight=weight, first=first, stop=types, **common),
    ]


@settings(max_examples=80)
@given(
    slow.incidences(), slow.incidences(), st.integers(1, 12), st.integers(0, 5), st.integers(1, 999), st.integers(0, 3)
)
def test_the_engine_with_two_parts_equals_the_slow_one(first, second, size, step, weight, seed):
    rows = min(first.rows, second.rows)
    both = joined_incidence([slow.of_rows(first, rows), slow.of_rows(second, rows)])
    parts = parts_of(len(slow.of_rows(first, rows).keys), len(both.keys), weight)
    sets = slow.sets_of(both)
    price = price_of_types(parts, len(both.keys))
    leaving = rarest_first(both, price=price)
    assert leaving.tolist() == slow.rarest_first(sets, price.tolist())
    pruning = Pruning.of(both, leaving)
    step = min(step, len(pruning.types_left) - 1)
    sampler = Sampler(both, pruning, ids=slow.ids_of(rows), seed=seed, parts=parts)
    filling = sampler.fill(Admission.of(Request(size=size, seed=seed), rows=rows), step=step)
    pool = set(np.flatnonzero(pruning.pool(step)).tolist())
    wanted = slow.fill(sets, pool, size=size, ids=slow.ids_of(rows), seed=seed, parts=parts)
    assert filling.rows.tolist() == wanted


@pytest.mark.parametrize("position", [0.0, 0.35, 1.0])
def test_a_weight_of_0_or_1_is_the_single_strategy(position):
    view = trial_view(400)
    request = Request(size=60, position=position, seed=5)
    for weight, alone, of in ((0.0, "micro", view), (1.0, "macro", view.of_component("instruction"))):
        joined, single = plan_of(view, weight=weight), plan_of(of, alone)
        mine, theirs = joined.answer(request), single.answer(request)
        assert mine.rows.tolist() == theirs.rows.tolist()
        assert mine.realised == theirs.realised
        assert joined.outside == single.outside
    assert strategy("joined").needs(complete(strategy("joined").parameters, {"weight": 0})) == ("tokens",)
    assert strategy("joined").needs(complete(strategy("joined").parameters, {"weight": 1})) == ("instruction.clusters",)


def test_the_share_of_rows_of_a_part_is_its_weight():
    """Rows that carry types of one part only: which rows are drawn says whose turn it was."""
    rows = 400
    own = np.arange(rows) % 2 == 0
    both = joined_incidence([from_labels(np.where(own, np.arange(rows) % 14, -1)),
                             from_labels(np.where(own, -1, np.arange(rows) % 9))])  # fmt: skip
    drawn = []
    for weight in range(50, 1000, 50):
        parts = parts_of(7, len(both.keys), weight)
        pruning = Pruning.of(both, rarest_first(both, price=price_of_types(parts, len(both.keys))))
        sampler = Sampler(both, pruning, ids=slow.ids_of(rows), seed=1, parts=parts)
        picked = sampler.fill(Admission.of(Request(size=100), rows=rows), step=0).rows
        drawn.append(int((~own[picked]).sum()))
    assert drawn == [weight // 10 for weight in range(50, 1000, 50)]


def test_more_weight_reaches_more_types_of_the_second_part_and_fewer_of_the_first():
    generator = np.random.default_rng(0)
    words = [" ".join(f"w{word}" for word in generator.integers(0, 300, 3)) for _ in range(1500)]
    tokens, clusters = tokens_of(words), generator.integers(0, 90, 1500).astype(np.int32)
    view = View(np.arange(1500, dtype=np.uint64), "response", {}, {"clusters": clusters, "instruction.tokens": tokens})
    seen = []
    for weight in (0.1, 0.5, 0.9):  # the mean over draws: one draw may go against it by a few types
        plan = plan_of(view, first="macro", second="micro", weight=weight, low=1)
        held = [[part[0] for part in plan.answer(Request(size=80, seed=seed)).parts.values()] for seed in range(12)]
        seen.append(np.mean(held, axis=0))
    first, second = zip(*seen, strict=True)
    assert second[0] < second[1] < second[2]
    assert first[0] > first[1] > first[2]


def test_the_slider_prunes_the_heavier_part_first():
    view = trial_view(2000, seed=4)
    left = []
    for weight in (0.05, 0.5, 0.95):
        plan = plan_of(view, weight=weight)
        scale = plan.scale(Request(size=500))
        part = plan.parts[1]
        left.append(int((plan.pruning.type_leaving[part.first : part.stop] > scale.step).sum()))
    assert left == sorted(left, reverse=True)


def test_the_ends_of_the_slider_are_reached_and_count_both_parts():
    view = trial_view(600)
    plan = plan_of(view, weight=0.4)
    low, high = (plan.answer(Request(size=80, position=position)) for position in (0.0, 1.0))
    for answer in (low, high):
        held = sum(count for count, _ in answer.parts.values())
        assert held == answer.realised["types_covered"] == answer.realised["k"]
    assert low.realised["k"] == low.realised["k_min"] < high.realised["k_max"] == high.realised["k"]
    smaller = [step for step in range(len(plan.pruning.rows_left)) if plan.pruning.rows_left[step] >= 80]
    assert low.realised["step"] == max(smaller)


def test_rows_without_a_type_in_one_part_are_named_and_can_be_chosen():
    view = trial_view(150)
    plan = plan_of(view, weight=0.5, low=1)
    lacking = int((view.get("instruction.clusters") < 0).sum())
    (warning,) = plan.answer(Request(size=20)).warnings
    assert f"{lacking} rows of the pool have no cluster of the instruction: only the other part" in warning
    assert plan.outside == {}
    every = plan.answer(Request(size=150)).rows
    assert len(every) == 150


def test_why_names_the_types_of_both_parts():
    view = trial_view(300)
    plan = plan_of(view, weight=0.5)
    answer = plan.answer(Request(size=30, position=0.6))
    clusters = view.get("instruction.clusters")
    again = type(plan).restore(*plan.state())
    for row in [*answer.rows[:5].tolist(), *np.setdiff1d(np.arange(300), answer.rows)[:20].tolist()]:
        facts = [fact for fact in plan.why(row, answer).facts if fact.kind == "types"]
        if not facts:
            continue
        assert [fact.text for fact in facts] == ["mid-band tokens of the response", "clusters of the instruction"]
        assert list(facts[1].types) == ([int(clusters[row])] if clusters[row] >= 0 else [])
        assert set(facts[0].types) <= set(view.tokens.ids[view.tokens.indptr[row] : view.tokens.indptr[row + 1]])
        assert again.why(row, answer) == plan.why(row, answer)


def test_two_parts_that_are_the_same_are_refused():
    view = trial_view(60)
    with pytest.raises(InputError, match="Both parts"):
        plan_of(view, second="micro", second_component="response", low=1)
    assert plan_of(view, second="macro", second_component="response", low=1).parts[1].component == "response"
