"""The compiled sampler picks, row for row, what a heap in plain Python picks."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.selection.admission import Admission
from core.selection.plan import Quota, Request
from core.selection.priorities import by_priority, first_within, priorities
from core.selection.prune import Pruning, rarest_first
from core.selection.sample import Sampler
from tests.benchmarks.generator import incidence as zipf
from tests.benchmarks.generator import row_ids
from tests.selection import slow

small = settings(max_examples=80)


def compare(incidence, *, size, step=0, seed=0, factor=None, cost=None, pinned=(), given=(), excluded=(), **quota):
    """Both samplers on one request; asserts that they agree, returns the rows."""
    rows, ids = slow.sets_of(incidence), slow.ids_of(incidence.rows)
    pruning = Pruning.of(incidence, rarest_first(incidence))
    step = min(step, len(pruning.types_left) - 1)
    quotas = ()
    if quota:
        groups = np.array(quota["groups"], dtype=np.int32)
        quotas = (Quota("g", groups, ["x", "y", "z"], quota.get("minimum") or {}, quota.get("maximum") or {}),)
    request = Request(
        size=size,
        seed=seed,
        cost=None if cost is None else np.array(cost, dtype=np.int64),
        given=np.array(given, dtype=np.int64),
        pinned=np.array(pinned, dtype=np.int64),
        excluded=np.array(excluded, dtype=np.int64),
        quotas=quotas,
    )
    admission = Admission.of(request, rows=incidence.rows)
    sampler = Sampler(
        incidence, pruning, ids=ids, seed=seed, factor=None if factor is None else np.array(factor, dtype=np.float64)
    )
    filling = sampler.fill(admission, step=step)
    pool = set(np.flatnonzero(pruning.pool(step)).tolist())
    common = {
        "size": size, "ids": ids, "seed": seed, "factor": factor, "cost": cost, "pinned": tuple(sorted(set(pinned))),
        "given": given, "excluded": excluded, **quota,
    }  # fmt: skip
    assert filling.rows.tolist() == slow.fill(rows, pool, **common)
    return filling.rows


@small
@given(slow.incidences(), st.integers(1, 14), st.integers(0, 6), st.integers(0, 3))
def test_the_sampler_equals_a_heap(incidence, size, step, seed):
    compare(incidence, size=size, step=step, seed=seed)


@small
@given(slow.incidences(most_rows=40, most_types=3), st.integers(1, 30))
def test_only_the_first_sixteen_candidates_are_compared(incidence, size):
    compare(incidence, size=size)


@small
@given(slow.incidences(), st.integers(1, 60), st.data())
def test_a_length_correction_and_a_token_budget_agree_too(incidence, size, data):
    per_row = st.lists(st.integers(1, 9), min_size=incidence.rows, max_size=incidence.rows)
    cost = data.draw(per_row)
    compare(incidence, size=size, cost=cost, factor=[length**-0.5 for length in cost])


@small
@given(slow.incidences(most_rows=16), st.data())
def test_given_pinned_and_excluded_rows_agree_too(incidence, data):
    part = st.lists(st.sampled_from(["given", "pinned", "excluded", "", ""]), min_size=incidence.rows)
    marks = data.draw(part)[: incidence.rows]
    rows = {name: [row for row, mark in enumerate(marks) if mark == name] for name in ("given", "pinned", "excluded")}
    size = data.draw(st.integers(max(1, len(rows["pinned"])), incidence.rows + 1))
    compare(incidence, size=size, **{name: tuple(part) for name, part in rows.items()})


@small
@given(slow.incidences(most_rows=16), st.data())
def test_quotas_agree_too(incidence, data):
    groups = data.draw(st.lists(st.integers(-1, 2), min_size=incidence.rows, max_size=incidence.rows))
    minimum = data.draw(st.dictionaries(st.integers(0, 2), st.integers(0, 3)))
    maximum = data.draw(st.dictionaries(st.integers(0, 2), st.integers(3, 5)))
    size = data.draw(st.integers(1, incidence.rows))
    compare(incidence, size=size, groups=groups, minimum=minimum, maximum=maximum)


def test_a_larger_incidence_agrees_at_several_steps():
    incidence = zipf(rows=400, types=120, entries=3000)
    for step in (0, 30, 90):
        compare(incidence, size=80, step=step)


def test_rows_in_another_order_are_the_same_rows():
    incidence = zipf(rows=500, types=100, entries=3000)
    ids = row_ids(500)
    rows = slow.sets_of(incidence)
    order = np.random.default_rng(0).permutation(500)
    answers = []
    for arrangement in (np.arange(500), order):
        mixed = slow.of_sets([rows[row] for row in arrangement])
        sampler = Sampler(mixed, Pruning.of(mixed, rarest_first(mixed)), ids=ids[arrangement], seed=4)
        admission = Admission.of(Request(size=60), rows=500)
        answers.append(ids[arrangement][sampler.fill(admission, step=20).rows])
    assert np.array_equal(*answers)


def test_one_type_a_row_fills_every_type_evenly():
    incidence = zipf(rows=300, types=6, entries=200)
    labels = [{row % 5} for row in range(300)]
    incidence = slow.of_sets(labels)
    rows = compare(incidence, size=52)
    assert sorted(incidence.counts(rows).tolist()) == [10, 10, 10, 11, 11]


def test_priorities_depend_on_the_row_and_the_seed_alone():
    ids = np.array([5, 9, 2**64 - 1], dtype=np.uint64)
    assert np.array_equal(priorities(ids, seed=3)[1:], priorities(ids[1:], seed=3))
    assert not np.array_equal(priorities(ids, seed=3), priorities(ids, seed=4))
    assert len(set(priorities(np.arange(10_000, dtype=np.uint64), seed=-1).tolist())) == 10_000
    share = np.mean(by_priority(np.arange(10_000, dtype=np.uint64), seed=0)[:5000] < 5000)
    assert abs(share - 0.5) < 0.03


def test_the_first_rows_within_a_budget_are_those_of_the_whole_order() -> None:
    generator = np.random.default_rng(6)
    ids = generator.permutation(np.arange(1, 901, dtype=np.uint64))
    for cost in (np.ones(900, dtype=np.int64), generator.integers(0, 90, 900), (ids % 2 * 500).astype(np.int64)):
        for budget in (0, 1, 300, int(cost.sum())):
            slow, spent = [], 0
            for row in by_priority(ids, seed=9).tolist():
                spent += int(cost[row])
                if spent > budget:
                    break
                slow.append(row)
            assert first_within(ids, cost, budget, seed=9).tolist() == slow
    assert first_within(ids[:0], np.empty(0, dtype=np.int64), 5, seed=9).tolist() == []
