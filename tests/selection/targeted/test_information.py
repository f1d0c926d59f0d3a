"""GIO: each step is the brute-force best, and it stops where the estimate stops falling."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.selection.targeted.information import FARTHEST, NEAREST, gather
from tests.selection.pools import blobs
from tests.selection.targeted.test_transport import choose


def estimate(examples: np.ndarray, chosen: list[np.ndarray], weights: np.ndarray, dimensions: int) -> float:
    """KL up to a constant, one example and one row at a time."""
    total = 0.0
    for example, weight in zip(examples.astype(float), weights):
        near = min([FARTHEST, *(max(NEAREST, float(np.linalg.norm(example - row))) for row in chosen)])
        total += weight * math.log(near)
    return dimensions * total / weights.sum() + math.log(max(len(chosen), 1))


def greedy(examples: np.ndarray, candidates: np.ndarray, weights: np.ndarray, dimensions: int, given: np.ndarray):
    order: list[int] = []
    start = [row.astype(float) for row in given]
    value = estimate(examples, start, weights, dimensions)
    told = []
    while len(order) < len(candidates):
        kept = start + [candidates[row].astype(float) for row in order]
        tried = {
            row: estimate(examples, [*kept, candidates[row].astype(float)], weights, dimensions)
            for row in range(len(candidates))
            if row not in order
        }
        best = min(tried, key=lambda row: (round(tried[row], 6), row))
        if tried[best] >= value - 1e-9:
            break
        order.append(best)
        value = tried[best]
        told.append(value)
    return order, told


@settings(max_examples=25)
@given(seed=st.integers(0, 500), dimensions=st.sampled_from([1, 4, 16]), already=st.integers(0, 2))
def test_it_adds_what_brute_force_adds_and_stops_with_it(seed, dimensions, already):
    examples, candidates = blobs(6, seed=seed, width=5), blobs(14, seed=seed + 1, width=5)
    weights = np.random.default_rng(seed).integers(1, 4, 6).astype(float)
    blob = blobs(2, seed=seed + 2, width=5)[:already]
    result = gather(examples, candidates, weights=weights, dimensions=dimensions, given=blob)
    order, told = greedy(examples, candidates, weights, dimensions, blob)
    np.testing.assert_allclose(result.divergences, told, atol=1e-4)
    assert result.order.tolist() == order


def test_more_dimensions_go_on_for_longer():
    examples, candidates = blobs(20, seed=1), blobs(100, seed=2)
    sizes = [len(gather(examples, candidates, dimensions=d).order) for d in (1, 4, 64)]
    assert sizes == sorted(sizes) and sizes[0] < sizes[-1] < 100


def test_compressed_pools_keep_every_row_and_say_where_it_stopped():
    vectors, examples = blobs(500, seed=1), blobs(30, seed=1, spread=0.2)
    plan = choose("gio", vectors, examples, parts=40)
    assert sorted(plan.order.tolist()) == list(range(500))
    assert 0 < plan.prefix < 500
    assert np.isfinite(plan.gains).all() and len(plan.gains) == plan.prefix
    from core.selection.plan import Request

    assert any("GIO stopped" in text for text in plan.answer(Request(size=plan.prefix + 1)).warnings)
    assert not plan.answer(Request(size=plan.prefix)).warnings


def test_a_copy_of_an_example_weighs_with_a_limit():
    examples = blobs(4, seed=1)
    result = gather(examples, np.concatenate([examples[:1], blobs(5, seed=2)]))
    assert np.isfinite(result.divergences).all()


@pytest.mark.parametrize("given_rows", [[], [3, 4]])
def test_given_rows_count_as_chosen(given_rows):
    plan = choose("gio", blobs(60, seed=1), blobs(5, seed=2), given=given_rows)
    assert not set(given_rows) & set(plan.order.tolist())
