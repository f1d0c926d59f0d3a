"""The bins over a column: each row in the bin that its filter finds, whatever the column holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.corpus.column_histograms import BINS, SEPARATE, WORDS, Histogram, _of_numbers, histogram
from core.corpus.pool import PoolSpec, select
from core.errors import InputError
from core.row_positions import CorpusRows
from tests.corpora import corpus_of, records

NUMBERS = st.one_of(
    st.lists(st.integers(0, 5).map(float), max_size=60),
    st.lists(st.integers(-1000, 1_000_000).map(float), max_size=60),
    st.lists(st.floats(allow_nan=True, allow_infinity=True, width=64), max_size=60),
    st.lists(st.floats(0, 1), max_size=60),
)


def in_bin(bins: Histogram, value: float) -> list[int]:
    """The bins whose bounds hold the value, one after the other."""
    return [place for place, (low, high) in enumerate(zip(bins.lows, bins.highs, strict=True)) if low <= value <= high]


@given(NUMBERS)
@settings(max_examples=300)
def test_every_number_is_in_the_one_bin_whose_bounds_hold_it(values: list[float]) -> None:
    bins = _of_numbers("x", np.array(values, dtype=np.float64))
    assert len(bins.counts) <= max(BINS, SEPARATE)
    assert bins.counts.sum() == sum(map(np.isfinite, values))
    for value, code in zip(values, bins.codes.tolist(), strict=True):
        assert (in_bin(bins, value) if np.isfinite(value) else []) == ([code] if code >= 0 else [])


def test_a_filter_of_bins_finds_the_rows_that_they_count(tmp_path: Path) -> None:
    _, corpus = corpus_of(tmp_path, records(300))
    for column in corpus.columns:
        bins = histogram(corpus, column)
        everything = CorpusRows(np.arange(len(corpus)))
        assert bins.counts_in(everything).tolist() == bins.counts.tolist()
        for first in range(len(bins.counts)):
            last = min(first + 2, len(bins.counts) - 1)
            for end in {first, last}:
                spec = PoolSpec(columns=(bins.filter(first, end),), with_holdout=True)
                chosen = select(corpus, spec)
                if column == "tags":  # a row with several words is counted once, and found by each of them
                    assert len(chosen) >= bins.counts[first : end + 1].sum()
                else:
                    assert len(chosen) == bins.counts[first : end + 1].sum()
                    assert bins.counts_in(chosen).sum() == len(chosen)


def test_few_whole_numbers_and_the_commonest_words_have_a_bin_each(tmp_path: Path) -> None:
    _, corpus = corpus_of(tmp_path, records(300))
    score = histogram(corpus, "score")
    assert score.lows == score.highs == tuple(map(float, range(11)))
    category = histogram(corpus, "category")
    assert (category.names, category.others) == (("list", "note", "poem"), 0)
    tags = histogram(corpus, "tags")
    assert tags.names[0] == "x"
    assert len(tags.names) == WORDS
    assert tags.others == len(corpus.counts_of("tags")) - WORDS
    with pytest.raises(InputError):
        category.filter(0, 3)
    with pytest.raises(InputError):
        category.filter(-1, 0)


def test_skewed_lengths_are_binned_by_their_logarithm() -> None:
    lengths = np.round(np.random.default_rng(0).lognormal(4, 1.5, 5000))
    assert _of_numbers("x", lengths).logarithmic
    assert not _of_numbers("x", np.random.default_rng(0).normal(50, 9, 5000)).logarithmic


def test_one_far_value_leaves_no_histogram_of_one_bar() -> None:
    random = np.random.default_rng(0)
    lengths = np.append(np.round(random.normal(45, 12, 5000)).clip(17), 2982.0)
    bins = _of_numbers("x", lengths)
    assert bins.logarithmic and bins.counts.max() < 0.5 * len(lengths)
    assert np.count_nonzero(bins.counts) > 6
