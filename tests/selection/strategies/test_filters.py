"""Strategies that walk rows in order of merit: DEITA, repr filter, scores, lengths, InsTag, CaR, MoDS, BIDS."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.selection.greedy.admit import admit_by_merit
from core.selection.greedy.partition import principal, rank_within
from core.selection.plan import Request
from core.selection.strategies.bids import balance
from core.view import TokenRows
from tests.devices import DEVICES
from tests.selection.pools import blobs, prepared, tags_of, view_of
from tests.selection.strategies import slow


@pytest.mark.parametrize("device", DEVICES)
@settings(max_examples=12)
@given(
    rows=st.integers(1, 120),
    ceiling=st.sampled_from([0.2, 0.7, 0.95]),
    seed=st.integers(0, 99),
    metric=st.sampled_from(["cosine", "manhattan"]),
)
def test_the_walk_takes_what_the_definition_takes(device, rows, ceiling, seed, metric):
    vectors = blobs(rows, width=5, seed=seed)
    merit = np.random.default_rng(seed).permutation(rows)
    before = [int(merit[0])]
    result = admit_by_merit(
        vectors,
        merit[1:],
        ceiling=ceiling,
        count=rows,
        given=np.array(before, dtype=np.int64),
        metric=metric,
        device=device,
    )
    assert result.order.tolist() == slow.admitted(vectors, merit[1:], ceiling, before, metric)
    assert sorted([*result.order, *result.skipped, *before]) == list(range(rows))


def test_blocks_do_not_change_the_walk(monkeypatch):
    vectors = blobs(500, width=5)
    whole = admit_by_merit(vectors, np.arange(500), ceiling=0.9, count=60)
    monkeypatch.setattr("core.selection.greedy.admit.BLOCK", 7)
    assert admit_by_merit(vectors, np.arange(500), ceiling=0.9, count=60).order.tolist() == whole.order.tolist()


def test_deita_multiplies_two_scores_and_puts_similar_rows_last():
    vectors = blobs(60, width=5)
    single, two = np.random.default_rng(0).random((2, 60))
    two[7] = np.nan
    view = view_of(vectors, column_one=single, column_two=two)
    plan = prepared("deita", view, score="one", second="two", ceiling=0.8)
    merit = np.argsort(-np.where(np.isnan(two), -np.inf, single * two), kind="stable")[:59]
    taken = slow.admitted(vectors, merit, 0.8, [])
    assert plan.order[: len(taken)].tolist() == taken
    assert plan.order[len(taken) :].tolist() == [row for row in merit if row not in taken]
    assert plan.prefix == len(taken)
    assert plan.outside == {"no number in two": 1}


def test_deita_refuses_to_multiply_scores_that_are_not_positive():
    vectors, rng = blobs(30, width=5), np.random.default_rng(0)
    good, signed = rng.random(30) + 0.1, rng.normal(size=30)
    view = view_of(vectors, column_good=good, column_signed=signed, column_worse=-good)
    for first, second, named in (("worse", "signed", "worse"), ("good", "signed", "signed"), ("signed", "good", "sig")):
        with pytest.raises(InputError, match=f"{named}.*0 or less"):
            prepared("deita", view, score=first, second=second)
    alone = prepared("deita", view, score="signed", ceiling=1.0)
    assert alone.order.tolist() == np.argsort(-signed).tolist()
    unknown = np.where(signed <= 0, signed, np.nan)  # a row that is left out does not count against its column
    half = view_of(vectors, column_good=np.where(signed <= 0, np.nan, good), column_signed=signed)
    assert len(prepared("deita", half, score="good", second="signed").order) == int(np.isnan(unknown).sum())


def test_deita_can_measure_by_manhattan_distance():
    vectors = blobs(60, width=5)
    vectors[21] = vectors[3]
    score = np.random.default_rng(1).random(60)
    plan = prepared("deita", view_of(vectors, column_one=score), score="one", ceiling=0.7, metric="manhattan")
    taken = slow.admitted(vectors, np.argsort(-score), 0.7, [], "manhattan")
    assert plan.order[: plan.prefix].tolist() == taken
    assert 0 < len(taken) < 59
    assert taken != slow.admitted(vectors, np.argsort(-score), 0.7, [])
    assert plan.gains[0] == pytest.approx(1.7)  # nothing was taken before the first row


def test_deita_without_a_score_is_the_repr_filter():
    view = view_of(blobs(60, width=5))
    assert prepared("deita", view, seed=4).order.tolist() == prepared("repr_filter", view, seed=4).order.tolist()
    assert prepared("repr_filter", view, seed=5).order.tolist() != prepared("repr_filter", view, seed=4).order.tolist()


def test_rows_in_training_cover_though_they_have_no_score():
    vectors = blobs(30, width=5)
    scores = np.random.default_rng(0).random(30)
    scores[4] = np.nan
    vectors[9] = vectors[4]
    view = view_of(vectors, column_score=scores)
    plan = prepared("deita", view, score="score", given=[4], ceiling=0.99)
    assert 4 not in plan.order
    assert plan.order[-1] == 9
    lengthened = prepared("log_det", view, quality="score", given=[4])
    assert 4 not in lengthened.order
    assert lengthened.outside == {"no number in score": 1}


def test_a_score_slides_from_one_end_to_the_other():
    values = np.array([3.0, np.nan, 1.0, 2.0, 3.0, np.inf])
    plan = prepared("score", view_of(column_loss=values), column="loss")
    assert plan.order.tolist() == [0, 4, 3, 2]
    assert plan.outside == {"no number in loss": 2}
    assert plan.answer(Request(size=2, position=0.0)).rows.tolist() == [3, 2]
    lowest = prepared("score", view_of(column_loss=values), column="loss", first="lowest")
    assert lowest.order.tolist() == [2, 3, 0, 4]


def test_longest_and_shortest_by_tokens_and_characters():
    tokens = TokenRows(np.array([0, 3, 4, 9]), np.zeros(9, dtype=np.int32), 5, np.array([9, 0, 0, 0, 0]))
    view = view_of(text=["abc", "a long text of one token", "x"], tokens=tokens)
    assert prepared("length", view).order.tolist() == [2, 0, 1]
    assert prepared("length", view, first="shortest", unit="characters").order.tolist() == [2, 0, 1]


@settings(max_examples=25)
@given(
    rows=st.lists(st.lists(st.integers(0, 11), max_size=5, unique=True), min_size=1, max_size=25).filter(any),
    kept=st.integers(0, 2),
)
def test_instag_passes_rows_as_the_scans_do(rows, kept):
    before = [row for row in range(len(rows)) if rows[row]][:kept]
    plan = prepared("instag", view_of(tags=tags_of(rows)), given=before)
    assert plan.order.tolist() == slow.bags(rows, before)


def test_instag_stops_at_its_prefix_and_goes_on_by_the_number_of_tags():
    rows = [[0, 1, 2], [0, 1], [3], [0, 2], [], [1]]
    plan = prepared("instag", view_of(tags=tags_of(rows)), prefix=2)
    assert plan.order.tolist() == [0, 2, 1, 3, 5]
    assert plan.prefix == 2
    assert plan.outside == {"no tag": 1}


def test_car_takes_the_best_overall_then_the_best_of_every_cluster():
    vectors = blobs(90, width=6, centres=3, spread=0.05)
    quality = np.random.default_rng(2).random(90)
    plan = prepared("car", view_of(vectors, column_quality=quality), quality="quality", best=5, each=1, parts=3)
    best = np.argsort(-quality)
    assert plan.order[:5].tolist() == best[:5].tolist()
    assert sorted(plan.order.tolist()) == list(range(90))
    near = vectors @ vectors.T > 0.8
    own = plan.order[: plan.prefix]
    for row in range(90):  # every cluster's best row is in the prefix
        members = np.flatnonzero(near[row])
        assert members[np.argmax(quality[members])] in own


@settings(max_examples=20)
@given(
    rows=st.integers(3, 50),
    best=st.integers(0, 6),
    entry=st.integers(0, 2),
    parts=st.sampled_from([0, 0, 3]),
    kept=st.integers(0, 2),
    seed=st.integers(0, 99),
)
def test_car_is_its_definition(rows, best, entry, parts, kept, seed):
    vectors = blobs(rows, width=8, centres=4, spread=0.4, seed=seed)
    quality = np.random.default_rng(seed).integers(0, 9, rows).astype(np.float64)  # with ties
    quality[0] = 9.5
    before = list(range(kept))
    view = view_of(vectors, column_quality=quality)
    plan = prepared("car", view, quality="quality", best=best, each=entry, parts=parts, given=before, seed=seed)
    order, own = slow.car(vectors, quality, best=best, entry=entry, parts=parts, seed=seed)
    assert plan.order.tolist() == [row for row in order if row not in before]
    assert plan.prefix == len([row for row in order[:own] if row not in before])


@settings(max_examples=20)
@given(
    rows=st.integers(2, 60), width=st.integers(1, 12), share=st.sampled_from([0.5, 0.95, 1.0]), seed=st.integers(0, 99)
)
def test_principal_axes_keep_the_variance_that_is_asked_for_and_no_more(rows, width, share, seed):
    vectors = np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32) * np.arange(1, width + 1)
    result, wanted = (
        principal(vectors.astype(np.float32), share=share),
        slow.principal(vectors.astype(np.float32), share),
    )
    assert abs(result.shape[1] - wanted.shape[1]) <= (share == 1.0) * width  # all of it: up to rounding
    if share < 1:
        np.testing.assert_allclose(np.abs(result), np.abs(wanted), rtol=1e-3, atol=1e-3)


def test_mods_is_k_center_among_rows_that_are_good_enough():
    vectors = blobs(70, width=6)
    quality = np.random.default_rng(3).normal(size=70)
    plan = prepared("mods", view_of(vectors, column_reward=quality), quality="reward", threshold=0.2, prefix=10)
    good = np.flatnonzero(quality >= 0.2)
    alone = prepared("kcenter", view_of(vectors[good]), prefix=10)
    assert plan.order.tolist() == good[alone.order].tolist()
    assert plan.outside == {"reward below 0.2": 70 - len(good)}


@settings(max_examples=15)
@given(rows=st.integers(1, 40), columns=st.integers(1, 4), seed=st.integers(0, 99))
def test_bids_serves_the_score_that_has_had_least(rows, columns, seed):
    scores = np.random.default_rng(seed).normal(size=(rows, columns))
    order, _, _ = balance(scores, usable=np.arange(rows), given=np.empty(0, dtype=np.int64))
    assert order.tolist() == slow.balanced(scores)


def test_bids_keeps_scores_in_balance():
    rng = np.random.default_rng(0)
    view = view_of(column_a=rng.normal(size=200), column_b=5 * rng.normal(size=200))
    rows = prepared("bids", view, columns=["a", "b"]).order[:20]
    sums = [float((view.column(name)[rows] / view.column(name).std()).sum()) for name in "ab"]
    assert abs(sums[0] - sums[1]) < 0.25 * min(sums)


def test_rank_within_counts_earlier_rows_of_the_same_part():
    assert rank_within(np.array([1, 0, 1, 0, 1], dtype=np.int32), np.array([4, 1, 0, 2, 3])).tolist() == [0, 0, 1, 2, 1]
