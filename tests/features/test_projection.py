"""Neighbours, PCA, UMAP and the stored clusters that follow from them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score

from core.corpus.corpus_text import CorpusText
from core.errors import Cancelled, InputError
from core.features import neighbours as search
from core.features.clusters import Clustering, Clusters, cluster_labels, clusters_key, compute_clusters, load_clusters
from core.features.embedders import CARRIED
from core.features.layout import pca
from core.features.neighbours import nearest_neighbours
from core.features.placed_map import load_map
from core.features.projection import Projection, compute_layout, layout_key, load_layout, load_pca
from core.workspace.artefacts import Workspace
from tests.corpora import store_embeddings
from tests.devices import DEVICES
from tests.features.conftest import SmallCorpus

SETTINGS = Clustering(embedder=CARRIED)


@pytest.fixture
def blob_corpus(workspace: Workspace, blobs: tuple[np.ndarray, np.ndarray]) -> SmallCorpus:
    """A corpus whose embeddings are the blobs."""
    vectors, _ = blobs
    store_embeddings(workspace, "b10b5", vectors)
    return SmallCorpus(workspace, "b10b5", tuple(f"row {row}" for row in range(len(vectors))))


@pytest.mark.parametrize("device", DEVICES)
def test_neighbours_are_those_of_the_full_distance_matrix(device: str, blobs: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, _ = blobs
    positions, distances = nearest_neighbours(vectors, neighbours=15, device=device)
    full = 1 - vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    np.fill_diagonal(full, -1)
    nearest = np.sort(full, axis=1)[:, :15]
    assert np.array_equal(positions[:, 0], np.arange(len(vectors)))
    assert np.take_along_axis(full, positions.astype(np.int64), axis=1) == pytest.approx(nearest, abs=1e-6)
    assert distances[:, 1:] == pytest.approx(nearest[:, 1:], abs=1e-6)
    assert not distances[:, 0].any()


@pytest.mark.parametrize("device", DEVICES)
def test_a_row_is_its_own_first_neighbour_among_duplicates(device: str) -> None:
    vectors = np.repeat(np.eye(3, dtype=np.float32), 20, axis=0)
    positions, _ = nearest_neighbours(vectors, neighbours=5, device=device)
    assert np.array_equal(positions[:, 0], np.arange(60))
    assert all(len(set(row)) == 5 for row in positions.tolist())


def test_the_order_of_neighbours_is_mended_when_duplicates_took_a_rows_place() -> None:
    indices = np.array([[1, 0, 2], [0, 2, 3], [2, 0, 1], [3, 1, 0]], dtype=np.int32)
    distances = np.array([[0, 0, 0.5], [0, 0.2, 0.3], [0, 0.1, 0.2], [0, 0.4, 0.6]], dtype=np.float32)
    search._self_first(indices, distances)
    assert indices.tolist() == [[0, 1, 2], [1, 0, 2], [2, 0, 1], [3, 1, 0]]
    assert not distances[:, 0].any()


def test_pca_is_scikit_learns_up_to_sign(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, _ = blobs
    result, reference = pca(vectors), PCA(2).fit_transform(vectors.astype(np.float64))
    assert np.abs((result * reference).sum(axis=0)) == pytest.approx((reference**2).sum(axis=0), rel=1e-3)


def test_pca_does_not_depend_on_the_order_of_rows(blobs: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, _ = blobs
    order = np.random.default_rng(1).permutation(len(vectors))
    assert pca(vectors[order]) == pytest.approx(pca(vectors)[order], abs=1e-4)


def test_pca_of_one_row_or_of_rows_all_alike_is_the_origin() -> None:
    assert pca(np.ones((1, 4), dtype=np.float32)).tolist() == [[0, 0]]
    assert np.abs(pca(np.full((9, 4), 0.5, dtype=np.float32))).max() < 1e-6


def test_the_papers_parameters_are_the_defaults() -> None:
    assert (SETTINGS.neighbors, SETTINGS.components, SETTINGS.min_dist) == (15, 5, 0.0)
    assert (SETTINGS.min_cluster_size, SETTINGS.partition) == (20, "hdbscan")


@pytest.mark.parametrize(
    "wrong", [{"neighbors": 1}, {"components": 1}, {"min_dist": 1.5}, {"min_cluster_size": 1}, {"partition": "x"}]
)
def test_settings_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Clustering.of(wrong)


def test_keys_depend_on_what_plays_a_part_and_nothing_else() -> None:
    base = clusters_key("c", "response", SETTINGS)
    assert clusters_key("c", "response", Clustering(embedder=CARRIED, min_cluster_size=30)) != base
    assert clusters_key("c", "response", Clustering(embedder=CARRIED, groups=7)) == base
    three = Projection(embedder=CARRIED, components=3)
    assert layout_key("c", "response", three, dimensions=2) == layout_key("c", "response", SETTINGS, dimensions=2)


def test_umap_from_the_shared_graph_separates_the_blobs_and_is_stored(
    workspace: Workspace, blob_corpus: SmallCorpus, blobs: tuple[np.ndarray, np.ndarray]
) -> None:
    _, truth = blobs
    assert load_clusters(CorpusText(blob_corpus, "response"), SETTINGS) is None
    notes: list[str] = []
    clusters = compute_clusters(
        CorpusText(blob_corpus, "response"), SETTINGS, progress=lambda done, total, note="": notes.append(note)
    )
    assert any("epochs of the 5-D layout" in note for note in notes)
    assert adjusted_rand_score(truth[truth >= 0], clusters.labels[truth >= 0]) > 0.9
    assert clusters.message == ""
    again = load_clusters(CorpusText(blob_corpus, "response"), SETTINGS)
    assert again is not None
    assert np.array_equal(again.labels, clusters.labels)

    flat = compute_layout(CorpusText(blob_corpus, "response"), SETTINGS, dimensions=2)
    assert (flat.method, flat.coordinates.shape) == ("umap", (len(truth), 2))
    features = [artefact.manifest["feature"] for artefact in workspace.list("features")]
    assert sorted(features) == ["clusters", "embeddings", "layout", "layout", "neighbours"]

    # Another least size touches neither embeddings nor layouts.
    larger = compute_clusters(CorpusText(blob_corpus, "response"), Clustering(embedder=CARRIED, min_cluster_size=60))
    features = [artefact.manifest["feature"] for artefact in workspace.list("features")]
    assert features.count("layout") == 2
    assert len(larger.sizes) < len(clusters.sizes)

    some_lost = np.where(np.arange(len(truth)) < 9, -1, clusters.labels)
    some_lost = Clusters(clusters.key, some_lost, SETTINGS)
    settled = cluster_labels(CorpusText(blob_corpus, "response"), some_lost, noise="nearest")
    assert (settled[9:] == clusters.labels[9:]).all()
    assert (settled[:9] == clusters.labels[:9])[truth[:9] >= 0].all()
    assert (cluster_labels(CorpusText(blob_corpus, "response"), some_lost) == some_lost.labels).all()

    def stop(done: float, total: float, note: str = "") -> None:
        if "epochs" in note:
            raise Cancelled

    with pytest.raises(Cancelled):
        compute_layout(CorpusText(blob_corpus, "response"), SETTINGS, dimensions=3, progress=stop)
    assert load_layout(CorpusText(blob_corpus, "response"), SETTINGS, dimensions=3) is None


def test_kmeans_needs_no_projection(workspace: Workspace, blob_corpus: SmallCorpus) -> None:
    clusters = compute_clusters(
        CorpusText(blob_corpus, "response"), Clustering(embedder=CARRIED, partition="kmeans", groups=6)
    )
    assert clusters.noise_rows == 0
    features = sorted(artefact.manifest["feature"] for artefact in workspace.list("features"))
    assert features == ["clusters", "embeddings"]


def test_pca_is_there_at_once_and_only_with_embeddings(workspace: Workspace, blob_corpus: SmallCorpus) -> None:
    first = load_pca(CorpusText(blob_corpus, "response"), SETTINGS)
    again = load_pca(CorpusText(blob_corpus, "response"), SETTINGS)
    assert first is not None
    assert again is not None
    assert np.array_equal(first.coordinates, again.coordinates)
    assert load_pca(CorpusText(SmallCorpus(workspace, "0ther", ("a",)), "response"), SETTINGS) is None


def test_a_map_is_drawn_from_umap_where_it_is_fitted_and_from_pca_until_then(
    workspace: Workspace, blob_corpus: SmallCorpus
) -> None:
    first = load_map(CorpusText(blob_corpus, "response"), SETTINGS)
    assert first is not None and first.method == "pca"
    key = layout_key(blob_corpus.id, "response", SETTINGS, dimensions=2)
    with workspace.create("features", key, {"feature": "layout", "method": "umap", "note": ""}) as folder:
        np.save(folder / "coordinates.npy", np.zeros((len(first.coordinates), 2), dtype=np.float32))
    fitted = load_map(CorpusText(blob_corpus, "response"), SETTINGS)
    assert fitted is not None and (fitted.method, fitted.key) == ("umap", key)
    assert load_map(CorpusText(SmallCorpus(workspace, "0ther", ("a",)), "response"), SETTINGS) is None


@pytest.mark.parametrize("rows", [1, 2, 15, 100])
def test_too_few_distinct_rows_are_laid_out_by_pca_and_say_so(workspace: Workspace, rows: int) -> None:
    vectors = np.tile(np.array([[0.6, 0.8, 0, 0]], dtype=np.float32), (rows, 1))
    store_embeddings(workspace, "a11a11ke", vectors)
    corpus = SmallCorpus(workspace, "a11a11ke", ("same",) * rows)
    layout = compute_layout(CorpusText(corpus, "response"), SETTINGS, dimensions=5)
    assert (layout.method, layout.coordinates.shape) == ("pca", (rows, 5))
    assert "too few for UMAP" in layout.note
    clusters = compute_clusters(CorpusText(corpus, "response"), SETTINGS)
    assert clusters.noise_share == 1
    assert "noise" in clusters.message
    assert "min_cluster_size" in clusters.message
