"""Facility location and QDIT: neighbours, gains and choices against definitions and an independent library."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.selection.greedy import neighbours as search
from core.selection.greedy.coverage import cover_graph, facility_greedy
from core.selection.greedy.neighbours import nearest_neighbours
from tests.devices import DEVICES
from tests.selection.pools import blobs, prepared, view_of
from tests.selection.strategies import slow


@pytest.mark.parametrize("device", DEVICES)
@settings(max_examples=10)
@given(rows=st.integers(1, 120), k=st.integers(1, 20), seed=st.integers(0, 99))
def test_neighbours_are_those_of_the_whole_matrix(device, rows, k, seed):
    vectors = blobs(rows, width=8, seed=seed)
    result = nearest_neighbours(vectors, k=k, device=device)
    whole = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    np.fill_diagonal(whole, -np.inf)
    expected = np.sort(whole, axis=1)[:, ::-1][:, : min(k, rows - 1)]
    assert np.allclose(result.cosines, expected, atol=1e-6)
    assert np.allclose(np.take_along_axis(whole, result.names.astype(np.int64), axis=1), expected, atol=1e-6)


def test_neighbours_across_blocks_are_those_within_one(monkeypatch):
    vectors = blobs(700, width=12)
    whole = nearest_neighbours(vectors, k=9)
    monkeypatch.setattr(search, "BLOCK", 64)
    blocked = nearest_neighbours(vectors, k=9)
    assert np.array_equal(whole.names, blocked.names)
    assert np.array_equal(whole.cosines, blocked.cosines)


@settings(max_examples=12)
@given(rows=st.integers(3, 70), k=st.integers(1, 12), seed=st.integers(0, 99), kept=st.integers(0, 3))
def test_lazy_cover_chooses_what_the_definition_chooses(rows, k, seed, kept):
    vectors = blobs(rows, width=6, seed=seed)
    graph = cover_graph(nearest_neighbours(vectors, k=k))
    before = list(range(min(kept, rows - 1)))
    bonus = np.random.default_rng(seed).random(rows)
    result = facility_greedy(graph, count=15, bonus=bonus, scale=0.3, given=np.array(before, dtype=np.int64))
    count = min(15, rows - len(before))
    assert result.chosen.order.tolist() == slow.cover(graph.toarray().astype(np.float64), count, before, bonus, 0.3)


def test_the_cover_of_a_full_graph_is_that_of_an_independent_library():
    import apricot

    vectors = blobs(200, width=10)
    similarity = np.maximum(vectors.astype(np.float64) @ vectors.T.astype(np.float64), 0)
    theirs = apricot.FacilityLocationSelection(25, metric="precomputed", optimizer="lazy").fit(similarity).ranking
    graph = cover_graph(nearest_neighbours(vectors, k=199))
    ours = facility_greedy(graph, count=25)
    value = similarity[:, ours.chosen.order].max(axis=1).sum()
    assert value >= 0.99 * similarity[:, theirs].max(axis=1).sum()
    assert ours.chosen.values.sum() == pytest.approx(value, rel=1e-5)
    assert (np.diff(ours.chosen.values) <= 1e-9).all()


def test_copies_weigh_and_come_last():
    vectors = blobs(40, width=6)
    vectors[20:] = vectors[3]
    plan = prepared("facility_location", view_of(vectors), prefix=10)
    assert plan.order[0] == 3
    assert plan.order[-20:].tolist() == list(range(20, 40))
    assert sorted(plan.order.tolist()) == list(range(40))


def test_qdit_moves_from_cover_to_quality():
    vectors = blobs(80, width=6)
    quality = np.random.default_rng(1).random(80)
    view = view_of(vectors, column_quality=quality)
    cover = prepared("facility_location", view_of(vectors), prefix=20)
    assert (
        prepared("qdit", view, quality="quality", share=0.0, prefix=20).order[:20].tolist() == cover.order[:20].tolist()
    )
    by_quality = np.argsort(-quality)[:20].tolist()
    assert prepared("qdit", view, quality="quality", share=1.0, prefix=20).order[:20].tolist() == by_quality
    between = prepared("qdit", view, quality="quality", share=0.5, prefix=20).order[:20]
    assert quality[cover.order[:20]].mean() < quality[between].mean() < quality[by_quality].mean()


def test_qdit_covers_rows_without_quality_but_never_takes_them():
    quality = np.arange(30.0)
    quality[5:10] = np.nan
    plan = prepared("qdit", view_of(blobs(30), column_quality=quality), quality="quality")
    assert not set(plan.order.tolist()) & set(range(5, 10))
    assert plan.outside == {"no number in quality": 5}
