"""The stored clusters of a component, which the macro strategies use as types."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.columns import column_digest
from core.corpus.corpus_text import CorpusText
from core.errors import FeatureMissing, InputError, quoted
from core.features.embedding import compute_embeddings, load_embeddings
from core.features.landmarks.layout import landmark_labels
from core.features.partition import (
    NOISE,
    column_labels,
    evoc_labels,
    hdbscan_labels,
    kmeans_labels,
    nearest_centre,
    settle_noise,
)
from core.features.projection import Projection, among_landmarks, compute_layout, feature_manifest, load_layout
from core.progress import Progress, silent
from core.workspace.artefacts import Artefact
from core.workspace.digests import digest

if TYPE_CHECKING:
    from core.corpus.store import Corpus

VERSION = 1
PARTITIONS = {
    "hdbscan": "HDBSCAN on the UMAP coordinates (the paper's)",
    "kmeans": "k-means on the embeddings (no noise, no UMAP)",
    "evoc": "EVoC on the embeddings (no UMAP)",
    "column": "a column of the corpus: your own clusters, or any label",
}


@dataclass(frozen=True, kw_only=True)
class Clustering(Projection):
    """How rows are clustered; the defaults are the paper's (D.1: HDBSCAN, min_cluster_size 20, euclidean).

    A larger ``min_cluster_size`` gives fewer and larger clusters. ``groups`` is k-means' number of clusters; None means
    one for every 58 rows, the paper's mean. ``column`` names the column of clusters where ``partition`` is "column",
    and ``content`` is the digest of its present values (:func:`resolved` fills it in).
    """

    min_cluster_size: int = 20
    partition: str = "hdbscan"
    groups: int | None = None
    column: str = ""
    content: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.partition not in PARTITIONS:
            raise InputError(f"The partition is one of {', '.join(PARTITIONS)}, not {quoted(self.partition)}.")
        if not 2 <= self.min_cluster_size <= 100_000:
            raise InputError(f"min_cluster_size is between 2 and 100,000, not {self.min_cluster_size}.")


@dataclass(frozen=True, eq=False)
class Clusters:
    """The cluster of every row in row-id order: (rows,) int32, -1 is noise, 0 the largest cluster."""

    key: str
    labels: NDArray[np.int32]
    clustering: Clustering
    names: tuple[str, ...] = ()  # of the clusters of a column; other partitions have none

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """(clusters,) rows of each cluster, in descending order."""
        return np.bincount(self.labels[self.labels >= 0])

    @property
    def percentages(self) -> NDArray[np.float64]:
        """(clusters,) share of each cluster in all rows, noise included, in per cent."""
        return 100 * self.sizes / max(1, len(self.labels))

    @property
    def noise_rows(self) -> int:
        return int((self.labels == NOISE).sum())

    @property
    def noise_share(self) -> float:
        """Noise rows over all rows, 0 to 1."""
        return self.noise_rows / max(1, len(self.labels))

    @property
    def message(self) -> str:
        """A warning to show before these clusters are used; empty when there are several clusters."""
        rows, least = len(self.labels), self.clustering.min_cluster_size
        if len(self.sizes) > 1:
            return ""
        if self.clustering.partition == "kmeans":
            return "k-means made a single cluster: the rows hold one distinct text, or one group was requested."
        if self.clustering.partition == "column":
            return f"The column {self.clustering.column} holds fewer than two values: choose another."
        if rows < least:
            return f"Fewer rows ({rows:,}) than the min_cluster_size of {least}: every row is noise. Lower it."
        found = "no cluster" if len(self.sizes) == 0 else "a single cluster"
        method = "EVoC" if self.clustering.partition == "evoc" else "HDBSCAN"
        return (
            f"{method} found {found} of at least {least} rows; {self.noise_rows:,} of {rows:,} rows are noise. "
            "Lower min_cluster_size, or partition by k-means."
        )


def clusters_key(corpus_id: str, component: str, clustering: Clustering) -> str:
    """The artefact's key; settings that do not affect the partition are left out of it."""
    if clustering.partition == "column":
        return digest(["clusters", VERSION, corpus_id, "column", clustering.column, clustering.content])
    if clustering.partition == "kmeans":
        settings: list[object] = ["kmeans", clustering.groups, clustering.seed]
    elif clustering.partition == "evoc":
        settings = ["evoc", clustering.min_cluster_size, clustering.neighbors, clustering.seed]
    else:
        settings = [
            "hdbscan", clustering.min_cluster_size, clustering.components,
            clustering.neighbors, clustering.min_dist, clustering.seed, *clustering.by_landmarks,
        ]  # fmt: skip
    return digest(["clusters", VERSION, clustering.embeddings_key(corpus_id, component), *settings])


def resolved(corpus: Corpus, clustering: Clustering) -> Clustering:
    """``clustering`` with the digest of its column's values, which can be replaced; unchanged if it uses no column."""
    if clustering.partition != "column" or clustering.column not in corpus.columns:
        return clustering
    return replace(clustering, content=column_digest(corpus, clustering.column))


def load_clusters(text: CorpusText, clustering: Clustering) -> Clusters | None:
    """The stored clusters, or None when they are not computed yet."""
    clustering = resolved(text.corpus, clustering)
    key = clusters_key(text.corpus_id, text.component, clustering)
    return _clusters(text.workspace.open("features", key), clustering) if text.workspace.has("features", key) else None


def compute_clusters(
    text: CorpusText,
    clustering: Clustering,
    *,
    progress: Progress = silent,
    device: str = "auto",
) -> Clusters:
    """The clusters of a component, stored or computed now; a missing embedding or projection is computed first.

    Another ``min_cluster_size`` reuses the stored projection and runs HDBSCAN only (seconds at 117,000 rows).
    """
    clustering = resolved(text.corpus, clustering)
    key = clusters_key(text.corpus_id, text.component, clustering)
    if text.workspace.has("features", key):
        return _clusters(text.workspace.open("features", key), clustering)
    names: list[str] = []
    if clustering.partition == "column":
        labels, names = column_labels(_column(text.corpus, clustering.column))
    elif clustering.partition in ("kmeans", "evoc"):
        vectors = compute_embeddings(
            text,
            clustering.embedder,
            progress=progress,
            device=device,
            max_tokens=clustering.max_tokens,
            precision=clustering.precision,
        )
        if clustering.partition == "kmeans":
            progress(0, 0, "k-means on the embeddings")
            labels = kmeans_labels(vectors, groups=clustering.groups, seed=clustering.seed)
        else:
            progress(0, 0, "EVoC on the embeddings")
            labels = evoc_labels(
                vectors,
                min_cluster_size=clustering.min_cluster_size,
                neighbors=clustering.neighbors,
                seed=clustering.seed,
            )
    else:
        layout = compute_layout(
            text,
            clustering,
            dimensions=clustering.components,
            progress=progress,
            device=device,
        )
        progress(0, 0, f"HDBSCAN on {clustering.components} coordinates")
        if layout.method == "landmarks":
            among = among_landmarks(text, clustering, progress=progress, device=device)
            labels = landmark_labels(
                np.asarray(layout.coordinates[among.rows]),
                among.near,
                among.distances,
                min_cluster_size=clustering.min_cluster_size,
            )
        else:
            labels = hdbscan_labels(layout.coordinates, min_cluster_size=clustering.min_cluster_size)
    progress(len(labels), len(labels), "rows clustered")
    manifest = feature_manifest("clusters", text, clustering) | {
        "clusters": int(labels.max(initial=NOISE)) + 1,
        "noise_rows": int((labels == NOISE).sum()),
        "names": names,
    }
    with text.workspace.create("features", key, manifest) as folder:
        np.save(folder / "labels.npy", labels, allow_pickle=False)
    return _clusters(text.workspace.open("features", key), clustering)


def cluster_labels(text: CorpusText, clusters: Clusters, *, noise: str = "outside") -> NDArray[np.int32]:
    """(rows,) int32 labels with noise rows treated as ``noise`` says; a strategy takes a label as its row's type."""
    if noise != "nearest" or clusters.noise_rows == 0:
        return settle_noise(clusters.labels, np.empty((0, 0), dtype=np.float32), noise=noise)
    asked = clusters.clustering
    if asked.partition == "hdbscan":
        layout = load_layout(text, asked, dimensions=asked.components)
        if layout is not None:
            return settle_noise(clusters.labels, layout.coordinates, noise=noise)
        raise InputError(
            "The coordinates for comparing noise rows are gone.", remedy="Press Cluster to compute them again."
        )
    vectors = load_embeddings(text, asked.embedder, max_tokens=asked.max_tokens, precision=asked.precision)
    if vectors is None:
        raise FeatureMissing("embeddings", remedy="Noise rows join the nearest cluster by embedding: embed first.")
    return nearest_centre(clusters.labels, vectors)


def _clusters(stored: Artefact, clustering: Clustering) -> Clusters:
    names = tuple(stored.manifest.get("names", ()))
    return Clusters(stored.key, np.array(stored.array("labels")), clustering, names)


def _column(corpus: Corpus, name: str) -> NDArray[Any]:
    if name not in corpus.columns:
        raise InputError(
            f"The corpus has no column {name}." if name else "No column is chosen for the clusters.",
            remedy="Choose a column on the Clusters page; attach a file with clusters on the Scores page.",
        )
    return corpus.column(name)
