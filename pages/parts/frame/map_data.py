"""The layout of a corpus with its clusters and their keywords, and the name of a cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.corpus.corpus_text import CorpusText
from core.features.clusters import Clustering, Clusters, cluster_labels, load_clusters
from core.features.keywords import Keyword, cluster_title, load_keywords
from core.features.partition import NOISE
from core.features.placed_map import load_map
from core.features.projection import Layout
from core.figures.colouring import Colouring, by_cluster
from core.row_positions import CorpusRow


@dataclass(frozen=True)
class MapData:
    """The data of the map. ``labels`` (rows,) have noise rows treated as chosen; None before there are clusters."""

    layout: Layout
    clusters: Clusters | None
    labels: NDArray[np.int32] | None
    noise: str
    words: list[list[Keyword]] | None
    embedder: str

    def name(self, cluster: int) -> str:
        """The name of a cluster: its number and keywords."""
        if self.clusters is None or cluster < 0:
            return "noise"
        if cluster >= len(self.clusters.sizes):
            return "noise, as one cluster"
        return cluster_title(self.clusters, self.words, cluster)

    def by_cluster(self) -> Colouring:
        """The rows in the colours of their clusters, with a legend of few clusters; all alike before there are any."""
        labels = np.full(len(self.layout.coordinates), NOISE, dtype=np.int32) if self.labels is None else self.labels
        if self.clusters is None or not (self.words or self.clusters.names):
            return by_cluster(labels)
        return by_cluster(labels, [self.name(number) for number in range(int(labels.max(initial=NOISE)) + 1)])

    def note(self, row: CorpusRow) -> str:
        """The cluster of a row in words; "" before there are clusters."""
        return "" if self.labels is None else f"cluster {self.name(int(self.labels[row]))}"

    @property
    def name_key(self) -> str:
        """What the names of the clusters depend on."""
        key = "" if self.clusters is None else self.clusters.key
        return f"{key}/{self.noise}/{'named' if self.words else 'numbered'}"


def stored_map(text: CorpusText, clustering: Clustering, *, noise: str) -> MapData | None:
    """What is stored of a component's map: its layout, and its clusters and keywords if they are there."""
    layout = load_map(text, clustering)
    if layout is None:
        return None
    clusters = load_clusters(text, clustering)
    if clusters is None:
        return MapData(layout, None, None, noise, None, str(clustering.embedder))
    labels = cluster_labels(text, clusters, noise=noise)
    return MapData(layout, clusters, labels, noise, load_keywords(text.workspace, clusters), str(clustering.embedder))
