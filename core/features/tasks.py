"""What a job does beyond the features themselves: the words that name clusters."""

from __future__ import annotations

from typing import Any

from core.corpus.store import open_corpus
from core.errors import FeatureMissing
from core.progress import Progress
from core.view import REMEDIES
from core.workspace.artefacts import Workspace


def keywords(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Name the clusters that are there: {"corpus", "component", …the settings of Clustering}."""
    from core.features.clusters import Clustering, load_clusters
    from core.features.keywords import compute_keywords, keywords_key

    corpus = open_corpus(workspace, request["corpus"])
    clusters = load_clusters(workspace, corpus, request["component"], Clustering.of(request))
    if clusters is None:
        raise FeatureMissing("clusters", remedy=REMEDIES["clusters"])
    found = compute_keywords(workspace, corpus, request["component"], clusters, progress=progress)
    return {"artefacts": [["features", keywords_key(clusters)]], "clusters": len(found)}
