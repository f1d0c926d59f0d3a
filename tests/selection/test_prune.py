"""Pruning equals its slow twins, knows no order of rows, and nests."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.selection.prune import Pruning, permuted, rarest_first
from core.selection.prune_rows import most_redundant_last, smallest_cover_last
from tests.benchmarks.generator import incidence as zipf
from tests.selection import slow

small = settings(max_examples=60)


@small
@given(slow.incidences())
def test_rarest_first_equals_the_obvious_elimination(incidence):
    assert rarest_first(incidence).tolist() == slow.rarest_first(slow.sets_of(incidence))


@small
@given(slow.incidences(most_rows=12))
def test_row_by_row_equals_the_obvious_elimination(incidence):
    assert most_redundant_last(incidence).tolist() == slow.heaviest_first(slow.sets_of(incidence))


@small
@given(slow.incidences())
def test_the_compact_order_keeps_a_greedy_cover_to_the_end(incidence):
    rows = slow.sets_of(incidence)
    leaving = smallest_cover_last(incidence)
    cover = slow.greedy_cover(rows)
    assert np.argsort(-leaving, kind="stable")[: len(cover)].tolist() == cover


@small
@given(slow.incidences(), st.randoms(use_true_random=False))
def test_shuffling_the_rows_shuffles_the_leaving_steps(incidence, random):
    order = list(range(incidence.rows))
    random.shuffle(order)
    rows = slow.sets_of(incidence)
    incidence = slow.of_sets(rows)  # keys without gaps, the same as after the shuffle
    shuffled = slow.of_sets([rows[row] for row in order])
    assert rarest_first(shuffled).tolist() == rarest_first(incidence)[order].tolist()
    assert permuted(shuffled, seed=5).tolist() == permuted(incidence, seed=5)[order].tolist()


def test_shuffling_a_large_incidence_changes_nothing():
    incidence = zipf(rows=3000, types=800, entries=40_000)
    order = np.random.default_rng(3).permutation(incidence.rows)
    rows = slow.sets_of(incidence)
    shuffled = slow.of_sets([rows[row] for row in order])
    assert np.array_equal(rarest_first(shuffled), rarest_first(incidence)[order])


@small
@given(slow.incidences())
def test_the_trace_counts_what_is_left(incidence):
    rows, leaving = slow.sets_of(incidence), rarest_first(incidence)
    pruning = Pruning.of(incidence, leaving)
    for step in range(int(leaving.max()) + 1):
        left, types = slow.trace(rows, leaving.tolist(), step)
        assert (pruning.rows_left[step], pruning.types_left[step]) == (len(left), len(types))
        assert set(np.flatnonzero(pruning.type_leaving > step).tolist()) == types
        assert set(np.flatnonzero(pruning.pool(step)).tolist()) == left
    for types in range(len(incidence.keys) + 1):
        expected = next(step for step, left in enumerate(pruning.types_left) if left <= types)
        assert pruning.step_at(types) == expected


@small
@given(slow.incidences())
def test_pools_nest_and_shrink(incidence):
    pruning = Pruning.of(incidence, rarest_first(incidence))
    assert (np.diff(pruning.types_left) < 0).all()
    assert (np.diff(pruning.rows_left) < 0).all()
    assert pruning.rows_left[-1] == pruning.types_left[-1] == 0


def test_a_random_order_takes_the_types_of_a_seed_one_after_the_other():
    incidence = slow.of_sets([{0}] * 3 + [{1}] + [{2}] * 2 + [set()])
    leaving = permuted(incidence, seed=1)
    assert leaving[6] == 0
    assert sorted({int(leaving[0]), int(leaving[3]), int(leaving[4])}) == [1, 2, 3]
    assert any(permuted(incidence, seed=seed).tolist() != leaving.tolist() for seed in range(2, 9))


def test_untyped_rows_stay_when_they_are_kept():
    incidence = slow.of_sets([{0}, set(), {1}])
    assert Pruning.of(incidence, rarest_first(incidence)).rows_left.tolist() == [2, 1, 0]
    kept = Pruning.of(incidence, rarest_first(incidence), keep_untyped=True)
    assert kept.rows_left.tolist() == [3, 2, 1]
    assert kept.types_left.tolist() == [2, 1, 0]
