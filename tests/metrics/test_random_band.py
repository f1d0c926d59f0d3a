"""The band of random subsets: what is drawn, and what the interval means."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from core.metrics.metric import Measuring
from core.metrics.random_band import RandomBand, random_band, random_rows
from core.metrics.registry import measure
from core.metrics.row_order import seeded_order
from tests.metrics.views import random_texts, shuffled, view_of


def test_random_rows_are_as_many_as_asked_or_fill_the_budget():
    ids = np.arange(10, 510, dtype=np.uint64)
    rows = random_rows(ids, size=60, seed=4)
    assert len(rows) == 60 and (np.diff(rows) > 0).all()
    cost = np.random.default_rng(0).integers(1, 90, 500)
    chosen = random_rows(ids, size=3000, cost=cost, seed=4)
    assert 3000 - 90 < cost[chosen].sum() <= 3000
    whole = random_rows(ids, size=int(cost.sum()), cost=cost, seed=4)
    assert len(whole) == 500


def test_a_larger_random_subset_of_one_seed_holds_the_smaller():
    ids = np.arange(10, 510, dtype=np.uint64)
    assert set(random_rows(ids, size=50, seed=1)) < set(random_rows(ids, size=80, seed=1))
    assert set(random_rows(ids, size=50, seed=1)) != set(random_rows(ids, size=50, seed=2))


def test_more_than_there_is_cannot_be_drawn():
    ids = np.arange(5, dtype=np.uint64)
    with pytest.raises(InputError, match="6 random rows are asked for and there are 5"):
        random_rows(ids, size=6, seed=0)
    with pytest.raises(InputError, match="all rows together have 5"):
        random_rows(ids, size=9, cost=np.ones(5, dtype=np.int64), seed=0)


def test_the_band_is_measured_on_random_subsets_and_holds_most_others():
    pool = view_of(random_texts(400))
    bands = random_band(["ie", "ed", "sl"], pool=pool, size=80)
    for name, band in bands.items():
        assert len(band.draws) == 20
        assert band.low < band.mean < band.high
        others = [
            measure(name, Measuring(view=pool.take(random_rows(pool.ids, size=80, seed=7_000 + i)))).value
            for i in range(40)
        ]
        assert sum(band.place(value) == "inside" for value in others) >= 33


def test_the_band_does_not_depend_on_the_order_of_the_pool_and_repeats():
    pool = view_of(random_texts(200))
    first = random_band(["ie", "bl"], pool=pool, size=50, draws=5, seed=2)
    again = random_band(["ie", "bl"], pool=shuffled(pool), size=50, draws=5, seed=2)
    for name in first:
        assert again[name].draws == pytest.approx(first[name].draws, rel=1e-12)


def test_metrics_with_parameters_and_references_are_measured_too():
    pool = view_of(random_texts(200))
    cost = pool.tokens.lengths
    bands = random_band(
        ["cluster_coverage", "distinct_n", "category_entropy", "inertia"],
        pool=pool,
        size=int(cost.sum()) // 4,
        cost=cost,
        parameters={"distinct_n": {"n": 3}},
        draws=4,
    )
    assert bands["cluster_coverage"].mean > 0.5
    assert bands["distinct_n"].mean > random_band(["distinct_n"], pool=pool, size=50, draws=4)["distinct_n"].mean
    assert bands["inertia"].mean is None and "undefined because" in bands["inertia"].undefined


def test_the_whole_pool_has_a_band_of_no_width():
    pool = view_of(random_texts(50))
    band = random_band(["ie"], pool=pool, size=50, draws=3)["ie"]
    assert band.low == pytest.approx(band.high)


def test_a_value_stands_below_inside_or_above():
    band = RandomBand(mean=2.0, low=1.0, high=3.0)
    assert [band.place(value) for value in (0.5, 2.5, 3.5)] == ["below", "inside", "above"]


def test_the_larger_set_drawn_at_the_smaller_size_differs_by_less_than_half_of_what_it_seems():
    pool = view_of(random_texts(400))
    small, large = pool.take(np.arange(60)), pool.take(np.arange(60, 400))
    at_sixty = random_band(["nr"], pool=large, size=60, reference=large)["nr"]
    of_small, of_large = (measure("nr", Measuring(view=view)).value for view in (small, large))
    assert abs(of_small - at_sixty.mean) < 0.5 * abs(of_small - of_large)
    assert at_sixty.low < at_sixty.mean < at_sixty.high


def test_the_band_of_a_share_stays_between_none_and_all():
    texts = ["one two three four five six", *["one two"] * 11]
    pool = view_of(texts)
    band = random_band(["types"], pool=pool, size=6, parameters={"types": {"low": 1, "high": 500}})["types"]
    assert max(band.draws) == 1.0 and min(band.draws) < 0.5  # so wide that it would leave the range
    assert band.low == 0.0 and band.high == 1.0


def test_random_rows_are_the_first_of_the_seeded_order():
    ids = np.random.default_rng(1).integers(0, 2**64, size=500, dtype=np.uint64)
    for size in (1, 60, 499, 500):
        for seed in (0, 7):
            assert random_rows(ids, size=size, seed=seed).tolist() == sorted(seeded_order(ids, seed=seed)[:size])


def test_random_rows_for_a_budget_are_those_that_it_holds_in_the_seeded_order():
    generator = np.random.default_rng(2)
    ids = generator.integers(0, 2**64, size=900, dtype=np.uint64)
    for cost in (generator.integers(0, 90, 900), generator.integers(0, 2, 900), (ids % 2 * 500).astype(np.int64)):
        for size in (0, 1, 400, int(cost.sum()) - 1, int(cost.sum())):
            slow, spent = [], 0
            for row in seeded_order(ids, seed=3).tolist():
                spent += int(cost[row])
                if spent > size:
                    break
                slow.append(row)
            assert random_rows(ids, size=size, cost=cost, seed=3).tolist() == sorted(slow)
