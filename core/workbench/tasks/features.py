"""Jobs that compute the features of a component: tokens, embeddings, clusters, and keywords of clusters."""

from __future__ import annotations

from typing import Any

from core import device
from core.corpus.corpus_text import CorpusText
from core.corpus.store import open_corpus
from core.errors import FeatureMissing
from core.progress import Progress
from core.view import REMEDIES
from core.workspace.artefacts import Workspace


def tokens(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Tokenise a component: {"corpus", "component", "tokenizer"}."""
    from core.features.tokens import compute_tokens, tokens_key

    text, tokenizer = text_of(workspace, request), request["tokenizer"]
    counted = compute_tokens(text, tokenizer, progress=progress)
    key = tokens_key(text.corpus_id, text.component, tokenizer)
    return {"artefacts": [["features", key]], "tokens": int(counted.indptr[-1])}


def embed(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Embed a component: {"corpus", "component", "embedder"}."""
    from core.features.embedding import compute_embeddings, embeddings_key

    text, embedder = text_of(workspace, request), request.get("embedder") or None
    vectors = compute_embeddings(text, embedder, progress=progress, device=device.pick())
    key = embeddings_key(text.corpus_id, text.component, embedder)
    return {"artefacts": [["features", key]], "rows": int(vectors.shape[0]), "dimensions": int(vectors.shape[1])}


def cluster(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Project and cluster a component: {"corpus", "component", …the settings of Clustering}."""
    from core.features.clusters import Clustering, compute_clusters
    from core.features.projection import compute_layout, layout_key

    text, settings = text_of(workspace, request), Clustering.of(request)
    clusters = compute_clusters(text, settings, progress=progress, device=device.pick())
    made = [["features", clusters.key]]
    if settings.partition == "hdbscan" or request.get("map"):
        compute_layout(text, settings, dimensions=2, progress=progress, device=device.pick())
        made.append(["features", layout_key(text.corpus_id, text.component, settings, dimensions=2)])
    return {"artefacts": made, "clusters": len(clusters.sizes), "noise_rows": clusters.noise_rows}


def keywords(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Find keywords for stored clusters: {"corpus", "component", …the settings of Clustering}."""
    from core.features.clusters import Clustering, load_clusters
    from core.features.keywords import compute_keywords, keywords_key

    text = text_of(workspace, request)
    clusters = load_clusters(text, Clustering.of(request))
    if clusters is None:
        raise FeatureMissing("clusters", remedy=REMEDIES["clusters"])
    named = compute_keywords(text, clusters, progress=progress)
    return {"artefacts": [["features", keywords_key(clusters)]], "clusters": len(named)}


def text_of(workspace: Workspace, request: dict[str, Any]) -> CorpusText:
    """The component of a corpus that a request names: {"corpus", "component"}."""
    return CorpusText(open_corpus(workspace, request["corpus"]), request["component"])
