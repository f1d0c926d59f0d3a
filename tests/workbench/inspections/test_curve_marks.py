"""Where a curve crosses the random band, and where more rows begin to give little."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx, mark

from core.workbench.inspections.curve_marks import crossings, curve_marks, gain_halves
from core.workbench.inspections.curves import COLUMNS, Grid


def slow_places(x, values, *, low, high, steps=2_000):
    """The slow twin: walk along the lines in small steps and note every change of place."""
    grid = np.linspace(x[0], x[-1], steps)
    y, under, over = (np.interp(grid, x, line) for line in (values, low, high))
    places = np.where(y > over, "above", np.where(y < under, "below", "inside"))
    return [(left, str(a), str(b)) for left, (a, b) in zip(grid[1:], pairwise(places), strict=True) if a != b]


def test_a_rising_curve_enters_the_band_from_below_and_leaves_it_above() -> None:
    result = crossings([0, 0.5, 1], [0, 5, 10], low=[4, 4, 4], high=[6, 6, 6])
    assert [(entry.before, entry.after, entry.leaves) for entry in result] == [
        ("below", "inside", False),
        ("inside", "above", True),
    ]
    assert [entry.x for entry in result] == approx([0.4, 0.6])
    assert [entry.y for entry in result] == approx([4, 6])


def test_a_curve_that_jumps_through_the_band_between_two_points_crosses_both_borders() -> None:
    result = crossings([0, 1], [10, 0], low=[4, 4], high=[6, 6])
    assert [(round(entry.x, 9), entry.before, entry.after) for entry in result] == [
        (0.4, "above", "inside"),
        (0.6, "inside", "below"),
    ]


def test_the_band_may_move_with_the_size() -> None:
    result = crossings([100, 200], [5, 5], low=[1, 1], high=[4, 6])
    assert [(entry.x, entry.before, entry.after) for entry in result] == [(150, "above", "inside")]


def test_a_curve_on_the_border_or_of_one_point_crosses_nothing() -> None:
    assert crossings([0, 1], [6, 6], low=[4, 4], high=[6, 6]) == []
    assert crossings([1], [9], low=[4], high=[6]) == []
    assert crossings([], [], low=[], high=[]) == []


@settings(max_examples=40)
@given(st.lists(st.integers(-40, 40), min_size=2, max_size=8))
def test_crossings_agree_with_walking_along_the_lines(values) -> None:
    x = list(range(len(values)))
    low, high = [-10.5] * len(x), [10.5] * len(x)
    result = crossings(x, values, low=low, high=high)
    for entry in result:
        assert entry.y == approx(np.interp(entry.x, x, values))
        assert min(abs(entry.y - 10.5), abs(entry.y + 10.5)) == approx(0, abs=1e-9)
    slow = slow_places(x, values, low=low, high=high)
    passed = sum(2 if {before, after} == {"below", "above"} else 1 for _, before, after in slow)
    assert len(result) == passed


def test_the_gain_halves_where_a_saturating_curve_bends() -> None:
    sizes = np.arange(0, 5_001, 10, dtype=float)
    values = 1 - np.exp(-sizes / 1_000)  # its slope halves at 1,000 · ln 2
    assert gain_halves(sizes.tolist(), values.tolist()) == approx(1_000 * np.log(2), rel=0.02)
    assert gain_halves(sizes.tolist(), (-values).tolist(), direction=-1) == approx(1_000 * np.log(2), rel=0.02)
    assert gain_halves(sizes.tolist(), (-values).tolist(), direction=0) == approx(1_000 * np.log(2), rel=0.02)


@mark.parametrize(
    ("sizes", "values", "direction"),
    [
        ([1, 2, 3], [1, 2, 3], 1),  # steady gain
        ([1, 2, 3], [3, 2, 1], 1),  # no gain
        ([1, 2], [1, 2], 1),  # too few points
        ([1, 2, 3], [5, 5, 5], 0),  # nothing moves
    ],
)
def test_where_the_gain_never_halves_there_is_no_mark(sizes, values, direction) -> None:
    assert gain_halves(sizes, values, direction=direction) is None


def grid_of(axis: str) -> Grid:
    return Grid(
        recipe={}, strategies=["macro", "micro"], axis=axis, at=[], metric="ie", component="response"
    )  # "ie": more is more diverse


def table(*points: tuple[str, float, int, float]) -> pd.DataFrame:
    """Points (strategy, position, size, value) in the columns of a curve table."""
    rows = [(name, "micro", position, size, size, value, "") for name, position, size, value in points]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": "float64"})


def test_marks_over_positions_are_the_crossings_of_each_strategy_in_turn() -> None:
    points = table(
        ("micro", 1, 50, 10), ("micro", 0, 50, 0), ("macro", 0, 50, 5), ("macro", 1, 50, 9), ("macro", 0.5, 50, np.nan)
    )
    band = pd.DataFrame({"size": [50], "mean": [5.0], "low": [4.0], "high": [6.0]})
    marks = curve_marks(grid_of("position"), points, band)
    assert [(point.strategy, point.kind, point.x, point.y, point.after) for point in marks] == [
        ("macro", "leaves the band", approx(0.25), approx(6), "above"),
        ("micro", "enters the band", approx(0.4), approx(4), "inside"),
        ("micro", "leaves the band", approx(0.6), approx(6), "above"),
    ]


def test_marks_over_sizes_tell_where_the_gain_halves_too_and_sizes_without_a_band_cross_nothing() -> None:
    points = table(("micro", 1, 100, 0), ("micro", 1, 200, 8), ("micro", 1, 300, 10), ("micro", 1, 400, 11))
    band = pd.DataFrame({"size": [100], "mean": [5.0], "low": [4.0], "high": [6.0]})
    (halves,) = curve_marks(grid_of("size"), points, band)
    assert (halves.strategy, halves.kind, halves.after) == ("micro", "gain halves", None)
    assert halves.x == approx(gain_halves([100, 200, 300, 400], [0, 8, 10, 11]))
    assert halves.y == approx(np.interp(halves.x, [100, 200, 300, 400], [0, 8, 10, 11]))
