"""GIP: the span of the chosen rows, step by step, against the projection computed from its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.parameters import complete
from core.selection.registry import strategy
from core.selection.strategy import Preparation
from core.selection.targeted import projection
from core.selection.targeted.projection import Span, widen_span
from tests.selection.pools import blobs, view_of
from tests.selection.strategies import slow


def taken_in(vectors: np.ndarray, examples: np.ndarray, rows: list[int], ridge: float) -> float:
    """Σ over the examples of qᵀ Sᵀ (S Sᵀ + λI)⁻¹ S q: the softened length of their projections onto the span."""
    chosen, aims = vectors[rows].astype(np.float64), examples.astype(np.float64)
    inside = chosen @ aims.T
    return float(np.sum(inside * np.linalg.solve(chosen @ chosen.T + ridge * np.eye(len(rows)), inside)))


def by_trying_all(vectors: np.ndarray, examples: np.ndarray, count: int, ridge: float, given: list[int]) -> list[int]:
    chosen = list(given)
    while len(chosen) < count + len(given):
        values = [taken_in(vectors, examples, [*chosen, row], ridge) for row in range(len(vectors))]
        before = taken_in(vectors, examples, chosen, ridge) if chosen else 0.0
        chosen.append(slow.best(np.array(values) - before, chosen))
    return chosen[len(given) :]


@settings(max_examples=12)
@given(
    rows=st.integers(4, 60), seed=st.integers(0, 99), ridge=st.sampled_from([0.01, 0.3, 10.0]), kept=st.integers(0, 2)
)
def test_each_step_takes_the_row_that_trying_all_takes(rows, seed, ridge, kept):
    vectors, examples = blobs(rows, width=9, seed=seed), blobs(5, width=9, seed=seed + 1)
    before = list(range(kept))
    count = min(14, rows - kept)
    chosen = widen_span(vectors, examples, count=count, ridge=ridge, given=np.array(before, dtype=np.int64))
    assert chosen.order.tolist() == by_trying_all(vectors, examples, count, ridge, before)[: len(chosen.order)]
    grown = [
        taken_in(vectors, examples, [*before, *chosen.order[: step + 1]], ridge) for step in range(len(chosen.order))
    ]
    start = taken_in(vectors, examples, before, ridge) if before else 0.0
    assert np.allclose(np.diff([start, *grown]), chosen.values, atol=1e-7)


def test_gains_kept_up_to_date_are_those_computed_anew(monkeypatch):
    vectors, examples = blobs(200, width=12), blobs(8, width=12, seed=3)
    span = Span(vectors, examples, 0.1, np.array([4], dtype=np.int64))
    for row in (9, 30, 77, 120):
        span.choose(row)
    exact = span.exact(np.arange(200))
    assert np.allclose(span.gains(), exact, atol=1e-5)
    monkeypatch.setattr(projection, "BLOCK", 33)
    span.renew()
    assert np.allclose(span.gains(), exact, atol=1e-6)


def test_with_a_small_ridge_it_is_the_projection_onto_the_span():
    vectors, examples = blobs(40, width=10), blobs(6, width=10, seed=2)
    chosen = widen_span(vectors, examples, count=4, ridge=1e-3)
    basis, _ = np.linalg.qr(vectors[chosen.order].astype(np.float64).T)
    assert chosen.values.sum() == pytest.approx(np.sum((examples.astype(np.float64) @ basis) ** 2), rel=2e-2)


def test_rows_that_point_away_from_every_example_are_never_taken_for_it():
    vectors = np.eye(4, dtype=np.float32)
    chosen = widen_span(vectors, vectors[[1, 3]], count=4, ridge=0.1)
    assert chosen.order.tolist() == [1, 3]
    assert np.flatnonzero(np.isfinite(chosen.left)).tolist() == [0, 2]


def test_the_plan_orders_the_rest_by_what_they_would_add_and_needs_examples():
    chosen = strategy("gip")
    parameters = complete(chosen.parameters, {"prefix": 20})
    view, target = view_of(blobs(60, width=10)), view_of(blobs(5, width=10, seed=7))
    plan = chosen.prepare(Preparation(view=view, target=target, parameters=parameters))
    assert sorted(plan.order.tolist()) == list(range(60))
    assert plan.prefix == 20
    with pytest.raises(InputError, match="GIP needs example rows"):
        chosen.prepare(Preparation(view=view, parameters=parameters))
