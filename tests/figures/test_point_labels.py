"""Names beside points: none lies over another or over a point, and the first have the room."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from core.figures.point_labels import LETTER, LINE, PointLabel, point_labels

WIDTH, HEIGHT = 700.0, 300.0


def box(label: PointLabel, across: np.ndarray, up: np.ndarray, names: list[str]) -> tuple[float, float, float, float]:
    half = LETTER * len(names[label.at]) / 2
    shift = {"left": half, "right": -half, "center": 0.0}[label.anchor]
    middle = across[label.at] * WIDTH + label.x + shift
    height = up[label.at] * HEIGHT + label.y
    return middle - half, height - LINE / 2, middle + half, height + LINE / 2


def test_no_label_lies_over_another_and_all_have_one_where_there_is_room() -> None:
    random = np.random.default_rng(3)
    for count in (1, 2, 6, 40):
        across, up = random.random(count), random.random(count)
        if count > 1:
            across[:2], up[:2] = (0, 1), (1, 0)  # the ends, so that shares of the plot are the values
        names = [f"strategy {number}" for number in range(count)]
        labels = point_labels(across, up, names, width=WIDTH, height=HEIGHT)
        assert labels[0].at == 0 and len({label.at for label in labels}) == len(labels)
        boxes = [box(label, across, up, names) for label in labels] if count > 1 else []
        for (a, b, c, d), (e, f, g, h) in combinations(boxes, 2):
            assert c <= e or g <= a or d <= f or h <= b
        assert len(labels) == count or count == 40


def test_points_at_one_place_share_the_places_around_it() -> None:
    labels = point_labels(np.zeros(6), np.zeros(6), list("abcdef"), width=WIDTH, height=HEIGHT)
    assert [label.at for label in labels] == [0, 1, 2, 3]
    assert point_labels(np.zeros(0), np.zeros(0), [], width=WIDTH, height=HEIGHT) == []
