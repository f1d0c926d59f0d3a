"""The layout of a corpus with its clusters and their keywords, and the name of a cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.features.clusters import Clusters
from core.features.keywords import Keyword
from core.features.projection import Layout


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
        if self.clusters.names:
            return self.clusters.names[cluster]
        keywords = self.words[cluster] if self.words and cluster < len(self.words) else []
        return " · ".join([str(cluster), *(keyword.word for keyword in keywords[:3])])
