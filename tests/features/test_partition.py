"""Clusters found, numbered and what becomes of noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from core.errors import InputError
from core.features.partition import (
    canonical,
    evoc_labels,
    hdbscan_labels,
    kmeans_labels,
    nearest_centre,
    settle_noise,
)


def canonical_slowly(labels: list[int]) -> list[int]:
    clusters = sorted({label for label in labels if label >= 0}, key=lambda c: (-labels.count(c), labels.index(c)))
    return [clusters.index(label) if label >= 0 else -1 for label in labels]


@given(st.lists(st.integers(-1, 6), max_size=40))
@settings(max_examples=60)
def test_clusters_are_numbered_by_size_then_first_row(labels: list[int]) -> None:
    assert canonical(np.array(labels, dtype=np.int64)).tolist() == canonical_slowly(labels)


@given(st.lists(st.integers(-1, 6), min_size=1, max_size=40), st.permutations(range(7)))
@settings(max_examples=40)
def test_numbers_do_not_depend_on_the_names_a_method_gave(labels: list[int], names: list[int]) -> None:
    renamed = [names[label] if label >= 0 else -1 for label in labels]
    assert np.array_equal(canonical(np.array(labels)), canonical(np.array(renamed)))


def test_hdbscan_finds_the_blobs_and_leaves_strays_out(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, truth = blobs
    labels = hdbscan_labels(vectors, min_cluster_size=20)
    clear = truth >= 0
    assert adjusted_rand_score(truth[clear], labels[clear]) > 0.95
    assert (labels[~clear] == -1).any()
    assert (labels[clear] == -1).mean() < 0.02
    sizes = np.bincount(labels[labels >= 0])
    assert (np.diff(sizes) <= 0).all()


def test_the_same_clusters_come_out_of_shuffled_rows(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, _ = blobs
    order = np.random.default_rng(3).permutation(len(vectors))
    labels, shuffled = hdbscan_labels(vectors), hdbscan_labels(vectors[order])
    # The six sizes differ, so the numbers agree too. A stray at equal distance from two others may fall either way.
    assert (labels[order] != shuffled).mean() < 0.01


def test_a_larger_least_size_gives_fewer_clusters(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, _ = blobs
    assert hdbscan_labels(vectors, min_cluster_size=60).max() < hdbscan_labels(vectors, min_cluster_size=20).max()


@pytest.mark.parametrize("rows", [0, 1, 2, 19])
def test_fewer_rows_than_a_cluster_needs_are_noise(rows: int) -> None:
    assert hdbscan_labels(np.random.default_rng(0).normal(size=(rows, 5)).astype(np.float32)).tolist() == [-1] * rows


def test_rows_all_in_one_place_are_noise() -> None:
    assert (hdbscan_labels(np.ones((50, 5), dtype=np.float32)) == -1).all()


def test_kmeans_finds_the_blobs_without_noise(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, truth = blobs
    labels = kmeans_labels(vectors, groups=6)
    assert labels.min() == 0
    assert adjusted_rand_score(truth[truth >= 0], labels[truth >= 0]) > 0.6
    assert np.array_equal(labels, kmeans_labels(vectors, groups=6))


def test_kmeans_on_rows_all_alike_makes_one_cluster() -> None:
    assert kmeans_labels(np.ones((30, 4), dtype=np.float32) / 2, groups=5).tolist() == [0] * 30


def test_more_groups_than_rows_are_refused() -> None:
    with pytest.raises(InputError, match="between 1 and 3"):
        kmeans_labels(np.eye(3, dtype=np.float32), groups=4)


def nearest_slowly(labels: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
    settled = labels.copy()
    for row in np.flatnonzero(labels == -1):
        distance = np.linalg.norm(coordinates[labels >= 0] - coordinates[row], axis=1)
        settled[row] = labels[labels >= 0][distance.argmin()]
    return settled


@given(st.integers(0, 10_000), st.integers(1, 30))
@settings(max_examples=30)
def test_noise_joins_the_cluster_of_the_nearest_clustered_row(seed: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    labels = canonical(random.integers(-1, 3, rows))
    coordinates = random.normal(size=(rows, 3)).astype(np.float32)
    settled = settle_noise(labels, coordinates, noise="nearest")
    expected = labels if (labels == -1).all() else nearest_slowly(labels, coordinates.astype(np.float64))
    assert np.array_equal(settled, expected)


def test_noise_stays_out_or_makes_one_cluster_of_its_own() -> None:
    labels = np.array([0, -1, 1, 0, -1], dtype=np.int32)
    none = np.empty((5, 0), dtype=np.float32)
    assert settle_noise(labels, none, noise="outside").tolist() == [0, -1, 1, 0, -1]
    assert settle_noise(labels, none, noise="own").tolist() == [0, 2, 1, 0, 2]
    assert labels.tolist() == [0, -1, 1, 0, -1]
    with pytest.raises(InputError, match="outside"):
        settle_noise(labels, none, noise="everywhere")


def test_evoc_finds_the_blobs_without_a_projection_and_again(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, truth = blobs
    labels = evoc_labels(vectors, min_cluster_size=15)
    clear = (truth >= 0) & (labels >= 0)
    assert clear.sum() > 0.7 * (truth >= 0).sum()
    assert adjusted_rand_score(truth[clear], labels[clear]) > 0.9
    assert np.array_equal(labels, evoc_labels(vectors, min_cluster_size=15))
    assert (np.diff(np.bincount(labels[labels >= 0])) <= 0).all()


@pytest.mark.parametrize("rows", [0, 1, 15, 20])
def test_evoc_calls_too_few_rows_noise(rows: int) -> None:
    assert evoc_labels(np.ones((rows, 5), dtype=np.float32)).tolist() == [-1] * rows


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_noise_joins_the_cluster_with_the_nearest_mean(seed: int) -> None:
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(30, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = canonical(random.integers(-1, 4, 30))
    result = nearest_centre(labels, vectors)
    centres = [vectors[labels == cluster].mean(axis=0) for cluster in range(labels.max() + 1)]
    for row, label in enumerate(labels.tolist()):
        if label >= 0 or not centres:
            assert result[row] == label
        else:
            cosines = [float(vectors[row] @ centre / np.linalg.norm(centre)) for centre in centres]
            assert cosines[result[row]] >= max(cosines) - 1e-5
