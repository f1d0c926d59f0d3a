"""The axis of a score's histogram."""

from __future__ import annotations

import numpy as np

from core.figures.scores import decades, score_histogram


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
