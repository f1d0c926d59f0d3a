"""Entropy, kurtosis and Gini: against the printed formulas, and with the paper's signs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.metrics.metric import Measuring
from core.metrics.registry import measure
from core.metrics.token_distribution import gini, rank_kurtosis
from core.view import View
from tests.metrics.views import token_rows


def view_with(rows, *, vocabulary):
    return View(
        np.arange(1, len(rows) + 1, dtype=np.uint64),
        "response",
        {},
        {"tokens": token_rows(rows, vocabulary=vocabulary)},
    )


def slow(counts):
    """The formulas as printed, one loop each."""
    n, total = len(counts), sum(counts)
    shares = sorted((count / total for count in counts), reverse=True)
    mu, sigma = (n + 1) / 2, ((n * n - 1) / 12) ** 0.5
    kurtosis = sum(p * (((rank - mu) / sigma) ** 4) for rank, p in enumerate(shares, start=1))
    rising = sorted(shares)
    gini = sum((2 * rank - n - 1) * p / n for rank, p in enumerate(rising, start=1))
    return stats.entropy(counts), kurtosis, gini


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(0, 9), max_size=8), min_size=1, max_size=8).filter(any), st.integers(10, 40))
def test_the_three_shapes_equal_their_printed_formulas(rows, vocabulary):
    view = view_with(rows, vocabulary=vocabulary)
    counts = [sum(row.count(token) for row in rows) for token in range(vocabulary)]
    for name, expected in zip(("ie", "kurtosis", "gini"), slow(counts)):
        assert measure(name, Measuring(view=view)).value == pytest.approx(expected, rel=1e-12, abs=1e-12), name


def zipf(types: int, vocabulary: int) -> np.ndarray:
    shares = np.zeros(vocabulary)
    shares[:types] = 1 / np.arange(1, types + 1)
    return shares / shares.sum()


def test_kurtosis_and_gini_fall_as_more_types_are_used():
    narrow, wide = zipf(500, 32_000), zipf(8_000, 32_000)
    assert rank_kurtosis(wide) < rank_kurtosis(narrow)
    assert gini(wide) < gini(narrow)


def test_the_share_weighted_kurtosis_would_have_the_wrong_sign():
    def weighted(p):
        rank = np.arange(1, len(p) + 1)
        mu = p @ rank
        return p @ (rank - mu) ** 4 / (p @ (rank - mu) ** 2) ** 2

    # Early levels keep a few common types; later ones add a long thin tail.
    narrow, wide = zipf(500, 32_000), zipf(500, 32_000)
    wide[:500] *= 0.9
    wide[500:20_000] += 0.1 / 19_500
    assert weighted(wide) > weighted(narrow)
    assert rank_kurtosis(wide) < rank_kurtosis(narrow)


def test_tokens_that_never_occur_count_in_the_vocabulary():
    rows = [[0, 1, 2, 3]]
    assert measure("gini", Measuring(view=view_with(rows, vocabulary=4))).value == pytest.approx(0.0, abs=1e-12)
    assert measure("gini", Measuring(view=view_with(rows, vocabulary=400))).value == pytest.approx(0.99)


def test_no_tokens_is_undefined_and_not_zero():
    for name in ("ie", "kurtosis", "gini"):
        reading = measure(name, Measuring(view=view_with([[], []], vocabulary=10)))
        assert reading.value is None
        assert reading.undefined == "undefined because these rows have no tokens"
