"""The stored clusters of a component: what the macro strategies choose from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.features.embedding import compute_embeddings
from core.features.partition import NOISE, hdbscan_labels, kmeans_labels, settle_noise
from core.features.projection import Projection, compute_layout, feature_manifest, load_layout
from core.progress import Progress, silent
from core.workspace.artefacts import Artefact, Workspace
from core.workspace.digests import digest

if TYPE_CHECKING:
    from core.corpus.store import Corpus

VERSION = 1
PARTITIONS = {
    "hdbscan": "HDBSCAN on the UMAP coordinates (the paper's)",
    "kmeans": "k-means on the embeddings (no noise, no UMAP)",
}


@dataclass(frozen=True, kw_only=True)
class Clustering(Projection):
    """How rows become clusters; the defaults are the paper's (D.1: HDBSCAN, min_cluster_size 20, euclidean).

    A larger ``min_cluster_size`` gives fewer and larger clusters. ``groups`` is k-means' number of clusters; None
    is one for every 58 rows, the paper's mean.
    """

    min_cluster_size: int = 20
    partition: str = "hdbscan"
    groups: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.partition not in PARTITIONS:
            raise InputError(f"The partition is one of {', '.join(PARTITIONS)}, not {self.partition!r}.")
        if not 2 <= self.min_cluster_size <= 100_000:
            raise InputError(f"min_cluster_size is between 2 and 100,000, not {self.min_cluster_size}.")


@dataclass(frozen=True, eq=False)
class Clusters:
    """The cluster of every row in row-id order: (rows,) int32, -1 is noise, 0 the largest cluster."""

    key: str
    labels: NDArray[np.int32]
    clustering: Clustering

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """(clusters,) rows of each cluster, falling."""
        return np.bincount(self.labels[self.labels >= 0])

    @property
    def noise_rows(self) -> int:
        return int((self.labels == NOISE).sum())

    @property
    def noise_share(self) -> float:
        """Noise rows over all rows, 0 to 1."""
        return self.noise_rows / max(1, len(self.labels))

    @property
    def message(self) -> str:
        """What a person should know before using these clusters; empty when there are several."""
        rows, least = len(self.labels), self.clustering.min_cluster_size
        if len(self.sizes) > 1:
            return ""
        if self.clustering.partition == "kmeans":
            return "k-means made a single cluster: the rows hold one distinct text, or one group was asked for."
        if rows < least:
            return f"There are {rows:,} rows, fewer than the min_cluster_size of {least}: every row is noise. Lower it."
        found = "no cluster" if len(self.sizes) == 0 else "a single cluster"
        return (
            f"HDBSCAN found {found} of at least {least} rows; {self.noise_rows:,} of {rows:,} rows are noise. "
            "Lower min_cluster_size, or partition by k-means."
        )


def clusters_key(corpus_id: str, component: str, clustering: Clustering) -> str:
    """The artefact's key; settings that play no part in the partition are left out of it."""
    if clustering.partition == "kmeans":
        settings: list[object] = ["kmeans", clustering.groups, clustering.seed]
    else:
        settings = [
            "hdbscan", clustering.min_cluster_size, clustering.components,
            clustering.neighbors, clustering.min_dist, clustering.seed,
        ]  # fmt: skip
    return digest(["clusters", VERSION, clustering.embeddings_key(corpus_id, component), *settings])


def load_clusters(workspace: Workspace, corpus: Corpus, component: str, clustering: Clustering) -> Clusters | None:
    """The stored clusters, or None when they are not computed yet."""
    key = clusters_key(corpus.id, component, clustering)
    return _clusters(workspace.open("features", key), clustering) if workspace.has("features", key) else None


def compute_clusters(
    workspace: Workspace,
    corpus: Corpus,
    component: str,
    clustering: Clustering,
    *,
    progress: Progress = silent,
    device: str = "auto",
) -> Clusters:
    """The clusters of a component, stored or computed now; embeddings and projection that are missing come first.

    Another ``min_cluster_size`` reuses the stored projection and costs HDBSCAN alone (seconds at 117,000 rows).
    """
    key = clusters_key(corpus.id, component, clustering)
    if workspace.has("features", key):
        return _clusters(workspace.open("features", key), clustering)
    if clustering.partition == "kmeans":
        vectors = compute_embeddings(
            workspace,
            corpus,
            component,
            clustering.embedder,
            progress=progress,
            device=device,
            max_tokens=clustering.max_tokens,
            precision=clustering.precision,
        )
        progress(0, 0, "k-means on the embeddings")
        labels = kmeans_labels(vectors, groups=clustering.groups, seed=clustering.seed)
    else:
        layout = compute_layout(
            workspace,
            corpus,
            component,
            clustering,
            dimensions=clustering.components,
            progress=progress,
            device=device,
        )
        progress(0, 0, f"HDBSCAN on {clustering.components} coordinates")
        labels = hdbscan_labels(layout.coordinates, min_cluster_size=clustering.min_cluster_size)
    progress(len(labels), len(labels), "rows clustered")
    manifest = feature_manifest("clusters", corpus, component, clustering) | {
        "clusters": int(labels.max(initial=NOISE)) + 1,
        "noise_rows": int((labels == NOISE).sum()),
    }
    with workspace.create("features", key, manifest) as folder:
        np.save(folder / "labels.npy", labels, allow_pickle=False)
    return _clusters(workspace.open("features", key), clustering)


def cluster_labels(
    workspace: Workspace, corpus: Corpus, clusters: Clusters, component: str, *, noise: str = "outside"
) -> NDArray[np.int32]:
    """(rows,) int32 labels after noise has become what ``noise`` says: what a strategy takes as each row's type."""
    if noise != "nearest" or clusters.noise_rows == 0:
        return settle_noise(clusters.labels, np.empty((0, 0), dtype=np.float32), noise=noise)
    layout = load_layout(workspace, corpus, component, clusters.clustering, dimensions=clusters.clustering.components)
    if layout is None:
        raise InputError(
            "The coordinates that noise rows are compared in are gone.", remedy="Press Cluster to compute them again."
        )
    return settle_noise(clusters.labels, layout.coordinates, noise=noise)


def _clusters(stored: Artefact, clustering: Clustering) -> Clusters:
    return Clusters(stored.key, np.array(stored.array("labels")), clustering)
