"""Overlaps of sets of rows, against a slow twin that counts with Python sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.figures.overlap import jaccard_heat, upset
from core.workbench.inspections.overlap import chance_between, chance_jaccard, intersections, jaccard, jaccard_matrix

sets_of_ids = st.lists(st.sets(st.integers(0, 30), max_size=20), min_size=1, max_size=6)


def as_ids(result: list[set[int]]) -> list[np.ndarray]:
    return [np.array(sorted(single), dtype=np.uint64) for single in result]


@settings(max_examples=40)
@given(sets_of_ids)
def test_intersections_equal_those_counted_one_row_at_a_time(result: list[set[int]]) -> None:
    named = {f"set {place}": ids for place, ids in enumerate(as_ids(result))}
    table = intersections(named)
    expected: dict[tuple[bool, ...], int] = {}
    for row in set().union(*result):
        combination = tuple(row in single for single in result)
        expected[combination] = expected.get(combination, 0) + 1
    made = {tuple(line[list(named)].tolist()): int(line["rows"]) for _, line in table.iterrows()}
    assert made == expected
    assert table["rows"].is_monotonic_decreasing
    assert (table["sets"] == table[list(named)].sum(axis=1)).all()


@settings(max_examples=40)
@given(sets_of_ids)
def test_the_matrix_holds_every_pair_s_jaccard(result: list[set[int]]) -> None:
    ids = as_ids(result)
    matrix = jaccard_matrix(ids)
    for i, a in enumerate(result):
        for j, b in enumerate(result):
            slow = len(a & b) / len(a | b) if a | b else 1.0
            assert matrix[i, j] == pytest.approx(slow)
            assert jaccard(ids[i], ids[j]) == pytest.approx(slow)


def test_equal_intersections_are_ordered_by_fewer_sets_then_by_name() -> None:
    sets = {"a": np.array([1, 3], np.uint64), "b": np.array([2, 3], np.uint64)}
    table = intersections(sets)
    assert table[["a", "b"]].to_numpy().tolist() == [[True, False], [False, True], [True, True]]


def test_sixty_sets_still_count_and_sixty_one_are_refused() -> None:
    sets = {f"s{place}": np.array([place, 99], np.uint64) for place in range(60)}
    assert int(intersections(sets)["rows"].sum()) == 61
    with pytest.raises(InputError, match="61 sets"):
        intersections(sets | {"one more": np.array([7], np.uint64)})


def test_chance_is_what_random_subsets_give_on_average() -> None:
    generator = np.random.default_rng(3)
    drawn = [jaccard(*(generator.permutation(400)[:100].astype(np.uint64) for _ in range(2))) for _ in range(300)]
    assert chance_jaccard(100, 400) == pytest.approx(np.mean(drawn), abs=0.004)
    assert chance_jaccard(400, 400) == 1.0


def test_chance_between_sets_is_that_of_their_mean_size() -> None:
    sets = [np.arange(size, dtype=np.uint64) for size in (10, 20, 31)]
    assert chance_between(sets, 100) == chance_jaccard(20, 100)


def test_the_upset_draws_a_bar_and_joined_dots_for_each_intersection() -> None:
    sets = {"<b>a": np.arange(6, dtype=np.uint64), "b": np.arange(4, 9, dtype=np.uint64)}
    table = intersections(sets)
    figure = upset(table, sizes={name: len(ids) for name, ids in sets.items()}, mode="dark")
    assert list(figure.data[0].y) == table["rows"].tolist()
    assert (
        sum(getattr(trace, "mode", "") == "lines" for trace in figure.data[1:] if trace.type == "scatter") == 1
    )  # one intersection of two sets
    assert "<b>" not in str(figure.layout.yaxis2.ticktext)
    assert jaccard_heat(jaccard_matrix(list(sets.values())), list(sets)).data[0].z[0][1] == pytest.approx(2 / 9)
