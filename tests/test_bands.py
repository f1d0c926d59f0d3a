"""Band thresholds in counts, per million and quantiles."""

from __future__ import annotations

import numpy as np
import pytest

from core.bands import band_mask, thresholds
from core.errors import InputError

FREQUENCY = np.array([0, 1, 9, 10, 500, 501, 4000])


def test_both_ends_belong_to_the_band_and_absent_types_never_do():
    assert band_mask(FREQUENCY).tolist() == [False, False, False, True, True, False, False]
    assert band_mask(FREQUENCY, low=0, high=9).tolist() == [False, True, True, False, False, False, False]


def test_per_million_scales_with_the_corpus():
    total = FREQUENCY.sum()
    assert thresholds(FREQUENCY, low=100, high=1e6, unit="per_million") == pytest.approx((total / 1e4, total))
    doubled = band_mask(FREQUENCY * 2, low=2000, high=99_720, unit="per_million")
    assert np.array_equal(doubled, band_mask(FREQUENCY, low=2000, high=99_720, unit="per_million"))


def test_quantiles_are_those_of_the_types_that_occur():
    assert thresholds(FREQUENCY, low=0, high=1, unit="quantile") == (1.0, 4000.0)
    assert thresholds(np.array([0, 2, 4, 6]), low=0.5, high=0.5, unit="quantile") == (4.0, 4.0)


@pytest.mark.parametrize(
    "band", [{"low": 5, "high": 4}, {"low": -1, "high": 4}, {"high": float("nan")}, {"high": 10, "unit": "quantile"}]
)
def test_a_band_that_cannot_be_is_refused(band):
    with pytest.raises(InputError):
        band_mask(FREQUENCY, **band)
