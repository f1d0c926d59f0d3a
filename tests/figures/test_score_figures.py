"""The axis of a score's histogram."""

from __future__ import annotations

import numpy as np

from core.figures.scores import decades, score_histogram, score_table
from core.figures.theme import NOISE, PLAIN


def test_evenly_spread_values_stand_on_a_plain_axis():
    values = np.random.default_rng(0).uniform(0, 5, 1000)
    figure = score_histogram(values, title="quality")
    assert not decades(values)
    assert figure.layout.xaxis.type != "log" and figure.layout.xaxis.title.text == "quality"


def test_values_over_decades_stand_on_a_named_logarithmic_axis_with_whole_powers():
    values = np.random.default_rng(0).lognormal(7, 1.5, 1000)
    figure = score_histogram(values, title="length")
    assert figure.layout.xaxis.type == "log" and figure.layout.xaxis.title.text == "length (logarithmic)"
    assert figure.layout.xaxis.ticktext == ("100", "1,000", "10,000")
    assert figure.layout.annotations[0].text == f"median {np.median(values):,.0f}"


def test_few_powers_of_ten_are_filled_up_by_threefold_steps():
    values = np.random.default_rng(0).lognormal(np.log(120), 0.8, 1000)
    figure = score_histogram(values, title="length")
    assert figure.layout.xaxis.ticktext == ("30", "100", "300")


def test_values_at_or_below_nothing_have_no_logarithm():
    assert not decades(np.array([-1.0, 0.0, 1e6]))
    assert not decades(np.array([np.nan]))


def test_the_bars_outside_the_selected_ends_are_grey() -> None:
    values = np.linspace(0.0, 100.0, 1001)
    (bars,) = [trace for trace in score_histogram(values, title="x", between=(20.0, 40.0)).data if trace.type == "bar"]
    table = score_table(values)
    inside = [place for place, colour in enumerate(bars.marker.color) if colour == PLAIN]
    assert table["from"].iloc[inside[0]] <= 20 <= table["to"].iloc[inside[0]]
    assert table["from"].iloc[inside[-1]] <= 40 <= table["to"].iloc[inside[-1]]
    assert inside == list(range(inside[0], inside[-1] + 1)) and len(inside) < len(table) / 2
    whole = score_histogram(values, title="x").data[0]
    assert set(whole.marker.color) == {PLAIN}
    ends = score_histogram(values, title="x", between=(-5.0, 0.1)).data[0]  # the first bar holds what lies below it
    assert ends.marker.color[0] == PLAIN and set(ends.marker.color[1:]) == {NOISE}
