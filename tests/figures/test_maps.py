"""The map: what is inside a lasso, which rows a selection means, what the picture shows and weighs."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.figures.colouring import by_category, by_cluster, by_membership, by_number
from core.figures.density import cloud_image
from core.figures.lasso import inside
from core.figures.maps import DRAWN, corpus_map, label_places, map_bounds, picked_rows
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


@pytest.fixture(scope="module")
def cloud() -> np.ndarray:
    return np.random.default_rng(5).normal(size=(DRAWN + 500, 2)).astype(np.float32)


def test_a_drawn_box_means_the_rows_inside_it_and_not_the_markers(cloud: np.ndarray) -> None:
    event = {"box": [{"x": [0, 1], "y": [0, 1]}], "points": [{"customdata": [3]}]}
    expected = np.flatnonzero(((cloud >= 0) & (cloud <= 1)).all(axis=1))
    assert np.array_equal(picked_rows(event, cloud), expected)


def test_a_click_on_a_dot_means_its_row(cloud: np.ndarray) -> None:
    few = cloud[:50]
    assert picked_rows({"points": [{"customdata": 7}]}, few).tolist() == [7]
    assert picked_rows({"points": [{"customdata": [9]}, {"customdata": [9]}, {"customdata": 99}]}, few).tolist() == [9]


def test_every_row_can_be_clicked_on_a_picture_nearest_first(cloud: np.ndarray) -> None:
    figure = corpus_map(cloud, by_cluster(np.zeros(len(cloud), dtype=np.int32)))
    markers = figure.data[0]
    result = [picked_rows({"points": [{"customdata": int(cell)}]}, cloud) for cell in markers.customdata]
    assert np.array_equal(np.sort(np.concatenate(result)), np.arange(len(cloud)))
    for at in (0, len(result) // 2):
        middle = np.array([markers.x[at], markers.y[at]])
        distance = np.linalg.norm(cloud[result[at]] - middle, axis=1)
        assert (np.diff(distance) >= -2e-3).all()


def test_no_selection_means_no_rows(cloud: np.ndarray) -> None:
    assert len(picked_rows({}, cloud)) == 0
    assert len(picked_rows({"box": [], "lasso": [], "points": []}, cloud)) == 0


def pixels(uri: str) -> np.ndarray:
    assert uri.startswith("data:image/png;base64,")
    return np.array(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGBA"))


def test_the_picture_has_a_dot_where_a_row_is_and_nothing_elsewhere() -> None:
    xy = np.array([[1.0, 1.0], [9.0, 9.0]])
    image = pixels(cloud_image(xy, np.array([0, 1]), ["#FF0000", "#0000FF"], bounds=(0, 10, 0, 10)))
    height, width = image.shape[:2]
    red, blue = image[int(height * 0.9), int(width * 0.1)], image[int(height * 0.1), int(width * 0.9)]
    assert red[:3].tolist() == [255, 0, 0]
    assert blue[:3].tolist() == [0, 0, 255]
    assert image[height // 2, width // 2, 3] == 0
    assert 0 < (image[..., 3] > 0).mean() < 0.001


def test_more_rows_in_a_place_are_more_opaque_and_noise_lies_below() -> None:
    xy = np.array([[2.0, 5.0], *[[8.0, 5.0]] * 9, [5.0, 5.0], [5.0, 5.0]])
    codes = np.array([0, *[0] * 9, 0, 1])
    image = pixels(cloud_image(xy, codes, ["#FF0000", "#B8BEC8"], bounds=(0, 10, 0, 10), behind=(1,)))
    middle = image.shape[0] // 2
    single, nine, both = (image[middle, int(image.shape[1] * share)] for share in (0.2, 0.8, 0.5))
    assert nine[3] > single[3]
    assert both[:3].tolist() == [255, 0, 0]


def test_a_map_of_117000_rows_stays_below_300_kilobytes() -> None:
    random = np.random.default_rng(0)
    xy = random.normal(size=(117_000, 2)).astype(np.float32)  # no clumps: the worst case for a picture
    for colouring in (
        by_cluster(random.integers(-1, 2_000, len(xy)).astype(np.int32)),
        by_number(random.random(len(xy)), title="length"),
    ):
        assert len(corpus_map(xy, colouring).to_json()) <= 300_000


def test_a_dot_under_the_cursor_is_called_by_its_id_and_never_by_a_number() -> None:
    xy = np.random.default_rng(0).normal(size=(4, 2))
    colouring = by_cluster(np.array([0, -1, 1, 0], dtype=np.int32))  # noise is drawn first
    (dots,) = corpus_map(xy, colouring, ids=np.array([3, 12, 255, 2**64 - 1], dtype=np.uint64)).data[:1]
    assert dots.hovertemplate.startswith("row %{text}")
    named = dict(zip(dots.customdata, dots.text, strict=True))
    assert named == {0: f"{3:016x}", 1: f"{12:016x}", 2: f"{255:016x}", 3: "f" * 16}
    (silent,) = corpus_map(xy, colouring).data[:1]
    assert silent.hovertemplate is None and silent.hoverinfo == "none"


def test_hostile_names_are_escaped_in_legend_and_labels() -> None:
    xy = np.random.default_rng(0).normal(size=(5, 2))
    colouring = by_category(["<img src=x onerror=alert(1)>"] * 5, title="source")
    labels = label_places(xy, np.zeros(5, dtype=np.int32), ["<b>python</b>"])
    drawn = corpus_map(xy, colouring, labels=labels, marked=2).to_json()
    assert "<img" not in drawn
    assert "<b>" not in drawn
    assert "&lt;b" in drawn


def test_labels_that_would_overlap_an_earlier_one_are_left_out() -> None:
    xy = np.array([[0.0, 0.0], [10.0, 10.0]])
    labels = [("first", 5.0, 5.0), ("second", 5.01, 5.01), ("third", 1.0, 1.0)]
    shown = corpus_map(xy, by_cluster(np.array([0, 1], dtype=np.int32)), labels=labels).layout.annotations
    assert [label.text for label in shown] == ["first", "third"]


def test_categories_are_ordered_by_count_and_the_rest_share_a_grey() -> None:
    values = ["b"] * 3 + ["a"] * 3 + [None] * 2 + [f"rare{number:02d}" for number in range(12)]
    colouring = by_category(values, title="source")
    assert colouring.legend[0] == ("a", CATEGORIES[0], 3)
    assert colouring.legend[1] == ("b", CATEGORIES[1], 3)
    assert colouring.legend[-2:] == (("3 others", NOISE, 3), ("none", NOISE, 2))
    assert sum(rows for _, _, rows in colouring.legend) == len(values)
    assert colouring.palette[colouring.codes[0]] == CATEGORIES[1]


def test_cluster_colours_count_every_row() -> None:
    labels = np.array([0] * 9 + [1] * 8 + [2, 3, 4, 5, 6, 7, 13] + [-1] * 4, dtype=np.int32)
    colouring = by_cluster(labels)
    assert sum(rows for _, _, rows in colouring.legend) == len(labels)
    assert colouring.palette[colouring.codes[-1]] == NOISE
    assert colouring.palette[colouring.codes[labels.tolist().index(13)]] == CATEGORIES[1]


@pytest.mark.parametrize("values", [[1.0, 1.0, 1.0], [np.nan, 2.0, 5.0], [np.nan] * 3, [0.0, 10.0, 1e6]])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_numbers_of_any_kind_get_a_colour(values: list[float], logarithmic: bool) -> None:
    colouring = by_number(np.array(values), title="length", logarithmic=logarithmic)
    assert colouring.codes.min() >= 0
    assert colouring.codes.max() < len(colouring.palette)
    for value, code in zip(values, colouring.codes, strict=True):
        assert (code == len(colouring.palette) - 1) == bool(np.isnan(value))
    assert corpus_map(np.random.default_rng(0).normal(size=(3, 2)), colouring).to_json()


def test_membership_counts_both_sides() -> None:
    colouring = by_membership(np.array([True, False, False]), colour="#2F6DB5")
    assert [rows for _, _, rows in colouring.legend] == [1, 2]


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_map_of_hardly_any_rows_has_an_extent(rows: int) -> None:
    xy = np.zeros((rows, 2), dtype=np.float32)
    left, right, low, high = map_bounds(xy)
    assert left < right
    assert low < high
    assert corpus_map(xy, by_cluster(np.zeros(rows, dtype=np.int32))).to_json()
