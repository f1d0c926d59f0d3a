"""Pairwise distances and spread against scipy, and their behaviour on vectors that are no vectors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import gmean

from core.errors import InputError
from core.metrics.metric import Measuring
from core.metrics.registry import measure
from core.metrics.vectors import distinct_rows, unit_vectors
from tests.metrics.views import view_of


def rows_of(count: int, dimensions: int = 24, seed: int = 0) -> np.ndarray:
    """Unit rows around a common direction, some of them twice, as sentence embeddings are."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((count, dimensions)) + rng.standard_normal(dimensions)
    vectors[count // 2 : count // 2 + 3] = vectors[:3]
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("count", [6, 700, 2500])
def test_means_over_all_pairs_equal_scipy(count):
    vectors = rows_of(count)
    view = view_of([""] * count, embeddings=vectors)
    exact = vectors.astype(np.float64)
    assert measure("ed", Measuring(view=view)).value == pytest.approx(pdist(exact, "cosine").mean(), rel=1e-9)
    exact_l2 = pdist(exact).mean()
    assert measure("distsum_l2", Measuring(view=view)).value == pytest.approx(exact_l2, rel=1e-7)
    assert measure("radius", Measuring(view=view)).value == pytest.approx(gmean(exact.std(axis=0)), rel=1e-9)


def test_identical_rows_lie_at_distance_nought():
    view = view_of([""] * 40, embeddings=np.repeat(rows_of(8)[:1], 40, axis=0))
    for name in ("ed", "distsum_l2", "radius"):
        assert measure(name, Measuring(view=view)).value == pytest.approx(0.0, abs=1e-7), name


def test_vectors_without_direction_are_named_and_not_skipped():
    broken = rows_of(10)
    broken[3, 2] = np.nan
    reading = measure("ed", Measuring(view=view_of([""] * 10, embeddings=broken)))
    assert reading.value is None
    assert reading.undefined.startswith(
        "undefined because 1 of these 10 rows have a vector with a value that is not a number"
    )
    empty = rows_of(10)
    empty[[1, 4]] = 0
    with pytest.raises(InputError, match="2 of these 10 rows have a vector of length zero"):
        unit_vectors(view_of([""] * 10, embeddings=empty))


def test_rows_that_are_not_of_unit_length_are_measured_by_their_direction():
    vectors = rows_of(50)
    long = vectors * np.linspace(0.5, 4, 50, dtype=np.float32)[:, None]
    expected = measure("ed", Measuring(view=view_of([""] * 50, embeddings=vectors))).value
    assert measure("ed", Measuring(view=view_of([""] * 50, embeddings=long))).value == pytest.approx(expected, rel=1e-6)


def test_the_first_of_each_different_vector_is_kept():
    vectors = rows_of(200, dimensions=5)
    vectors[50:80] = vectors[10:40]
    vectors[90] = -0.0
    vectors[91] = 0.0
    _, first = np.unique(vectors + np.float32(0), axis=0, return_index=True)
    assert distinct_rows(vectors).tolist() == sorted(first.tolist())


def test_dimensions_that_do_not_vary_are_left_out_of_the_radius_and_counted():
    vectors = rows_of(200).astype(np.float64)
    vectors[:, 3] = 0.0
    vectors[:, 5] = 1e-9 * np.arange(200)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    reading = measure("radius", Measuring(view=view_of([""] * 200, embeddings=vectors)))
    kept = np.delete(vectors.astype(np.float64), [3, 5], axis=1)
    assert reading.value == pytest.approx(gmean(kept.std(axis=0)), rel=1e-6)
    assert list(reading.detail.values()) == [2]
