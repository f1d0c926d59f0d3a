"""Figures of token frequencies: light, honest at the band's edges, driven by a box's geometry alone."""

from __future__ import annotations

import numpy as np
import pytest

from core.bands import Band
from core.figures import tokens as figures
from core.figures.theme import BANDS


@pytest.fixture
def frequency():
    return np.concatenate((np.random.default_rng(0).zipf(1.2, size=50_000).clip(1, 10**6), np.zeros(100, dtype=int)))


def test_the_curve_is_thinned_and_keeps_every_band_s_ends(frequency):
    data = figures.rank_frequency(frequency, band=Band(10, 500))
    ordered = np.sort(frequency[frequency > 0])[::-1]
    assert len(data) <= figures.POINTS and data["rank"].is_monotonic_increasing and data["rank"].is_unique
    assert data["occurrences"].tolist() == ordered[data["rank"].to_numpy() - 1].tolist()
    for band, mask in (("high", ordered > 500), ("mid", (ordered >= 10) & (ordered <= 500)), ("low", ordered < 10)):
        part = data[data["band"] == band]["rank"]
        ranks = np.flatnonzero(mask) + 1
        assert (part.min(), part.max()) == (ranks.min(), ranks.max())


@pytest.mark.parametrize("values", [[], [0, 0], [1], [3, 3, 3], [1, 2, 500, 501]])
def test_small_spectra_are_drawn_whole(values):
    frequency = np.array(values, dtype=np.int64)
    data = figures.rank_frequency(frequency, band=Band(10, 500))
    assert data["occurrences"].tolist() == sorted([v for v in values if v], reverse=True)
    figures.frequency_curve(data, low=10, high=500)


def test_the_curve_names_its_axes_and_colours_its_bands(frequency):
    data = figures.rank_frequency(frequency, band=Band(10, 500))
    figure = figures.frequency_curve(data, low=10, high=500, mode="dark")
    assert [trace.line.color for trace in figure.data] == [BANDS["high"], BANDS["mid"], BANDS["low"]]
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert "occurrences in the corpus" in figure.layout.yaxis.title.text and "rank" in figure.layout.xaxis.title.text
    assert {shape.y0 for shape in figure.layout.shapes} >= {10, 500}
    assert len(figure.to_json()) < 150_000


def test_the_histogram_counts_every_row_once():
    counts = np.array([0, 0, 1, 5, 5, 300])
    data = figures.types_per_row(counts)
    assert data["rows"].sum() == 6 and len(data) <= 61
    inside = [((counts >= a) & (counts <= b)).sum() for a, b in zip(data["types"], data["to"], strict=True)]
    assert data["rows"].tolist() == inside
    assert (data["types"].iloc[0], data["to"].iloc[0], data["rows"].iloc[0]) == (0, 0, 2), "none, by itself"
    exact = figures.types_per_row(np.array([0, 0, 2]))
    assert exact["rows"].tolist() == [2, 0, 1]
    figure = figures.types_histogram(exact, mean=0.67)
    assert figure.data[0].marker.color[0] != figure.data[0].marker.color[2] == BANDS["mid"]
    figures.types_histogram(figures.types_per_row(np.array([], dtype=np.int64)), mean=0.0)


@pytest.mark.parametrize(
    ("ends", "wanted"),
    [
        ([9.3, 500.9], (10, 500)),
        ([500.9, 9.3], (10, 500)),
        ([0.001, 10**9], (1, 1000)),
        ([4.2, 4.8], (4, 4)),
        ([0.1, 0.2], (1, 1)),
        ([5000, 6000], (1000, 1000)),
    ],
)
def test_a_box_sets_the_thresholds_by_its_height(ends, wanted):
    event = {"selection": {"box": [{"xref": "x", "yref": "y", "x": [1, 2], "y": ends}], "points": []}}
    assert figures.apply_selection(event, most=1000) == wanted


@pytest.mark.parametrize(
    "event",
    [{}, {"selection": {}}, {"selection": {"box": []}}, {"selection": {"box": [{"y": []}]}}, {"selection": None}],
)
def test_no_box_changes_nothing(event):
    assert figures.apply_selection(event, most=1000) is None
