"""Figures of token frequencies: every token has its rank, and the bands' edges are where the band has them."""

from __future__ import annotations

import numpy as np
import pytest

from core.bands import Band
from core.figures import tokens as figures
from core.figures.theme import BANDS


@pytest.fixture
def frequency():
    return np.concatenate((np.random.default_rng(0).zipf(1.2, size=50_000).clip(1, 10**6), np.zeros(100, dtype=int)))


def test_the_curve_gives_every_token_its_rank_and_its_band(frequency):
    data = figures.frequency_steps(frequency, band=Band(10, 500))
    ordered = np.sort(frequency[frequency > 0])[::-1]
    assert data["occurrences"].is_unique and data["tokens"].sum() == len(ordered)
    drawn = np.concatenate([np.full(step.tokens, step.occurrences) for step in data.itertuples()])
    assert drawn.tolist() == ordered.tolist()
    assert (data["last_rank"] - data["first_rank"] + 1).tolist() == data["tokens"].tolist()
    for band, mask in (("high", ordered > 500), ("mid", (ordered >= 10) & (ordered <= 500)), ("low", ordered < 10)):
        part, ranks = data[data["band"] == band], np.flatnonzero(mask) + 1
        assert (part["first_rank"].min(), part["last_rank"].max()) == (ranks.min(), ranks.max())


@pytest.mark.parametrize("values", [[], [0, 0], [1], [3, 3, 3], [1, 2, 500, 501]])
@pytest.mark.parametrize("band", [Band(10, 500), Band(0.2, 0.8, "quantile"), Band(10, 1e6, "per_million")])
def test_the_bands_of_the_curve_are_those_of_the_tokens_in_any_unit(values, band):
    frequency = np.array(values, dtype=np.int64)
    data = figures.frequency_steps(frequency, band=band)
    drawn = {name: int(part["tokens"].sum()) for name, part in data.groupby("band")}
    counted = {name: int(mask.sum()) for name, mask in band.split(frequency).items() if mask.any()}
    assert drawn == counted


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
