"""Metrics on their random bands: what the common axis says, and how what is missing is told."""

from __future__ import annotations

import math

import pytest

from core.figures.metric_dots import RIM, distance, dots_of, frame_of, metric_dots
from core.metrics.random_band import RandomBand
from core.metrics.reading import Reading

WIDE = RandomBand(mean=10.0, low=8.0, high=14.0)


@pytest.mark.parametrize(
    ("value", "direction", "at"),
    [(10, 1, 0), (14, 1, 1), (8, 1, -1), (12, 1, 0.5), (4, 1, -3), (14, -1, -1), (4, -1, 3), (12, 0, 0.5)],
)
def test_a_distance_counts_half_widths_of_its_side_and_points_to_more_diverse(
    value: float, direction: int, at: float
) -> None:
    assert distance(value, WIDE, direction) == at
    inside = WIDE.place(value) == "inside"
    assert inside == (abs(at) <= 1)


def test_a_band_without_width_holds_its_own_value_only() -> None:
    flat = RandomBand(mean=2.0, low=2.0, high=2.0)
    assert distance(2.0, flat, 1) == 0
    assert distance(3.0, flat, 1) == math.inf
    assert distance(3.0, flat, -1) == -math.inf


READINGS = {
    "ie": Reading(value=12.0),
    "gini": Reading(value=4.0),
    "kurtosis": Reading(value=1000.0),
    "ed": Reading(value=None, undefined="undefined because one row has no distance"),
    "types": Reading(value=0.5),
}
BANDS = {
    "as many rows": {
        "ie": WIDE,
        "gini": WIDE,
        "kurtosis": WIDE,
        "types": RandomBand(mean=None, undefined="undefined because <b>a draw</b> has no token"),
    }
}


def test_each_metric_has_a_line_and_only_those_with_value_and_band_a_dot() -> None:
    names = ["ie", "gini", "kurtosis", "ed", "types", "nr"]
    dots = dots_of(names, READINGS, BANDS)
    figure = metric_dots(dots, colour="#2F6DB5")
    (drawn,) = [trace for trace in figure.data if trace.mode == "markers"]
    assert list(drawn.y) == [5, 4, 3]  # the first on top
    assert list(drawn.x) == [0.5, 3.0, -RIM]  # lower Gini and kurtosis are more diverse; the last stands at the rim
    assert list(drawn.marker.symbol) == ["circle", "circle", "triangle-left"]
    assert "inside random subsets of as many rows: 10.0 (8.00 to 14.0)" in drawn.hovertext[0]
    assert "lower is more diverse" in drawn.hovertext[1]
    assert len([shape for shape in figure.layout.shapes if shape.type == "rect"]) == 3  # a bar where there is a dot
    written = [annotation.text for annotation in figure.layout.annotations]
    assert "12.0" in written and "undefined because one row has no distance" in written
    assert "not measured yet" in written
    assert any("&lt;b&gt;a draw" in words for words in written)
    assert [dot.missing for dot in dots][3:] == [
        ["undefined because one row has no distance"],
        ["random band undefined because <b>a draw</b> has no token"],
        ["not measured yet"],
    ]


def test_the_table_of_the_plot_holds_every_number_and_every_reason() -> None:
    frame = frame_of(dots_of(["ie", "types"], READINGS, BANDS))
    assert frame.loc[0, ["metric", "value", "mean", "low", "high", "half_widths"]].tolist() == [
        "ie",
        12,
        10,
        8,
        14,
        0.5,
    ]
    assert "a draw" in frame.loc[1, "why_missing"] and math.isnan(frame.loc[1, "mean"])


def test_two_kinds_of_random_subsets_have_a_legend() -> None:
    bands = {"as many rows": {"ie": WIDE}, "as many tokens": {"ie": RandomBand(mean=12.0, low=11.0, high=13.0)}}
    figure = metric_dots(dots_of(["ie"], READINGS, bands), colour="#2F6DB5")
    assert figure.layout.showlegend
    assert [list(trace.x) for trace in figure.data] == [[0.5], [0.0]]
