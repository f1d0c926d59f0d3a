"""Which maps of a corpus are stored: whether the instant one is there while the usual one is not."""

from __future__ import annotations

from dataclasses import replace

from core.features.clusters import Clustering, clusters_key
from core.features.embedders import INSTANT
from core.features.projection import LANDMARKS
from core.workspace.artefacts import Workspace


def only_instant(workspace: Workspace, corpus_id: str, component: str, clustering: Clustering) -> bool:
    """Whether the instant map of the component is stored and that of ``clustering`` is not."""
    quick = replace(clustering, embedder=INSTANT, landmarks=LANDMARKS)
    usual, instant = (clusters_key(corpus_id, component, wanted) for wanted in (clustering, quick))
    return workspace.has("features", instant) and not workspace.has("features", usual)
