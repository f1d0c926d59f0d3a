"""Bands split the types that occur, in any unit, and say so when one is empty."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Infeasible, InputError
from core.features import tokenizers
from core.features.bands import Bands, readable, readable_pieces
from core.view import TokenRows

UNITS = ["count", "per_million", "quantile"]
frequencies = st.lists(st.integers(0, 60), min_size=1, max_size=60).map(lambda f: np.array(f, dtype=np.int64))


def rows_of(*rows: list[int], size: int) -> TokenRows:
    indptr = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    ids = np.array([token for row in rows for token in row], dtype=np.int32)
    return TokenRows(indptr, ids, size, np.bincount(ids, minlength=size).astype(np.int64))


def test_both_ends_belong_to_the_mid_band_and_unseen_types_to_none():
    frequency = np.array([0, 1, 9, 10, 11, 499, 500, 501, 10_000])
    masks = Bands().masks(frequency)
    assert np.flatnonzero(masks["low"]).tolist() == [1, 2]
    assert np.flatnonzero(masks["mid"]).tolist() == [3, 4, 5, 6]
    assert np.flatnonzero(masks["high"]).tolist() == [7, 8]
    assert not Bands(0, 500).masks(frequency)["mid"][0]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(frequencies, st.integers(0, 60), st.integers(0, 60))
def test_the_three_bands_hold_every_occurring_type_once(frequency, a, b):
    bands = Bands(min(a, b), max(a, b))
    masks = bands.masks(frequency)
    assert np.array_equal(sum(mask.astype(int) for mask in masks.values()), (frequency > 0).astype(int))
    sizes = bands.sizes(frequency)
    assert sum(size.occurrences for size in sizes) == frequency.sum()
    assert sum(size.share for size in sizes) == pytest.approx(1.0 if frequency.any() else 0.0)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(frequencies, st.integers(1, 60), st.integers(1, 60), st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_another_unit_moves_no_type(frequency, a, b, unit, then):
    bands = Bands(min(a, b), max(a, b))
    wanted = bands.masks(frequency)["mid"]
    if not wanted.any():
        return
    first = bands.converted(unit, frequency)
    assert np.array_equal(first.masks(frequency)["mid"], wanted), first
    second = first.converted(then, frequency)
    assert np.array_equal(second.masks(frequency)["mid"], wanted), second


def test_per_million_does_not_depend_on_the_size_of_the_corpus():
    small = np.array([1, 5, 10, 84])
    bands = Bands(50_000, 100_000, "per_million")
    assert np.array_equal(bands.masks(small)["mid"], bands.masks(small * 1000)["mid"])
    assert bands.thresholds(small) == (5.0, 10.0)


def test_impossible_ends_are_refused():
    frequency = np.array([1, 2, 3])
    for bands in (Bands(5, 4), Bands(-1, 4), Bands(0.1, 1.5, "quantile"), Bands(1, 2, "rows")):  # type: ignore[arg-type]
        with pytest.raises(InputError):
            bands.masks(frequency)


def test_an_empty_band_says_what_to_do():
    tokens = rows_of([0, 1], [1, 1], size=3)
    with pytest.raises(Infeasible, match="mid band holds no token") as caught:
        Bands(10, 500).incidence(tokens)
    assert "Widen the band" in caught.value.remedy
    with pytest.raises(Infeasible, match="high band"):
        Bands().sample(tokens.frequency, band="high")
    with pytest.raises(Infeasible) as caught:
        Bands().sample(np.zeros(4, dtype=np.int64), band="low")
    assert "no token at all" in caught.value.remedy
    assert Bands().types_per_row(tokens).tolist() == [0, 0]


def test_incidence_is_the_counts_of_the_mid_band_s_columns():
    rng = np.random.default_rng(3)
    tokens = rows_of(*[rng.zipf(1.5, size=rng.integers(0, 30)).clip(0, 39).tolist() for _ in range(50)], size=40)
    bands = Bands(3, 40)
    matrix, ids = bands.incidence(tokens)
    mask = bands.masks(tokens.frequency)["mid"]
    assert ids.tolist() == np.flatnonzero(mask).tolist()
    assert np.array_equal(matrix.toarray(), tokens.counts.toarray()[:, mask])
    assert bands.types_per_row(tokens).tolist() == (matrix.toarray() > 0).sum(axis=1).tolist()


def test_samples_are_seeded_and_come_from_their_band():
    frequency = np.arange(1, 2000)
    bands = Bands()
    for band, mask in bands.masks(frequency).items():
        ids, counted = bands.sample(frequency, band=band, size=20, seed=1)
        assert len(set(ids.tolist())) == len(ids) <= 20 and mask[ids].all()
        assert counted.tolist() == frequency[ids].tolist() == sorted(counted.tolist(), reverse=True)
        assert ids.tolist() == bands.sample(frequency, band=band, size=20, seed=1)[0].tolist()
    one, other = (bands.sample(frequency, band="mid", size=20, seed=seed)[0].tolist() for seed in (1, 2))
    assert one != other


def test_pieces_can_be_read():
    assert readable(" the\n\t") == "␣the↵⇥"
    assert readable("a\x07\u200b") == "a\\u0007\\u200b"
    mistral = tokenizers.load("mistral-32k")
    assert readable_pieces(mistral, mistral.encode_many(["the cat"])[1].astype(np.int64)) == ["␣the", "␣cat"]


def test_a_text_is_told_by_bands_and_stays_itself():
    mistral = tokenizers.load("mistral-32k")
    text = "the the cat 龘\n <b>"
    _, ids = mistral.encode_many([text] * 6 + ["the"] * 40)
    frequency = np.bincount(ids, minlength=mistral.vocabulary_size).astype(np.int64)
    told = Bands(6, 11).told(text, frequency, mistral)
    assert "".join(part for part, _, _ in told) == text
    bands = {part.strip(): band for part, band, _ in told}
    assert (bands["the"], bands["cat"]) == ("high", "mid")
    assert next(hint for part, _, hint in told if part == " cat") == "6 occurrences"
    unseen = Bands(6, 11).told("cat", np.zeros_like(frequency), mistral)
    assert {band for _, band, _ in unseen} == {""}
