"""Neighbours, Gram matrices and k-means cells against scipy, scikit-learn and the Vendi package."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist, pdist
from sklearn.cluster import KMeans
from sklearn.neighbors import NearestNeighbors
from vendi_score import vendi

from core.device import blocks_of
from core.metrics.gram import gram
from core.metrics.kmeans import assign, kmeans
from core.metrics.metric import Measuring
from core.metrics.neighbours import nearest
from core.metrics.registry import measure, metrics
from core.metrics.row_order import seeded_order
from tests.devices import DEVICES_AND_APPLE
from tests.metrics.views import blobs, prose_vectors, view_with

VECTOR_METRICS = [name for name, metric in metrics().items() if metric.family == "embedding"]


@pytest.mark.parametrize("device", DEVICES_AND_APPLE)
@pytest.mark.parametrize("count", [1, 4])
def test_neighbours_equal_scikit_learn(count, device):
    queries, reference = blobs(300, seed=1), blobs(900)
    distances, positions = nearest(queries, reference, count=count, device=device)
    theirs, places = NearestNeighbors(n_neighbors=count).fit(reference.astype(np.float64)).kneighbors(queries)
    np.testing.assert_allclose(np.sqrt(distances), theirs, rtol=1e-6)
    assert (positions == places).mean() > 0.999


@pytest.mark.parametrize("k", [1, 5])
def test_knn_distance_equals_scikit_learn(k):
    vectors = blobs(400)
    distances, _ = NearestNeighbors(n_neighbors=k + 1, metric="cosine").fit(vectors.astype(np.float64)).kneighbors()
    value = measure("knn", Measuring(view=view_with(vectors), parameters={"k": k})).value
    assert value == pytest.approx(distances[:, k - 1].mean(), rel=1e-6)


def test_facility_location_is_how_far_the_pool_lies_from_the_rows():
    pool = view_with(blobs(300))
    rows = pool.take(np.arange(0, 300, 7))
    reading = measure("facility_location", Measuring(view=rows, reference=pool))
    nearest_row = cdist(pool.embeddings.astype(np.float64), rows.embeddings.astype(np.float64), "cosine").min(axis=1)
    assert reading.value == pytest.approx(nearest_row.mean(), rel=1e-6)
    assert reading.detail["sum"] == pytest.approx(nearest_row.sum(), rel=1e-6)
    assert measure("facility_location", Measuring(view=pool, reference=pool)).value == 0.0


@pytest.mark.parametrize("rows", [9, 500])
@pytest.mark.parametrize("q", ["0.5", "1", "2", "inf"])
def test_vendi_equals_the_package_where_the_package_is_right(rows, q):
    vectors = blobs(rows)
    order = q if q == "inf" else float(q)
    theirs = vendi.score_dual(vectors.astype(np.float64), q=order)
    ours = measure("vendi", Measuring(view=view_with(vectors), parameters={"q": q})).value
    assert ours == pytest.approx(theirs, rel=1e-6)


def test_five_hundred_rows_of_prose_measure_as_the_peers_say():
    vectors = prose_vectors()
    view, exact = view_with(vectors), vectors.astype(np.float64)
    assert len(vectors) >= 500
    for q in ("0.5", "1", "2", "inf"):
        theirs = vendi.score_dual(exact, q=q if q == "inf" else float(q))
        assert measure("vendi", Measuring(view=view, parameters={"q": q})).value == pytest.approx(theirs, rel=1e-6)
    assert measure("ed", Measuring(view=view)).value == pytest.approx(pdist(exact, "cosine").mean(), rel=1e-9)
    assert measure("distsum_l2", Measuring(view=view)).value == pytest.approx(pdist(exact).mean(), rel=1e-7)
    near, _ = NearestNeighbors(n_neighbors=1, metric="cosine", algorithm="brute").fit(exact).kneighbors()
    assert measure("knn", Measuring(view=view)).value == pytest.approx(near.mean(), rel=1e-6)
    seeds = kmeans(vectors[seeded_order(view.ids, seed=0)], clusters=50, seed=0, iterations=0)
    theirs = KMeans(50, init=seeds, n_init=1, max_iter=100, tol=0, algorithm="lloyd").fit(exact).inertia_
    reading = measure("inertia", Measuring(view=view, parameters={"clusters": 50}))
    assert reading.detail["sum"] == pytest.approx(theirs, rel=1e-6)


def test_the_package_ignores_the_order_on_its_direct_path():
    vectors = blobs(200).astype(np.float64)
    assert vendi.score_X(vectors, q=2) == vendi.score_X(vectors, q=0.5)
    by_order = [
        measure("vendi", Measuring(view=view_with(vectors), parameters={"q": q})).value for q in ("0.5", "1", "2")
    ]
    assert by_order[0] > by_order[1] > by_order[2]
    assert vendi.score_X(vectors, q=2) == pytest.approx(by_order[1], rel=1e-6)


def test_identical_rows_count_as_one_and_orthogonal_rows_as_many():
    same = view_with(np.repeat(blobs(4)[:1], 30, axis=0))
    apart = view_with(np.eye(16, dtype=np.float32))
    for q in ("0.5", "1", "2", "inf"):
        assert measure("vendi", Measuring(view=same, parameters={"q": q})).value == pytest.approx(1.0, abs=1e-6)
        assert measure("vendi", Measuring(view=apart, parameters={"q": q})).value == pytest.approx(16.0)


@pytest.mark.parametrize("rows", [7, 300])
@pytest.mark.parametrize("ridge", [0.1, 1.0])
def test_log_determinant_through_the_gram_equals_the_kernels(rows, ridge):
    vectors = blobs(rows)
    kernel = vectors.astype(np.float64) @ vectors.astype(np.float64).T
    expected = np.linalg.slogdet(np.eye(rows) + kernel / ridge)[1]
    reading = measure("log_det", Measuring(view=view_with(vectors), parameters={"ridge": ridge}))
    assert reading.value == pytest.approx(expected, rel=1e-9)
    assert reading.detail["below it by"] >= 0


def test_without_a_ridge_the_cosine_kernel_has_no_log_determinant_beyond_d_rows():
    vectors = blobs(60).astype(np.float64)
    eigenvalues = np.linalg.eigvalsh(vectors @ vectors.T)
    assert np.count_nonzero(eigenvalues > 1e-9) == vectors.shape[1]  # the other 48 are rounding: det = 0
    assert np.isfinite(measure("log_det", Measuring(view=view_with(vectors))).value)


@pytest.mark.parametrize("device", DEVICES_AND_APPLE)
@pytest.mark.parametrize("shape", [(5000, 24), (10, 24)])
def test_the_gram_is_the_smaller_product(shape, device):
    vectors = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    exact = vectors.astype(np.float64)
    expected = exact.T @ exact if shape[0] > shape[1] else exact @ exact.T
    np.testing.assert_allclose(gram(vectors, device=device), expected, rtol=1e-4 if device == "mps" else 1e-10)


def test_kmeans_ends_where_scikit_learn_ends_from_the_same_seeds():
    vectors = blobs(600)
    seeds = kmeans(vectors, clusters=20, seed=0, iterations=0)
    ours = assign(vectors, kmeans(vectors, clusters=20, seed=0, iterations=300))[1].sum()
    theirs = KMeans(20, init=seeds, n_init=1, max_iter=300, tol=0, algorithm="lloyd").fit(vectors.astype(np.float64))
    assert ours == pytest.approx(theirs.inertia_, rel=1e-9)


def test_kmeans_seeds_are_different_rows():
    vectors = np.repeat(blobs(12), 9, axis=0)
    assert len(np.unique(kmeans(vectors, clusters=12, seed=3, iterations=0), axis=0)) == 12


def test_partition_entropy_is_that_of_the_cells_of_the_reference():
    pool = view_with(blobs(800))
    parameters = {"clusters": 8}
    whole = measure("partition_entropy", Measuring(view=pool, reference=pool, parameters=parameters))
    cells = assign(pool.embeddings, next(iter(_centres(pool).values())))[0]
    assert whole.value == pytest.approx(stats.entropy(np.bincount(cells), base=2))
    one_cell = pool.take(np.flatnonzero(cells == cells[0]))
    assert measure("partition_entropy", Measuring(view=one_cell, reference=pool, parameters=parameters)).value == 0.0


def _centres(pool):
    from core.metrics.partition import _CENTRES

    return _CENTRES[pool]


def test_more_clusters_than_rows_leave_nothing_to_measure():
    view = view_with(np.repeat(blobs(5), 10, axis=0))
    assert "5 different rows" in measure("inertia", Measuring(view=view)).undefined
    assert "5 different rows" in measure("partition_entropy", Measuring(view=view, reference=view)).undefined


@pytest.mark.parametrize("device", DEVICES_AND_APPLE)
@pytest.mark.parametrize("name", VECTOR_METRICS)
def test_devices_agree(name, device):
    pool = view_with(blobs(500))
    view = pool.take(np.arange(0, 500, 2))
    value = measure(name, Measuring(view=view, reference=pool)).value
    there = measure(name, Measuring(view=view, reference=view_with(blobs(500)), device=device)).value
    assert there == pytest.approx(value, rel=1e-3 if device == "mps" else 1e-5)


@pytest.mark.parametrize("device", DEVICES_AND_APPLE)
@pytest.mark.parametrize("temperature", [1.0, 0.05])
def test_dcscore_is_the_trace_of_the_softmax_of_all_similarities(temperature, device):
    vectors = blobs(400)
    logits = vectors.astype(np.float64) @ vectors.astype(np.float64).T / temperature
    expected = np.trace(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))
    with blocks_of(37):
        reading = measure(
            "dcscore",
            Measuring(view=view_with(vectors), parameters={"temperature": temperature}, device=device),
        )
    assert reading.value == pytest.approx(expected, rel=1e-5)


def test_dcscore_lies_between_one_for_copies_and_the_number_of_rows():
    copies = np.repeat(blobs(1), 50, axis=0)
    assert measure("dcscore", Measuring(view=view_with(copies))).value == pytest.approx(1.0)
    orthogonal = view_with(np.eye(40, dtype=np.float32))
    sharp = measure("dcscore", Measuring(view=orthogonal, parameters={"temperature": 0.01}))
    assert sharp.value == pytest.approx(40.0)
    assert sharp.detail["rows taken for themselves"] == 40
    mild = measure("dcscore", Measuring(view=orthogonal))
    assert mild.value == pytest.approx(mild.detail["of as many orthogonal rows"])
