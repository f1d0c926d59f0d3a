"""Strategies that take turns: B2NERD's categories, the cluster-centre core-set, and categories that disagree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.selection.greedy.conflicts import label_conflicts
from core.selection.plan import Request
from core.selection.priorities import by_priority
from core.several import Several
from tests.devices import DEVICES
from tests.selection.pools import blobs, prepared, tags_of, view_of
from tests.selection.strategies import slow


def labelled(rows: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Categories of 50, 25, 14 and 1 rows, among 90."""
    names = np.array(["common"] * 50 + ["middling"] * 25 + ["rare"] * 14 + ["single"], dtype=object)
    return blobs(rows, width=6, seed=5), names


def test_b2nerd_follows_farthest_first_in_each_category():
    vectors, names = labelled()
    plan = prepared("b2nerd", view_of(vectors, column_category=names))
    for name in np.unique(names):
        members = np.flatnonzero(names == name)
        order = [row for row in plan.order if names[row] == name]
        expected = slow.farthest_first(vectors[members], len(members), None, [int(np.searchsorted(members, order[0]))])
        assert order[1:] == members[expected[: len(members) - 1]].tolist()


def test_b2nerd_shares_a_subset_equally_between_categories():
    vectors, names = labelled()
    plan = prepared("b2nerd", view_of(vectors, column_category=names))
    rows = plan.answer(Request(size=31)).rows
    mapping = {name: int((names[rows] == name).sum()) for name in np.unique(names)}
    assert mapping == {"common": 10, "middling": 10, "rare": 10, "single": 1}


def test_b2nerd_gives_what_equal_shares_leave_over_to_the_larger_categories_as_counted_by_hand():
    # 40 rows of 11 categories: 3 each are 33, and the other 7 rows go to the 7 largest.
    sizes = {name: 16 - 10 * place // 11 for place, name in enumerate("abcdefghijk")}  # 16, 16, 15, … 7
    names = np.array([name for name, size in sizes.items() for _ in range(size)], dtype=object)
    plan = prepared("b2nerd", view_of(blobs(len(names), width=6, seed=5), column_category=names))
    rows = plan.answer(Request(size=40)).rows
    shares = {name: int((names[rows] == name).sum()) for name in sizes}
    assert shares == {**dict.fromkeys("abcdefg", 4), **dict.fromkeys("hijk", 3)}


def test_b2nerd_takes_turns_rarest_first_and_keeps_to_the_quota():
    vectors, names = labelled()
    plan = prepared("b2nerd", view_of(vectors, column_category=names), quota=3, ceiling=1.0)
    assert names[plan.order[:10]].tolist() == [
        *["single", "rare", "middling", "common"],
        *["rare", "middling", "common"] * 2,
    ]
    assert plan.prefix == 10


@pytest.mark.parametrize("candidates", ["farthest first", "seeded order"])
def test_b2nerd_keeps_rows_of_a_category_below_the_ceiling_before_others(candidates):
    vectors, names = labelled()
    plan = prepared("b2nerd", view_of(vectors, column_category=names), ceiling=0.6, candidates=candidates)
    kept = plan.order[: plan.prefix]
    cosine = vectors.astype(np.float64) @ vectors.T
    for name in np.unique(names):
        members = [row for row in kept if names[row] == name]
        among = cosine[np.ix_(members, members)]
        np.fill_diagonal(among, -1)
        assert among.max(initial=-1) < 0.6 + 1e-6
        left = [row for row in np.flatnonzero(names == name) if row not in members]
        if left:
            assert cosine[np.ix_(left, members)].max(axis=1).min() >= 0.6 - 1e-6
    assert sorted(plan.order.tolist()) == list(range(90))


@settings(max_examples=25)
@given(
    names=st.lists(st.sampled_from("abc"), min_size=2, max_size=40),
    quota=st.sampled_from([0, 2, 6]),
    ceiling=st.sampled_from([0.3, 0.8, 1.0]),
    copies=st.integers(0, 3),
    kept=st.integers(0, 2),
    seed=st.integers(0, 99),
)
def test_b2nerd_in_a_seeded_order_raises_the_ceiling_as_the_definition_does(names, quota, ceiling, copies, kept, seed):
    vectors = blobs(len(names), width=5, seed=seed)
    vectors[: min(copies, len(names))] = np.eye(5, dtype=np.float32)[0]  # equal to the last bit
    view = view_of(vectors, column_category=np.array(names, dtype=object))
    before = list(range(len(names)))[-kept:] if kept else []
    plan = prepared("b2nerd", view, candidates="seeded order", quota=quota, ceiling=ceiling, given=before, seed=seed)
    turn = by_priority(view.ids, seed=seed).tolist()
    order, strict = slow.b2nerd(vectors, names, turn, quota=quota, ceiling=ceiling, given=before)
    assert plan.order.tolist() == order
    assert plan.prefix == strict


def test_b2nerd_in_a_seeded_order_passes_over_a_copy_even_at_a_ceiling_of_1():
    vectors = blobs(12, width=5, seed=3)
    vectors[:6] = np.eye(5, dtype=np.float32)[0]
    names = ["a"] * 12
    view = view_of(vectors, column_category=np.array(names, dtype=object))
    turn = by_priority(view.ids, seed=0).tolist()
    plan = prepared("b2nerd", view, candidates="seeded order", quota=7, ceiling=1.0)
    assert plan.order.tolist() == slow.b2nerd(vectors, names, turn, quota=7, ceiling=1.0, given=[])[0]
    assert plan.prefix == 7


def test_b2nerd_counts_given_rows_as_kept():
    vectors, names = labelled()
    plan = prepared("b2nerd", view_of(vectors, column_category=names), given=[0, 1, 89])
    assert not set(plan.order.tolist()) & {0, 1, 89}
    members = np.arange(50)
    order = [row for row in plan.order if names[row] == "common"]
    assert order == slow.farthest_first(vectors[members], 48, None, [0, 1])


@settings(max_examples=25)
@given(
    rows=st.lists(st.lists(st.integers(0, 5), max_size=3, unique=True), min_size=2, max_size=30).filter(any),
    quota=st.sampled_from([0, 1, 3]),
    ceiling=st.sampled_from([0.3, 0.8]),
    in_order=st.booleans(),
    kept=st.integers(0, 2),
    seed=st.integers(0, 99),
)
def test_b2nerd_counts_a_row_in_every_tag_it_carries(rows, quota, ceiling, in_order, kept, seed):
    vectors = blobs(len(rows), width=5, seed=seed)
    view = view_of(vectors, tags=tags_of(rows, kinds=6))
    before = [row for row in range(len(rows)) if rows[row]][:kept]
    plan = prepared(
        "b2nerd",
        view,
        categories="tags",
        quota=quota,
        ceiling=ceiling,
        candidates="seeded order" if in_order else "farthest first",
        given=before,
        seed=seed,
    )
    tagged = [row for row in range(len(rows)) if rows[row]]
    drawn = by_priority(view.ids[tagged], seed=seed).tolist()
    order, strict = slow.turns(
        vectors,
        rows,
        6,
        quota=quota,
        ceiling=ceiling,
        given=before,
        seeded=[tagged[place] for place in drawn] if in_order else None,
    )
    assert plan.order.tolist() == order
    assert plan.prefix == strict
    assert sorted([*order, *before]) == tagged


def test_b2nerd_needs_few_rows_of_a_tag_that_others_bring():
    rows = [[0, 1]] * 5 + [[1]] * 30
    plan = prepared("b2nerd", view_of(blobs(35, width=6), tags=tags_of(rows)), categories="tags", quota=5, ceiling=1.0)
    assert plan.prefix == 5
    assert sorted(plan.order[:5].tolist()) == [0, 1, 2, 3, 4]
    small, large = (plan.answer(Request(size=size)).rows for size in (4, 9))
    assert large[:4].tolist() == small.tolist()
    assert len(plan.answer(Request(size=9, position=0.3)).rows) == 9


def test_b2nerd_asks_no_more_of_a_tag_than_its_depth_and_the_rest_follow_by_distance():
    vectors = blobs(40, width=6)
    view = view_of(vectors, tags=tags_of([[0]] * 40))
    plan = prepared("b2nerd", view, categories="tags", depth=7, ceiling=1.0)
    assert sorted(plan.order.tolist()) == list(range(40))
    near = (vectors[plan.order[7:]].astype(np.float64) @ vectors[plan.order[:7]].T).max(axis=1)
    assert (np.diff(near) >= -1e-6).all()


def test_b2nerd_over_clusters_or_crossed_columns_is_b2nerd_over_those_labels():
    vectors, names = labelled()
    clusters = np.array([-1] * 5 + [3] * 45 + [7] * 40, dtype=np.int32)
    source = np.array((["a"] * 3 + ["b"] * 2 + [None]) * 15, dtype=object)
    view = view_of(vectors, column_category=names, column_source=source, clusters=clusters)
    by_cluster = prepared("b2nerd", view, categories="clusters")
    labels = np.array([None if name < 0 else f"{name}" for name in clusters], dtype=object)
    same = prepared("b2nerd", view_of(vectors, column_category=labels))
    assert by_cluster.order.tolist() == same.order.tolist()
    assert by_cluster.outside == {"noise: in no cluster": 5}
    assert by_cluster.names == ["cluster 3", "cluster 7"]
    crossed = prepared("b2nerd", view, categories="columns crossed", columns=["source", "category"])
    labels = np.array([None if a is None else f"{a} {b}" for a, b in zip(source, names)], dtype=object)
    same = prepared("b2nerd", view_of(vectors, column_category=labels))
    assert crossed.order.tolist() == same.order.tolist()
    assert crossed.outside == {"no value in every column": 15}
    with pytest.raises(InputError, match="No row of this pool lies in a cluster"):
        prepared("b2nerd", view_of(vectors, clusters=np.full(90, -1, dtype=np.int32)), categories="clusters")


@pytest.mark.parametrize("candidates", ["farthest first", "seeded order"])
@pytest.mark.parametrize("categories", ["one column", "columns crossed"])
def test_b2nerd_over_a_column_of_lists_is_b2nerd_over_tags_of_those_words(candidates, categories):
    vectors = blobs(40, width=5, seed=3)
    rows = [[row % 3, 3 + row % 2] if row % 4 else [row % 3] if row % 8 else [] for row in range(40)]
    words = np.full(40, None, dtype=object)
    for row, kinds in enumerate(rows):
        words[row] = Several(f"word {kind}" for kind in kinds) if kinds else None
    settings = {"quota": 4, "ceiling": 0.8, "candidates": candidates}
    by_tag = prepared("b2nerd", view_of(vectors, tags=tags_of(rows, kinds=5)), categories="tags", **settings)
    view = view_of(vectors, column_category=words)
    by_word = prepared("b2nerd", view, categories=categories, columns=["category"], **settings)
    assert by_word.order.tolist() == by_tag.order.tolist()
    assert by_word.prefix == by_tag.prefix
    assert list(by_word.outside.values()) == [5]


def test_rows_without_a_category_are_counted():
    vectors, names = labelled()
    names[:4] = None
    plan = prepared("b2nerd", view_of(vectors, column_category=names))
    assert plan.outside == {"no category": 4}
    with pytest.raises(InputError, match="No row has a value"):
        prepared("b2nerd", view_of(vectors, column_category=np.array([None] * 90, dtype=object)))


def test_core_set_takes_the_rows_nearest_their_centre_first():
    vectors = blobs(60, width=6, centres=3, spread=0.1)
    clusters = np.repeat(np.arange(3), 20).astype(np.int32)
    clusters[:5] = -1
    view = view_of(vectors, clusters=clusters)
    plan = prepared("core_set", view, partition="clusters")
    for name in range(3):
        members = np.flatnonzero(clusters == name)
        centre = vectors[members].astype(np.float64).mean(axis=0)
        order = [row for row in plan.order if clusters[row] == name]
        assert order == members[np.argsort(-np.round(vectors[members] @ centre, 9), kind="stable")].tolist()
    assert plan.outside == {"noise: in no cluster": 5}
    rows = plan.answer(Request(size=11)).rows
    assert np.bincount(clusters[rows]).tolist() == [3, 4, 4]


@settings(max_examples=20)
@given(
    rows=st.integers(2, 45),
    parts=st.sampled_from([0, 1, 4]),
    within=st.sampled_from(["centre", "k-center"]),
    most=st.sampled_from([1, 3, 2000]),
    copies=st.integers(0, 4),
    kept=st.integers(0, 2),
    seed=st.integers(0, 99),
)
def test_core_set_on_k_means_is_its_definition(rows, parts, within, most, copies, kept, seed):
    vectors = blobs(rows, width=6, centres=4, spread=0.4, seed=seed)
    vectors[: min(copies, rows)] = vectors[0]
    before = list(range(rows))[:kept] if kept < rows else []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.selection.strategies.core_set.MOST_OF_A_PART", most)
        plan = prepared("core_set", view_of(vectors), parts=parts, within=within, given=before, seed=seed)
    part = slow.k_means(vectors, parts or max(1, round((rows / 2) ** 0.5)), seed)
    assert np.array_equal(plan.groups[:, None] == plan.groups, np.array(part)[:, None] == np.array(part))
    named = plan.groups.tolist()  # the same parts under the plan's numbers, by which ties go
    assert plan.order.tolist() == slow.core_set(vectors, named, within=within, most=most, given=before)


@pytest.mark.parametrize("most", [3, 2000])
def test_core_set_spreads_over_the_clusters_of_the_corpus(most, monkeypatch):
    monkeypatch.setattr("core.selection.strategies.core_set.MOST_OF_A_PART", most)
    vectors = blobs(60, width=6, centres=3, spread=0.3)
    clusters = np.repeat(np.arange(3), [30, 10, 20]).astype(np.int32)
    clusters[:5] = -1
    plan = prepared("core_set", view_of(vectors, clusters=clusters), partition="clusters", within="k-center", given=[7])
    wanted = slow.core_set(vectors[5:], clusters[5:].tolist(), within="k-center", most=most, given=[2])
    assert plan.order.tolist() == [row + 5 for row in wanted]


@pytest.mark.parametrize("device", DEVICES)
def test_near_duplicates_whose_categories_disagree_are_listed(device):
    vectors, names = labelled()
    vectors[60] = vectors[3]
    vectors[80] = vectors[30]
    result = label_conflicts(view_of(vectors, column_category=names), "category", 0.999, device=device)
    assert {(3, 60), (30, 80)} <= set(zip(result.first.tolist(), result.second.tolist(), strict=True))
    cosine = vectors.astype(np.float64) @ vectors.T
    for single, two, near in zip(result.first, result.second, result.cosine, strict=True):
        assert names[single] != names[two]
        assert near == pytest.approx(cosine[single, two], abs=1e-6)
    expected = {
        row for row in range(90) for other in range(90) if names[row] != names[other] and cosine[row, other] >= 0.999
    }
    assert set(result.first.tolist()) | set(result.second.tolist()) == expected
    with pytest.raises(InputError, match="fewer than two"):
        label_conflicts(view_of(vectors, column_category=np.array(["one"] * 90, dtype=object)), "category")
