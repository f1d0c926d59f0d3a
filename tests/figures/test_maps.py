"""The map: what is inside a lasso, where rows are drawn, which rows a press means, and in which colours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.figures.colouring import by_category, by_cluster, by_membership, by_number, by_sides
from core.figures.label_places import label_places
from core.figures.lasso import inside
from core.figures.map_points import RIM, STEPS, combined, drawn_rows, has_legend_rows, legend_rows, map_points, packed
from core.figures.theme import CATEGORIES, NOISE

coordinate = st.floats(-4, 4, allow_nan=False).map(lambda value: round(value, 3))


def inside_slowly(corners: list[tuple[float, float]], x: float, y: float) -> bool:
    """Count the edges that a ray to the right crosses."""
    crossings = 0
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            crossings += 1
    return crossings % 2 == 1


@given(
    st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=9),
    st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=30),
)
@settings(max_examples=120)
def test_a_lasso_holds_what_a_ray_says(corners: list[tuple[float, float]], points: list[tuple[float, float]]) -> None:
    geometry = {"lasso": [{"x": [x for x, _ in corners], "y": [y for _, y in corners]}]}
    expected = [len(corners) >= 3 and inside_slowly(corners, x, y) for x, y in points]
    assert inside(geometry, np.array(points)).tolist() == expected


def test_a_lasso_agrees_with_a_circle() -> None:
    angle = np.linspace(0, 2 * np.pi, 400)[:-1]
    points = np.random.default_rng(0).uniform(-2, 2, size=(3_000, 2))
    distance = np.hypot(*points.T)
    clear = np.abs(distance - 1) > 0.001
    result = inside({"lasso": [{"x": np.cos(angle).tolist(), "y": np.sin(angle).tolist()}]}, points)
    assert np.array_equal(result[clear], distance[clear] < 1)


def test_a_box_holds_its_edges_whichever_way_it_was_drawn() -> None:
    xy = np.array([[0, 0], [1, 1], [1.001, 1], [0.5, 0.5]])
    for x, y in (([0, 1], [0, 1]), ([1, 0], [1, 0])):
        assert inside({"box": [{"x": x, "y": y}]}, xy).tolist() == [True, True, False, True]


def test_boxes_and_lassos_add_up_and_nothing_holds_nothing() -> None:
    xy = np.array([[0.0, 0.0], [5.0, 5.0], [9.0, 9.0]])
    geometry = {
        "box": [{"x": [-1, 1], "y": [-1, 1]}],
        "lasso": [{"x": [4, 6, 6, 4], "y": [4, 4, 6, 6]}],
    }
    assert inside(geometry, xy).tolist() == [True, True, False]
    assert not inside({}, xy).any()
    assert not inside({"box": [], "lasso": [], "points": []}, xy).any()


def test_categories_are_ordered_by_count_and_the_rest_share_a_grey() -> None:
    values = ["b"] * 3 + ["a"] * 3 + [None] * 2 + [f"rare{number:02d}" for number in range(12)]
    colouring = by_category(values, title="source")
    assert colouring.legend[0] == ("a", CATEGORIES[0], 3)
    assert colouring.legend[1] == ("b", CATEGORIES[1], 3)
    assert colouring.legend[-2:] == (("3 others", NOISE, 3), ("none", NOISE, 2))
    assert sum(rows for _, _, rows in colouring.legend) == len(values)
    assert colouring.palette[colouring.codes[0]] == CATEGORIES[1]


@pytest.mark.parametrize("values", [[1.0, 1.0, 1.0], [np.nan, 2.0, 5.0], [np.nan] * 3, [0.0, 10.0, 1e6]])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_numbers_of_any_kind_get_a_colour(values: list[float], logarithmic: bool) -> None:
    colouring = by_number(np.array(values), title="length", logarithmic=logarithmic)
    assert colouring.codes.min() >= 0
    assert colouring.codes.max() < len(colouring.palette)
    for value, code in zip(values, colouring.codes, strict=True):
        assert (code == len(colouring.palette) - 1) == bool(np.isnan(value))


def test_membership_counts_both_sides() -> None:
    colouring = by_membership(np.array([True, False, False]), colour="#2F6DB5")
    assert [rows for _, _, rows in colouring.legend] == [1, 2]


def test_few_clusters_have_a_legend_that_counts_every_row_and_many_have_none() -> None:
    few = by_cluster(np.array([0] * 9 + [1] * 8 + [2, 3] + [-1] * 4, dtype=np.int32))
    assert [rows for _, _, rows in few.legend] == [9, 8, 1, 1, 4]
    assert [name for name, _, _ in few.legend] == ["cluster 0", "cluster 1", "cluster 2", "cluster 3", "noise"]
    called = by_cluster(np.array([0, 0, 1, 2, -1], dtype=np.int32), ["poems", "notes"])
    assert [name for name, _, _ in called.legend] == ["poems", "notes", "cluster 2", "noise"]
    many = by_cluster(np.arange(14, dtype=np.int32), [f"name {number}" for number in range(14)])
    assert many.legend == ()
    assert many.palette[many.codes[13]] == CATEGORIES[1]  # hues repeat


@pytest.fixture(scope="module")
def cloud() -> np.ndarray:
    """(rows, 2) a round cloud, and a far island of ten rows at its upper right."""
    points = np.random.default_rng(5).normal(size=(3_000, 2))
    points[:10] = np.array([60, 50]) + np.random.default_rng(6).random((10, 2))
    return points.astype(np.float32)


def test_a_far_island_is_drawn_at_the_rim_and_presses_nothing_together(cloud: np.ndarray) -> None:
    points = map_points(cloud)
    shares = points.shares
    assert 10 <= points.outside < 30
    assert (shares[:10] > 1 - RIM).all()
    near = shares[10:]
    assert (np.quantile(near, 0.9, axis=0) - np.quantile(near, 0.1, axis=0) > 0.3).all()
    for axis in (0, 1):  # no two rows change their order, in the frame or at the rim
        order = np.argsort(cloud[:, axis], kind="stable")
        assert (np.diff(points.places[order, axis].astype(int)) >= 0).all()


def test_without_islands_the_frame_holds_all_rows_in_proportion() -> None:
    xy = np.random.default_rng(0).uniform(-3, 7, size=(2_000, 2))
    points = map_points(xy)
    assert points.outside == 0
    for axis in (0, 1):
        slope = np.polyfit(xy[:, axis], points.shares[:, axis], 1)[0]
        reached = points.shares[:, axis] - slope * xy[:, axis]
        assert np.ptp(reached) < 2 / STEPS


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_map_of_hardly_any_rows_has_their_places(rows: int) -> None:
    points = map_points(np.zeros((rows, 2), dtype=np.float32))
    assert points.places.shape == (rows, 2) and points.places.dtype == np.uint16
    assert (np.abs(points.shares - 0.5) < 1e-4).all()


def test_what_is_inside_a_drawn_line_is_decided_on_the_places_that_are_drawn(cloud: np.ndarray) -> None:
    points = map_points(cloud)
    x, y = [0.3, 0.7, 0.6, 0.4], [0.4, 0.3, 0.7, 0.6]
    expected = [
        row
        for row, (across, up) in enumerate(points.places / 65_535)
        if inside_slowly(list(zip(x, y, strict=True)), across, up)
    ]
    assert drawn_rows({"kind": "lasso", "x": x, "y": y}, points).tolist() == expected
    box = drawn_rows({"kind": "box", "x": [0.7, 0.3], "y": [0.3, 0.6]}, points)
    within = ((points.shares >= [0.3, 0.3]) & (points.shares <= [0.7, 0.6])).all(axis=1)
    assert np.array_equal(box, np.flatnonzero(within))


@pytest.mark.parametrize(
    "event",
    [
        {}, {"kind": "lasso"}, {"kind": "lasso", "x": [0, 1], "y": [0]}, {"kind": "ray", "x": [0, 1], "y": [0, 1]},
        {"kind": "box", "x": ["a", "b"], "y": [0, 1]}, {"kind": "box", "x": 3, "y": 4},
        {"kind": "lasso", "x": [0.5] * 5_000, "y": [0.5] * 5_000},
    ],
)  # fmt: skip
def test_a_line_that_is_none_is_refused(event: dict[str, object], cloud: np.ndarray) -> None:
    with pytest.raises(InputError):
        drawn_rows(event, map_points(cloud))


def test_an_entry_of_the_legend_means_its_rows_unless_it_shares_its_colour() -> None:
    values = ["b"] * 3 + ["a"] * 2 + [None] * 2 + [f"rare{number:02d}" for number in range(12)]
    colouring = by_category(values, title="source")
    assert colouring.legend[0][0] == "b" and legend_rows(colouring, 0).tolist() == [0, 1, 2]
    grey = len(colouring.legend) - 1  # "none" and "others" share the grey
    assert len(legend_rows(colouring, grey)) == 0
    for entry in range(-1, 100):
        assert has_legend_rows(colouring, entry) == (len(legend_rows(colouring, entry)) > 0)
    assert len(legend_rows(colouring, -1)) == len(legend_rows(colouring, 99)) == 0


def test_rows_replace_join_and_leave_the_selection() -> None:
    before, rows = np.array([1, 3, 5]), np.array([3, 4])
    assert combined(before, rows, "replace").tolist() == [3, 4]
    assert combined(before, rows, "add").tolist() == [1, 3, 4, 5]
    assert combined(before, rows, "remove").tolist() == [1, 5]


@given(st.lists(st.booleans(), max_size=40))
def test_bits_say_of_each_row_what_the_mask_says(mask: list[bool]) -> None:
    data = packed(np.array(mask, dtype=bool))
    assert len(data) == -(-len(mask) // 8)
    assert [bool(data[row >> 3] >> (row & 7) & 1) for row in range(len(mask))] == mask


def test_names_stand_at_the_middle_of_their_clusters_the_largest_first(cloud: np.ndarray) -> None:
    points = map_points(cloud)
    labels = np.where(cloud[:, 0] > 0, 0, np.where(cloud[:, 1] > 0, 1, -1)).astype(np.int32)
    places = label_places(points, labels, ["right", "upper left", "empty"])
    assert [name for name, _, _ in places] == ["right", "upper left"]
    for cluster, (_, x, y) in enumerate(places):
        assert np.allclose((x, y), np.median(points.shares[labels == cluster], axis=0))
    assert len(label_places(points, labels, ["right", "upper left"], most=1)) == 1


def test_sides_are_told_apart_and_counted() -> None:
    in_a, in_b = np.array([True, True, False, False]), np.array([False, True, True, False])
    colouring = by_sides(in_a, in_b, colours=("#000001", "#000002", "#000003"), names=("A", "B"))
    assert colouring.codes.tolist() == [0, 2, 1, 3]
    assert [name for name, _, _ in colouring.legend] == ["only in A", "only in B", "in both", "in neither"]
    assert [rows for _, _, rows in colouring.legend] == [1, 1, 1, 1]
