"""The mid band: its ends in counts, per million and quantiles, and the three bands that it splits the types into."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.bands import UNITS, Band
from core.errors import InputError

FREQUENCY = np.array([0, 1, 9, 10, 500, 501, 4000])
frequencies = st.lists(st.integers(0, 60), min_size=1, max_size=60).map(lambda f: np.array(f, dtype=np.int64))
ends = st.one_of(st.integers(0, 70).map(float), st.floats(0, 70, allow_nan=False).map(lambda end: round(end, 3)))


def split_by_hand(frequency: np.ndarray, low: float, high: float) -> list[str]:
    """The slow twin: the band of each type, one type at a time."""
    names = []
    for times in frequency.tolist():
        above, below = times > high, times < low
        names.append("" if times == 0 else "high" if above else "low" if below else "mid")
    return names


def names_of(band: Band, frequency: np.ndarray) -> list[str]:
    masks = band.split(frequency)
    named = [[name for name, mask in masks.items() if mask[kind]] for kind in range(len(frequency))]
    assert all(len(names) <= 1 for names in named)
    return [names[0] if names else "" for names in named]


def test_both_ends_belong_to_the_band_and_absent_types_never_do():
    assert Band().mask(FREQUENCY).tolist() == [False, False, False, True, True, False, False]
    assert Band(0, 9).mask(FREQUENCY).tolist() == [False, True, True, False, False, False, False]
    masks = Band().split(FREQUENCY)
    assert list(masks) == ["high", "mid", "low"]
    assert np.flatnonzero(masks["low"]).tolist() == [1, 2]
    assert np.flatnonzero(masks["high"]).tolist() == [5, 6]


@settings(max_examples=150)
@given(frequencies, ends, ends)
def test_every_type_that_occurs_is_in_exactly_one_band_though_the_mid_band_be_empty(frequency, a, b):
    low, high = min(a, b), max(a, b)
    assert names_of(Band(low, high), frequency) == split_by_hand(frequency, low, high)


def test_a_band_between_whose_ends_no_type_lies_splits_by_its_ends():
    frequency = np.array([1, 2, 9, 0])
    assert names_of(Band(5, 6), frequency) == ["low", "low", "high", ""]
    assert names_of(Band(4.2, 4.8), frequency) == ["low", "low", "high", ""]
    assert names_of(Band(100, 200), frequency) == ["low", "low", "low", ""]
    assert names_of(Band(0, 0), frequency) == ["high", "high", "high", ""]
    assert names_of(Band(0.5, 0.5, "quantile"), np.array([2, 2, 8, 8])) == ["low", "low", "high", "high"]


def test_per_million_scales_with_the_corpus():
    total = FREQUENCY.sum()
    assert Band(100, 1e6, "per_million").thresholds(FREQUENCY) == pytest.approx((total / 1e4, total))
    band = Band(2000, 99_720, "per_million")
    assert np.array_equal(band.mask(FREQUENCY * 2), band.mask(FREQUENCY))
    small = np.array([1, 5, 10, 84])
    assert Band(50_000, 100_000, "per_million").thresholds(small) == (5.0, 10.0)


def test_quantiles_are_those_of_the_types_that_occur():
    assert Band(0, 1, "quantile").thresholds(FREQUENCY) == (1.0, 4000.0)
    assert Band(0.5, 0.5, "quantile").thresholds(np.array([0, 2, 4, 6])) == (4.0, 4.0)
    assert Band(0.1, 0.9, "quantile").thresholds(np.array([0, 0])) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("given_ends", "says"),
    [
        ((5, 4), "is empty"),
        ((-1, 4), "is empty"),
        ((10, float("nan")), "is empty"),
        ((10, 10, "quantile"), "between 0 and 1"),
        ((0.1, 1.5, "quantile"), "between 0 and 1"),
        ((1, 2, "rows"), "Bands are given in"),
    ],
)
def test_ends_that_are_no_band_are_refused_as_soon_as_they_are_named(given_ends, says):
    with pytest.raises(InputError, match=says):
        Band(*given_ends)


@settings(max_examples=300)
@given(frequencies, ends, ends, st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_another_unit_moves_no_type_or_is_refused(frequency, a, b, unit, then):
    band = Band(min(a, b), max(a, b))
    names = names_of(band, frequency)
    try:
        first = band.converted(unit, frequency)
        second = first.converted(then, frequency)
    except InputError as error:
        assert "Widen" in error.remedy
        assert "mid" not in names
        assert "quantile" in (unit, then)
        return
    assert names_of(first, frequency) == names, first
    assert names_of(second, frequency) == names, second


def test_many_types_of_near_equal_frequency_stay_apart_in_other_units():
    frequency = np.arange(1, 40_000) * 50_000 + 1  # 4e13 occurrences: eight digits do not tell neighbours apart
    band = Band(float(frequency[20_000]), float(frequency[30_000]))
    for unit in UNITS:
        assert np.array_equal(band.converted(unit, frequency).mask(frequency), band.mask(frequency)), unit


def test_counts_become_whole_numbers_where_they_can():
    frequency = np.array([1, 4, 5, 9])
    assert Band(4, 5).converted("per_million", frequency).converted("count", frequency) == Band(4, 5)
    assert Band(3.5, 5.5).whole_ends(frequency) == (4.0, 5.0)
    assert Band(4.2, 4.8).whole_ends(frequency) == (4.2, 4.8)  # no whole number lies between: (5, 4) would be no band


def test_an_empty_band_above_every_token_cannot_be_said_in_quantiles():
    with pytest.raises(InputError, match="holds no token"):
        Band(100, 200).converted("quantile", np.array([1, 2, 9]))


@pytest.mark.parametrize("frequency", [[0, 5_000, 70_000, 40_000_000], [3, 0, 9], [1, 10**9]])
def test_a_band_that_holds_types_is_known_for_every_corpus_with_tokens(frequency):
    counts = np.array(frequency)
    band = Band.that_holds_types(counts)
    assert band is not None and band.mask(counts).any()
    assert Band.that_holds_types(np.zeros(4, dtype=np.int64)) is None
