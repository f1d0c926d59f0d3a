"""What the three bands hold: sizes, samples, types a row, the stretches of a text; and what is said of an empty one."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.bands import Band
from core.errors import Infeasible
from core.features import bands, tokenizers
from core.features.bands import (
    band_sizes,
    mid_types_per_row,
    readable,
    readable_pieces,
    sample_tokens,
    stretches,
)
from core.view import TokenRows

frequencies = st.lists(st.integers(0, 60), min_size=1, max_size=60).map(lambda f: np.array(f, dtype=np.int64))


def rows_of(*rows: list[int], size: int) -> TokenRows:
    indptr = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    ids = np.array([token for row in rows for token in row], dtype=np.int32)
    return TokenRows(indptr, ids, size, np.bincount(ids, minlength=size).astype(np.int64))


@settings(max_examples=80)
@given(frequencies, st.integers(0, 60), st.integers(0, 60))
def test_the_sizes_count_every_type_and_every_occurrence_once(frequency, a, b):
    sizes = band_sizes(Band(min(a, b), max(a, b)), frequency)
    assert [size.name for size in sizes] == ["high", "mid", "low"]
    assert sum(size.types for size in sizes) == (frequency > 0).sum()
    assert sum(size.occurrences for size in sizes) == frequency.sum()
    assert sum(size.share for size in sizes) == pytest.approx(1.0 if frequency.any() else 0.0)


def test_an_empty_band_says_what_to_do():
    tokens = rows_of([0, 1], [1, 1], size=3)
    with pytest.raises(Infeasible, match="mid band holds no token") as caught:
        sample_tokens(Band(10, 500), tokens.frequency, name="mid")
    assert "Widen the band" in caught.value.remedy
    with pytest.raises(Infeasible, match="high band"):
        sample_tokens(Band(), tokens.frequency, name="high")
    with pytest.raises(Infeasible) as caught:
        sample_tokens(Band(), np.zeros(4, dtype=np.int64), name="low")
    assert "no token at all" in caught.value.remedy
    assert mid_types_per_row(Band(), tokens).tolist() == [0, 0]


@pytest.mark.parametrize("entries", [1, 40, 2_000_000])
def test_types_per_row_are_those_counted_one_row_at_a_time(entries: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bands, "ENTRIES", entries)
    rng = np.random.default_rng(3)
    rows = [rng.zipf(1.5, size=rng.integers(0, 30)).clip(0, 39).tolist() for _ in range(50)]
    times = Counter(token for row in rows for token in row)
    slow = [sum(3 <= times[token] <= 40 for token in set(row)) for row in rows]
    assert max(slow) > 1
    assert mid_types_per_row(Band(3, 40), rows_of(*rows, size=40)).tolist() == slow


def test_samples_are_seeded_and_come_from_their_band():
    frequency = np.arange(1, 2000)
    for name, mask in Band().split(frequency).items():
        ids, counted = sample_tokens(Band(), frequency, name=name, size=20, seed=1)
        assert len(set(ids.tolist())) == len(ids) <= 20 and mask[ids].all()
        assert counted.tolist() == frequency[ids].tolist() == sorted(counted.tolist(), reverse=True)
        assert ids.tolist() == sample_tokens(Band(), frequency, name=name, size=20, seed=1)[0].tolist()
    first, second = (sample_tokens(Band(), frequency, name="mid", size=20, seed=seed)[0].tolist() for seed in (1, 2))
    assert first != second


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
    told = stretches(Band(6, 11), text, frequency, mistral)
    assert "".join(part for part, _, _ in told) == text
    bands = {part.strip(): band for part, band, _ in told}
    assert (bands["the"], bands["cat"]) == ("high", "mid")
    assert next(hint for part, _, hint in told if part == " cat") == "6 occurrences"
    unseen = stretches(Band(6, 11), "cat", np.zeros_like(frequency), mistral)
    assert {band for _, band, _ in unseen} == {""}
