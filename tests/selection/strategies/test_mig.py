"""MIG: the graph of tags and the greedy choice against their definitions, and what each knob does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from core.errors import InputError
from core.selection.greedy import information
from core.selection.greedy.information import information_greedy, passing_on, tag_vectors
from tests.selection.pools import blobs, prepared, tags_of, view_of
from tests.selection.strategies import slow


def random_tags(rows: int, *, kinds: int = 12, seed: int = 0) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [np.flatnonzero(rng.random(kinds) < 0.3).tolist() for _ in range(rows)]


@settings(max_examples=15)
@given(rows=st.integers(2, 60), seed=st.integers(0, 99), threshold=st.floats(0, 1), nearest=st.integers(1, 14))
def test_information_passes_to_the_near_tags_that_the_definition_names(rows, seed, threshold, nearest):
    carried = tags_of(random_tags(rows, seed=seed)).matrix
    vectors = blobs(rows, width=6, seed=seed)
    graph = passing_on(tag_vectors(carried, vectors, np.arange(rows)), threshold=threshold, nearest=nearest, weight=0.7)
    twin = slow.passed_on(carried.toarray(), vectors, threshold=threshold, nearest=nearest, weight=0.7)
    assert np.allclose(graph.toarray(), twin, atol=1e-9)
    assert np.allclose(graph.sum(axis=0), 1)


def test_the_graph_does_not_depend_on_the_size_of_its_blocks(monkeypatch):
    carried = tags_of(random_tags(90, kinds=40, seed=3), kinds=40).matrix
    vectors = tag_vectors(carried, blobs(90, width=6), np.arange(90))
    whole = passing_on(vectors, threshold=0.1, nearest=5)
    monkeypatch.setattr(information, "BLOCK", 7)
    assert (passing_on(vectors, threshold=0.1, nearest=5) != whole).nnz == 0


@settings(max_examples=20)
@given(
    rows=st.integers(3, 70),
    seed=st.integers(0, 99),
    slope=st.booleans(),
    kept=st.integers(0, 2),
    power=st.floats(0.1, 1),
)
def test_lazy_choice_takes_what_trying_all_rows_takes(rows, seed, slope, kept, power):
    rng = np.random.default_rng(seed)
    shares = np.where(rng.random((rows, 9)) < 0.3, rng.integers(1, 5, (rows, 9)) / 2, 0.0)
    shares[1::7] = shares[0]  # equal rows: the lower one first
    barred = rng.random(rows) < 0.1
    before = list(range(kept))
    barred[before] = False
    count = min(20, rows - kept - int(barred.sum()))
    chosen = information_greedy(
        sparse.csr_matrix(shares), count=count, power=power, slope=slope, given=np.array(before, dtype=np.int64),
        barred=barred,
    )  # fmt: skip
    twin = slow.informed(shares, count, power=power, slope=slope, given=before, barred=np.flatnonzero(barred).tolist())
    assert chosen.order.tolist() == twin
    assert (np.diff(chosen.values) <= 1e-9).all()


def test_the_plan_is_the_choice_over_quality_tags_and_graph():
    rows = random_tags(80, seed=5)
    vectors = blobs(80, width=6, seed=5)
    quality = np.random.default_rng(2).random(80) + 0.1
    view = view_of(vectors, tags=tags_of(rows), column_quality=quality)
    plan = prepared("mig", view, quality="quality", similar=0.4, nearest=3, divided=True, prefix=30, given=[4])
    dense = view.tags.matrix.toarray().astype(np.float64)
    shares = dense * (quality / quality.mean() / np.maximum(dense.sum(axis=1), 1))[:, None]
    shares = shares @ slow.passed_on(dense, vectors, threshold=0.4, nearest=3, weight=1.0)
    untagged = np.flatnonzero(dense.sum(axis=1) == 0).tolist()
    assert plan.order[:30].tolist() == slow.informed(shares, 30, power=0.8, slope=True, given=[4], barred=untagged)
    assert sorted([*plan.order.tolist(), 4, *untagged]) == list(range(80))


def test_a_tag_near_a_chosen_one_comes_later():
    vectors = np.array([[1, 0, 0], [1, 0.05, 0], [0, 0, 1], [0, 1, 0]], dtype=np.float32)
    view = view_of(vectors, tags=tags_of([[0], [1], [2], [3]], kinds=4))
    assert prepared("mig", view, similar=0.9).order.tolist()[-1] in (0, 1)  # tags 0 and 1 tell of each other
    assert prepared("mig", view, similar=1.0).order.tolist() == [0, 1, 2, 3]


def test_at_power_one_the_row_with_the_most_quality_and_tags_wins():
    view = view_of(tags=tags_of([[0], [0, 1, 2], [0, 1], [5]]), column_quality=np.array([1.0, 1.0, 1.0, 9.0]))
    assert prepared("mig", view, similar=1, power=1, quality="quality").order.tolist() == [3, 1, 2, 0]


def test_without_tags_or_with_a_quality_that_is_not_positive_it_says_what_to_do():
    with pytest.raises(InputError, match="carries a tag"):
        prepared("mig", view_of(blobs(4), tags=tags_of([[], [], [], []])))
    view = view_of(blobs(3), tags=tags_of([[0], [1], [2]]), column_quality=np.array([1.0, 0.0, 2.0]))
    with pytest.raises(InputError, match="0 or less"):
        prepared("mig", view, quality="quality")


def test_rows_without_a_tag_or_a_number_are_left_out_and_counted():
    view = view_of(
        blobs(5), tags=tags_of([[0], [], [1], [2], [0, 1]]), column_quality=np.array([1.0, 2.0, np.nan, 2.0, 1.0])
    )
    plan = prepared("mig", view, quality="quality")
    assert plan.outside == {"no number in quality": 1, "no tag": 1}
    assert sorted(plan.order.tolist()) == [0, 3, 4]
