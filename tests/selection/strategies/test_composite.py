"""The composite strategy: its lazy choice is the plain greedy one, and its factors are what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.device import blocks_of, threads_of
from core.errors import InputError
from core.parameters import complete
from core.selection.composed.cosines import largest_cosines
from core.selection.composed.factors import share_not_above
from core.selection.plan import Request
from core.selection.registry import strategy
from core.selection.strategies.composite import FACTORS
from core.selection.strategy import Preparation
from core.several import Several
from tests.selection.pools import blobs, prepared, view_of
from tests.selection.strategies import slow

FREE = {"diversity": 0.0, "quality": 0.0, "typicality": 0.0, "balance": 0.0, "closeness": 0.0}


def pool(rows: int, *, seed: int = 0, several: bool = False):
    generator = np.random.default_rng(seed)
    kinds = np.array([f"kind {number}" for number in generator.integers(0, 4, rows)], dtype=object)
    if several:
        kinds = np.array([Several([kind, "all"]) if row % 3 else kind for row, kind in enumerate(kinds)], dtype=object)
    return view_of(
        blobs(rows, width=8, seed=seed),
        column_score=generator.integers(0, 12, rows) / 4.0,
        column_kind=kinds,
        ids=np.arange(rows, dtype=np.uint64) * np.uint64(3),
    )


def composed(view, *, examples=None, given=(), **knobs):
    knobs = {**FREE, "quality_column": "score", "balance_column": "kind", **knobs}
    chosen = strategy("composite")
    rows = np.array(given, dtype=np.int64)
    completed = complete(chosen.parameters, knobs)
    return chosen.prepare(Preparation(view=view, parameters=completed, given=rows, target=examples))


powers = st.sampled_from([0.0, 0.3, 1.0, 2.5])


@settings(max_examples=60)
@given(
    rows=st.integers(2, 90), seed=st.integers(0, 99), kept=st.integers(0, 4), several=st.booleans(),
    exponents=st.tuples(powers, powers, powers, powers, powers).filter(any),
)  # fmt: skip
def test_the_lazy_choice_is_the_plain_greedy_one(rows, seed, kept, several, exponents):
    view = pool(rows, seed=seed, several=several)
    if len(np.unique(view.column("score"))) < 2:
        return
    examples = view_of(blobs(5, width=8, seed=seed + 1))
    given_rows = list(range(min(kept, rows - 1)))
    knobs = dict(zip(FACTORS, exponents, strict=True))
    plan = composed(view, examples=examples, given=given_rows, prefix=30, **knobs)
    kinds = [set(cell.words) if isinstance(cell, Several) else {cell} for cell in view.column("kind")]
    wanted, products = slow.composite(
        view.embeddings, view.column("score"), kinds, examples.embeddings, exponents, 30, given_rows
    )
    assert plan.order[: plan.prefix].tolist() == wanted
    assert np.allclose(plan.gains, products, rtol=1e-4)


def test_the_active_rows_the_blocks_and_the_threads_change_no_choice():
    from core.selection.composed.balance import Balance
    from core.selection.composed.greedy import choose_composed
    from core.selection.incidence import from_labels

    vectors = blobs(3000, width=24, centres=40)
    vectors[100:140] = vectors[0]
    generator = np.random.default_rng(0)
    fixed = np.log(generator.integers(1, 50, 3000) / 50)
    labels = generator.integers(0, 6, 3000)
    orders = []
    for active, block, threads in ((8, 7, 1), (300, 900, 2), (5000, 100_000, 2)):
        with blocks_of(block), threads_of(threads):
            chosen = choose_composed(
                fixed, count=300, vectors=vectors, diversity=1.5, balance=Balance(from_labels(labels),
                chosen=np.empty(0, dtype=np.int64)), evenness=0.7, given=np.empty(0, dtype=np.int64), active=active,
            )  # fmt: skip
        left = np.delete(chosen.logs, chosen.order)
        orders.append((chosen.order.tolist(), np.round(left, 9).tolist()))
    assert orders[0] == orders[1] == orders[2]


def test_diversity_alone_is_k_center_greedy():
    view = pool(200)
    plan = composed(view, diversity=2.0, prefix=60)
    centres = prepared("kcenter", view, prefix=60)
    assert plan.order[:60].tolist() == centres.order[:60].tolist()


def test_quality_alone_is_the_score_column():
    view = pool(120)
    plan = composed(view, quality=0.4, prefix=50)
    assert plan.order.tolist() == prepared("score", view, column="score").order.tolist()


def test_balance_alone_serves_the_categories_as_evenly_as_the_balanced_strategy():
    view = pool(120)
    plan = composed(view, balance=1.0, prefix=100)
    even = prepared("balanced", view, columns=["kind"])
    for size in (4, 22, 60):
        counts = [
            sorted(np.unique(view.column("kind")[made.answer(Request(size=size)).rows], return_counts=True)[1].tolist())
            for made in (plan, even)
        ]
        assert counts[0] == counts[1]


def test_closeness_alone_goes_by_the_largest_cosine_to_an_example():
    view, examples = pool(80), view_of(blobs(3, width=8, seed=4))
    plan = composed(view, examples=examples, closeness=1.0, prefix=80)
    near = (view.embeddings.astype(np.float64) @ examples.embeddings.T.astype(np.float64)).max(axis=1)
    assert (np.diff(near[plan.order]) <= 1e-9).all()


def test_a_larger_exponent_moves_what_it_is_of():
    view = pool(300, seed=3)
    scores = [
        view.column("score")[composed(view, diversity=1.0, quality=power).answer(Request(size=40)).rows].mean()
        for power in (0.0, 0.5, 2.0, 4.0)
    ]
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


def test_the_factors_of_a_row_multiply_to_its_product_and_its_shares_to_one():
    view = pool(90)
    plan = composed(view, diversity=1.0, quality=2.0, balance=0.5, prefix=40)
    restored = type(plan).restore(*plan.state())
    answer = plan.answer(Request(size=20))
    for row in plan.order[[3, 19, 30, 70]].tolist():
        facts = [fact for fact in plan.why(row, answer).facts if fact.kind == "factor"]
        assert [fact.text for fact in facts] == ["diversity", "quality", "balance"]
        assert restored.why(row, answer) == plan.why(row, answer)
        assert sum(fact.values[3] for fact in facts) == pytest.approx(1.0, abs=1e-6)
        if row in plan.order[:40]:
            (place,) = np.flatnonzero(plan.order == row)
            product = np.prod([fact.values[0] ** fact.values[1] for fact in facts])
            assert product == pytest.approx(plan.gains[place], rel=1e-4)


def test_a_factor_without_its_source_counts_for_nothing_and_is_named():
    view = pool(60)
    plan = composed(view, diversity=1.0, quality=1.0, balance=3.0, quality_column=None, balance_column=None)
    assert plan.order[: plan.prefix].tolist() == composed(view, diversity=1.0).order[: plan.prefix].tolist()
    (warning,) = plan.answer(Request(size=10)).warnings
    assert "Quality does not count" in warning
    assert "Balance does not count" in warning
    assert not composed(view, diversity=1.0).answer(Request(size=10)).warnings
    with pytest.raises(InputError, match="No factor counts"):
        composed(view, quality=1.0, quality_column=None)
    with pytest.raises(InputError, match="needs example rows"):
        composed(view, closeness=1.0)


def test_rows_that_lack_something_are_left_out_and_counted():
    view = pool(60)
    view.column("score")[:5] = np.nan
    view.column("kind")[3:9] = None
    view.embeddings[20] = 0
    plan = composed(view, diversity=1.0, quality=1.0, balance=1.0)
    assert plan.outside == {"all-zero vector": 1, "no number in score": 5, "without a value in kind": 4}
    assert sorted(plan.order.tolist()) == [row for row in range(60) if row > 8 and row != 20]
    given_row = composed(view, diversity=1.0, quality=1.0, given=[2])
    assert 2 not in given_row.order  # it lacks a score, and its neighbours are pushed away all the same
    assert given_row.order[:20].tolist() != composed(view, diversity=1.0, quality=1.0).order[:20].tolist()


def test_shares_are_of_the_known_values_and_equal_for_equal_ones():
    shares = share_not_above(np.array([3.0, np.nan, 1.0, 3.0, 2.0]))
    assert np.array_equal(shares, [1.0, np.nan, 0.25, 1.0, 0.5], equal_nan=True)


@settings(max_examples=30)
@given(rows=st.integers(1, 40), others=st.integers(0, 30), copied=st.booleans(), seed=st.integers(0, 50))
def test_the_largest_cosine_is_exact_with_copies_too(rows, others, copied, seed):
    vectors, among = blobs(rows, width=5, seed=seed), blobs(max(others, 1), width=5, seed=seed + 1)[:others]
    if copied and others:
        among[:] = among[0]
    with blocks_of(7):
        made = largest_cosines(vectors, among)
    wanted = (vectors.astype(np.float64) @ among.T.astype(np.float64)).max(axis=1) if others else np.full(rows, -1.0)
    assert np.allclose(made, wanted, atol=1e-12)
