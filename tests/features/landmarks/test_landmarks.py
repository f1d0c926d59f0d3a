"""The map by landmarks: a sample is laid out, the other rows stand among it, and clusters follow."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.manifold import trustworthiness
from sklearn.metrics import adjusted_rand_score

from core.corpus.corpus_text import CorpusText
from core.device import threads_of
from core.errors import InputError
from core.features.clusters import Clustering, clusters_key, compute_clusters
from core.features.embedders import CARRIED
from core.features.landmarks import layout as layouts
from core.features.landmarks.graph import chosen_landmarks, curve, edges, nearest_landmarks, strengths
from core.features.landmarks.kernels import move_rows
from core.features.landmarks.layout import landmark_labels, landmark_layout, placed
from core.features.neighbours import nearest_neighbours
from core.features.projection import Projection, compute_layout, layout_key
from core.workbench.feature_settings import FeatureSettings
from core.workspace.artefacts import Workspace
from tests.devices import DEVICES
from tests.features.conftest import SmallCorpus
from tests.features.test_projection import blob_corpus as blob_corpus  # a fixture

SETTINGS = Clustering(embedder=CARRIED, landmarks=150)
Blobs = tuple[np.ndarray, np.ndarray]


def test_landmarks_are_drawn_once_each_and_are_all_rows_where_there_are_few() -> None:
    drawn = chosen_landmarks(10_000, landmarks=500, seed=1)
    assert len(np.unique(drawn)) == 500 and (np.diff(drawn) > 0).all()
    assert np.array_equal(drawn, chosen_landmarks(10_000, landmarks=500, seed=1))
    assert not np.array_equal(drawn, chosen_landmarks(10_000, landmarks=500, seed=2))
    assert np.array_equal(chosen_landmarks(400, landmarks=500, seed=1), np.arange(400))


def test_strengths_sum_to_log2_of_the_neighbours_and_the_nearest_counts_fully(blobs: Blobs) -> None:
    _, distances = nearest_neighbours(blobs[0], neighbours=15, seed=0, device="cpu")
    strong = strengths(distances[:, 1:])
    assert strong.sum(axis=1) == pytest.approx(np.log2(14), abs=1e-3)
    assert strong[:, 0] == pytest.approx(1) and (np.diff(strong, axis=1) <= 1e-6).all()
    assert (strengths(np.zeros((3, 4), dtype=np.float32)) == 1).all()  # copies of one text


def test_the_graph_is_the_fuzzy_union_edge_by_edge(blobs: Blobs) -> None:
    positions, distances = nearest_neighbours(blobs[0], neighbours=6, seed=0, device="cpu")
    one_way = np.zeros((len(positions), len(positions)))
    strong = strengths(distances[:, 1:])
    for row in range(len(positions)):
        for at in range(5):
            one_way[row, positions[row, at + 1]] = strong[row, at]
    both = one_way + one_way.T - one_way * one_way.T
    heads, tails, weights = edges(positions, distances)
    made = np.zeros_like(both)
    made[heads, tails] = weights
    np.testing.assert_allclose(made, both, atol=1e-6)


def test_the_curve_is_umaps() -> None:
    umap = pytest.importorskip("umap.umap_")
    for min_dist in (0.0, 0.1, 0.5):
        assert curve(min_dist) == pytest.approx(umap.find_ab_params(1.0, min_dist), rel=1e-3)


@pytest.mark.parametrize("device", DEVICES)
def test_nearest_landmarks_are_those_of_a_loop_over_all_pairs(device: str, blobs: Blobs) -> None:
    vectors = np.concatenate([blobs[0][:100], blobs[0][:3]])  # three rows twice
    fixed = vectors[chosen_landmarks(len(vectors), landmarks=40, seed=0)]
    near, distances = nearest_landmarks(vectors, fixed, device=device)
    for row in range(len(vectors)):
        every = 1 - fixed.astype(np.float64) @ vectors[row]
        np.testing.assert_allclose(distances[row], np.sort(every)[:8], atol=1e-5)
        np.testing.assert_allclose(every[near[row]], np.sort(every)[:8], atol=1e-5)
    assert near.shape == (103, 8) and nearest_landmarks(vectors, fixed[:3])[0].shape == (103, 3)


def laid_out(vectors: np.ndarray, *, landmarks: int = 150) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rows = chosen_landmarks(len(vectors), landmarks=landmarks, seed=3)
    fixed = np.ascontiguousarray(vectors[rows])
    graph = nearest_neighbours(fixed, neighbours=15, seed=3, device="cpu")
    return rows, landmark_layout(fixed, graph, dimensions=2, min_dist=0.0, seed=3), *nearest_landmarks(vectors, fixed)


def test_a_seed_gives_one_layout_and_no_block_or_thread_changes_where_a_row_is_placed(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, laid, near, distances = laid_out(blobs[0])
    assert np.array_equal(laid, laid_out(blobs[0])[1])
    whole = placed(laid, near, distances, min_dist=0.0, seed=3)
    monkeypatch.setattr(layouts, "BLOCK", 17)
    with threads_of(1):
        assert np.array_equal(whole, placed(laid, near, distances, min_dist=0.0, seed=3))


def test_rows_are_placed_where_a_slow_loop_places_them(blobs: Blobs) -> None:
    _, laid, near, distances = laid_out(blobs[0])
    begun = np.ascontiguousarray(laid[near[:5, 0]] + np.float32(0.1))
    compiled, slow = begun.copy(), begun.copy()
    a, b = curve(0.0)
    strong = strengths(distances[:5])
    move_rows(compiled, laid, near[:5], strong, a, b, 4, 3, 0)
    slow_moves(slow, laid, near[:5], strong, a, b, 4, 3)
    np.testing.assert_allclose(compiled, slow, atol=1e-3)


def slow_moves(
    places: np.ndarray, fixed: np.ndarray, near: np.ndarray, strong: np.ndarray, a: float, b: float, epochs: int,
    seed: int,
) -> None:  # fmt: skip
    """The twin, with whole numbers of Python for the random ones and vectors for the coordinates."""
    mask = (1 << 64) - 1
    for row in range(len(places)):
        state = (((seed * 1_000_003 + row) & mask) + 1) * 0x9E3779B97F4A7C15 & mask
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & mask
        state = (state ^ state >> 27) * 0x94D049BB133111EB & mask
        state = (state ^ state >> 31) | 1

        def drawn() -> int:
            nonlocal state
            state ^= state << 13 & mask
            state ^= state >> 7
            state ^= state << 17 & mask
            return state

        for epoch in range(epochs):
            rate = 0.5 * (1 - epoch / epochs)
            for at in range(near.shape[1]):
                if (drawn() >> 11) / 2**53 > strong[row, at]:
                    continue
                for towards, other in ((True, near[row, at]), (False, drawn() % len(fixed))):
                    apart = places[row].astype(np.float64) - fixed[other]
                    squared = float((apart**2).sum())
                    if squared == 0:
                        continue
                    factor = (
                        -2 * a * b * squared ** (b - 1) / (1 + a * squared**b)
                        if towards
                        else 2 * b / ((0.001 + squared) * (1 + a * squared**b))
                    )
                    places[row] += (np.clip(factor * apart, -4, 4) * rate).astype(np.float32)


def test_rows_stand_with_their_own_blob_and_the_map_can_be_trusted(blobs: Blobs) -> None:
    vectors, truth = blobs
    rows, laid, near, distances = laid_out(vectors)
    places = placed(laid, near, distances, min_dist=0.0, seed=3)
    others = np.setdiff1d(np.flatnonzero(truth >= 0), rows)
    centres = np.stack([laid[truth[rows] == blob].mean(axis=0) for blob in range(6)])
    nearest = np.linalg.norm(places[others][:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == truth[others]).mean() > 0.95
    assert trustworthiness(vectors, places, n_neighbors=10, metric="cosine") > 0.85


def test_labels_are_the_vote_of_the_nearest_landmarks(blobs: Blobs) -> None:
    vectors, truth = blobs
    _, laid, near, distances = laid_out(vectors)
    labels = landmark_labels(laid, near, distances, min_cluster_size=20)
    assert adjusted_rand_score(truth[truth >= 0], labels[truth >= 0]) > 0.85
    sizes = np.bincount(labels[labels >= 0])
    assert (np.diff(sizes) <= 0).all()
    of_landmark = layouts.hdbscan_labels(laid, min_cluster_size=8)  # 20 rows of 360 are 8 of 150 landmarks
    strong = strengths(distances)
    groups = of_landmark.max() + 1
    chosen = np.empty(len(labels), dtype=np.int64)
    for row in range(len(labels)):
        votes = np.zeros(groups + 1)
        for landmark, weight in zip(near[row], strong[row], strict=True):
            votes[of_landmark[landmark]] += weight  # noise, -1, is the last
        chosen[row] = np.flatnonzero(votes >= votes.max() - 1e-9).min()
    assert np.array_equal(chosen == groups, labels == -1)
    assert adjusted_rand_score(chosen, labels) == 1


def test_a_stored_map_by_landmarks_says_so_and_leaves_the_full_one_alone(
    workspace: Workspace, blob_corpus: SmallCorpus, blobs: Blobs
) -> None:
    text = CorpusText(blob_corpus, "response")
    clusters = compute_clusters(text, SETTINGS)
    truth = blobs[1]
    assert adjusted_rand_score(truth[truth >= 0], clusters.labels[truth >= 0]) > 0.85
    layout = compute_layout(text, SETTINGS, dimensions=2)
    assert (layout.method, layout.coordinates.shape) == ("landmarks", (len(truth), 2))
    features = sorted(artefact.manifest["feature"] for artefact in workspace.list("features"))
    assert features == ["clusters", "embeddings", "landmarks", "layout", "layout"]  # compared with landmarks once


def test_without_landmarks_keys_and_records_stay_as_they_were() -> None:
    full, few = Projection(embedder=CARRIED), Projection(embedder=CARRIED, landmarks=500)
    assert "landmarks" not in full.request() and few.request()["landmarks"] == 500
    assert layout_key("c", "response", full, dimensions=2) != layout_key("c", "response", few, dimensions=2)
    assert clusters_key("c", "response", Clustering(embedder=CARRIED)) != clusters_key("c", "response", SETTINGS)
    assert "landmarks" not in FeatureSettings().as_dict()
    assert FeatureSettings(landmarks=500).as_dict()["landmarks"] == 500
    assert FeatureSettings(landmarks=500).clustering.landmarks == 500
    for wrong in (-1, 3, 10**6):
        with pytest.raises(InputError, match="landmarks"):
            Projection(landmarks=wrong)
