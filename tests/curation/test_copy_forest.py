"""The forest of similar pairs has the groups of all pairs at every threshold, and says which rows stay."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.curation.near_copies.forest import CopyForest, forest_of_equals
from core.curation.near_copies.staying import left_out
from tests.curation.near_copies import groups_of_pairs


@given(st.lists(st.integers(-1, 6), min_size=0, max_size=30))
def test_rows_with_equal_keys_are_one_group(keys: list[int]) -> None:
    forest = forest_of_equals(np.array(keys, dtype=np.int64), rows=len(keys))
    pairs = [(a, b) for b in range(len(keys)) for a in range(b) if keys[a] == keys[b] >= 0]
    assert forest.groups(1.0).tolist() == groups_of_pairs(pairs, len(keys)).tolist()
    assert forest.edges_from(1.0) == len([key for key in keys if key >= 0]) - len({key for key in keys if key >= 0})


def test_groups_fall_apart_as_the_threshold_grows() -> None:
    forest = CopyForest(
        np.array([0, 2, 1], dtype=np.int32),
        np.array([1, 3, 2], dtype=np.int32),
        np.array([0.9, 0.8, 0.6], dtype=np.float32),
        5,
    )
    assert forest.groups(0.6).tolist() == [0, 0, 0, 0, -1]
    assert forest.groups(0.7).tolist() == [0, 0, 2, 2, -1]
    assert forest.groups(0.9).tolist() == [0, 0, -1, -1, -1]  # the float32 of 0.9 is still at 0.9
    assert forest.groups(1.0).tolist() == [-1] * 5
    assert [forest.edges_from(at) for at in (0.5, 0.8, 0.95)] == [3, 2, 0]


@given(st.lists(st.tuples(st.integers(-1, 4), st.booleans()), min_size=1, max_size=25), st.integers(1, 3), st.randoms())
def test_of_each_group_the_preferred_rows_that_pass_stay(
    rows: list[tuple[int, bool]], most: int, random: object
) -> None:
    groups = np.array([group for group, _ in rows], dtype=np.int64)
    passing = np.array([passes for _, passes in rows])
    ranks = np.arange(len(rows))
    random.shuffle(ranks)  # type: ignore[attr-defined]
    standing = left_out(groups, ranks, passing, most=most)
    for group in range(-1, 5):
        inside = [row for row in range(len(rows)) if groups[row] == group and passing[row]]
        inside.sort(key=lambda row: ranks[row])
        for place, row in enumerate(inside):
            assert standing[row] == (inside[0] if group >= 0 and place >= most else -1)
    assert (standing[~passing] == -1).all()
