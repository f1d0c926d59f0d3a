"""An order that is stopped and goes on is the order that was never stopped, and answers what its rows decide."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Infeasible
from core.parameters import complete
from core.row_positions import PoolRows
from core.selection.left_out import kind_of
from core.selection.partial_order import OrderTooShort
from core.selection.plan import Quota, Request
from core.selection.ranked_plan import RankedPlan
from core.selection.registry import strategies, strategy
from core.selection.strategy import Preparation
from core.view import View
from tests.devices import DEVICES
from tests.selection.pools import blobs, view_of

ROWS, PREFIX = 1_900, 1_300  # more than one block of rows that DEITA reads at once
PARAMETERS: dict[str, dict[str, Any]] = {
    "kcenter": {},
    "mods": {"quality": "score", "threshold": 0.2},
    "log_det": {"quality": "score"},
    "novelselect": {"quality": "score", "neighbours": 5},
    "deita": {"score": "score", "ceiling": 0.99},
    "repr_filter": {"ceiling": 0.98},
    "gip": {},
    "composite": {"quality_column": "score", "balance": 0.7, "balance_column": "kind"},
}
STEPS = (1, 90, 91, 700)


def pool() -> View:
    """Vectors with copies and a zero vector, scores with gaps, categories."""
    vectors = blobs(ROWS, width=12, centres=20, seed=4)
    vectors[50:60] = vectors[40:50]
    vectors[77] = 0
    rng = np.random.default_rng(1)
    score = rng.random(ROWS) + 0.01
    score[rng.random(ROWS) < 0.1] = np.nan
    kind = np.array([("poem", "note", "list", "code")[number % 4] for number in range(ROWS)], dtype=object)
    return view_of(vectors, column_score=score, column_kind=kind)


def plan_of(name: str, *, given_rows: Any = (), device: str = "cpu", **asked: Any) -> RankedPlan:
    chosen = strategy(name)
    parameters = complete(chosen.parameters, {**PARAMETERS[name], "prefix": PREFIX})
    plan = chosen.prepare(
        Preparation(
            view=pool(), parameters=parameters, seed=3, given=PoolRows(np.asarray(given_rows, dtype=np.int64)),
            device=device, target=view_of(blobs(9, width=12, seed=8)), **asked,
        )
    )  # fmt: skip
    assert isinstance(plan, RankedPlan)
    return plan


def stored(plan: RankedPlan) -> RankedPlan:
    """The plan as it comes back from its arrays."""
    arrays, values = plan.state()
    restored = RankedPlan.restore({name: array.copy() for name, array in arrays.items()}, values)
    assert isinstance(restored, RankedPlan)
    return restored


def test_every_strategy_that_stops_is_tried_here() -> None:
    assert {name for name, known in strategies().items() if known.stops} == set(PARAMETERS)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("given_rows", [(), (3, 45, 55, 200)], ids=["none given", "some given"])
@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_an_order_that_stops_and_goes_on_is_the_whole_order(name: str, given_rows: Any, device: str) -> None:
    whole = plan_of(name, given_rows=given_rows, device=device)
    assert whole.unordered is None
    part: RankedPlan | None = None
    for wanted in STEPS:
        part = stored(plan_of(name, given_rows=given_rows, device=device, wanted=wanted, begun=part))
        assert len(part.order) >= wanted
        assert part.order.tolist() == whole.order[: len(part.order)].tolist()
        assert part.length == whole.length
        assert part.outside == whole.outside
        np.testing.assert_allclose(part.gains, whole.gains[: len(part.order)], rtol=1e-6, atol=1e-7)
        if part.unordered is not None:
            assert sorted([*part.order, *part.unordered.places]) == sorted(whole.order)
    end = plan_of(name, given_rows=given_rows, device=device, begun=part)
    assert end.unordered is None
    assert end.order.tolist() == whole.order.tolist()  # the tail included
    assert (end.prefix, end.tail, end.caution) == (whole.prefix, whole.tail, whole.caution)
    if whole.factors is not None and end.factors is not None:
        np.testing.assert_allclose(end.factors.values, whole.factors.values, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["kcenter", "mods", "log_det", "deita", "repr_filter", "gip"])
def test_these_orders_go_on_to_the_last_bit(name: str) -> None:
    """Their tails follow single-precision values, so the search has to go on in the middle of where it stopped."""
    whole = plan_of(name)
    part = plan_of(name, wanted=90)
    again = plan_of(name, begun=stored(plan_of(name, wanted=700, begun=stored(part))))
    assert np.array_equal(again.gains, whole.gains)
    assert np.array_equal(again.order, whole.order)


def test_going_on_leaves_the_part_as_it_was() -> None:
    part = plan_of("kcenter", wanted=90)
    before = {name: array.copy() for name, array in part.state()[0].items()}
    plan_of("kcenter", begun=part)
    assert all(np.array_equal(array, before[name]) for name, array in part.state()[0].items())


def test_a_stopped_order_does_less() -> None:
    calls: list[float] = []
    plan_of("novelselect", wanted=40, progress=lambda done, total, note="": calls.append(total))
    assert max(calls[-3:]) == 40  # and not the 1,300 of the whole order


WHOLE = {name: plan_of(name) for name in ("kcenter", "deita")}
PARTS = {name: stored(plan_of(name, wanted=120)) for name in WHOLE}
GROUPS = np.array([number % 4 for number in range(ROWS)], dtype=np.int32)
COST = np.random.default_rng(2).integers(1, 60, size=ROWS)


@settings(max_examples=200)
@given(
    name=st.sampled_from(sorted(WHOLE)),
    size=st.integers(1, 1_200),
    position=st.sampled_from([0.0, 0.5, 0.95, 0.99, 0.999, 1.0]),
    tokens=st.booleans(),
    pinned=st.lists(st.integers(0, ROWS - 1), max_size=3),
    excluded=st.lists(st.integers(0, ROWS - 1), max_size=40),
    least=st.integers(0, 25),
    most=st.integers(20, 80),
    ruled=st.booleans(),
)
def test_a_stopped_order_answers_as_the_whole_one_or_says_that_it_is_too_short(
    name: str, size: int, position: float, tokens: bool, pinned: list[int], excluded: list[int], least: int, most: int,
    ruled: bool,
) -> None:  # fmt: skip
    quota = Quota(title="kind", groups=GROUPS, names=["a", "b", "c", "d"], minimum={1: least}, maximum={2: most})
    request = Request(
        size=size * (30 if tokens else 1),
        position=position,
        cost=COST if tokens else None,
        pinned=PoolRows(np.array(sorted(set(pinned)), dtype=np.int64)),
        excluded=PoolRows(np.array(sorted(set(excluded) - set(pinned)), dtype=np.int64)),
        quotas=(quota,) if ruled else (),
    )
    try:
        answer = PARTS[name].answer(request)
    except OrderTooShort as short:
        assert short.wanted > len(PARTS[name].order)
        return
    except Infeasible as refusal:
        with pytest.raises(Infeasible) as of_whole:
            WHOLE[name].answer(request)
        assert str(of_whole.value) == str(refusal)
        return
    whole = WHOLE[name].answer(request)
    assert answer.rows.tolist() == whole.rows.tolist()
    assert answer.realised == whole.realised
    assert answer.warnings == whole.warnings


def test_what_fits_into_a_stopped_order_is_answered() -> None:
    for name, part in PARTS.items():
        assert len(part.answer(Request(size=100)).rows) == 100, name
        assert len(part.answer(Request(size=60, position=0.999)).rows) == 60, name
        assert part.answer(Request(size=1_000, cost=COST)).rows.size, name
        with pytest.raises(OrderTooShort):
            part.answer(Request(size=60, position=0.0))


def test_the_reasons_of_rows_beyond_a_stopped_order() -> None:
    part, whole = PARTS["kcenter"], WHOLE["kcenter"]
    answer = part.answer(Request(size=50))
    others = PoolRows(np.setdiff1d(np.arange(ROWS), answer.rows))
    assert part.left_out(others, answer).kinds == whole.left_out(others, answer).kinds
    beyond = int(part.unordered.places[0]) if part.unordered is not None else -1
    reason = part.why(beyond, answer)  # type: ignore[arg-type]
    assert reason.fact("beyond_order") is not None
    assert kind_of(reason) == "after_window"
