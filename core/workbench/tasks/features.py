"""Jobs that compute the features of a component: tokens, embeddings, clusters, and keywords of clusters."""

from __future__ import annotations

from typing import Any

from core.errors import FeatureMissing
from core.progress import Progress
from core.view import REMEDIES
from core.workbench.tasks.parts import (
    artefacts,
    carry_out,
    cluster_parts,
    embedding_parts,
    keyword_parts,
    placed_map_parts,
    text_of,
    token_parts,
)
from core.workspace.artefacts import Workspace


def tokens(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Tokenise a component: {"corpus", "component", "tokenizer"}."""
    from core.features.tokens import compute_tokens

    text = text_of(workspace, request)
    carry_out(text, parts := token_parts(text, request), progress)
    counted = compute_tokens(text, request["tokenizer"])
    return {"artefacts": artefacts(parts, of=("tokens",)), "tokens": int(counted.indptr[-1])}


def embed(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Embed a component: {"corpus", "component", "embedder", "backend"}."""
    from core.features.embedding import compute_embeddings

    text = text_of(workspace, request)
    carry_out(text, parts := embedding_parts(text, request), progress)
    rows, dimensions = compute_embeddings(text, request.get("embedder") or None).shape
    return {"artefacts": artefacts(parts, of=("embed",)), "rows": rows, "dimensions": dimensions}


def cluster(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Project and cluster a component: {"corpus", "component", "backend", …the settings of Clustering}."""
    from core.features.clusters import Clustering, compute_clusters

    text = text_of(workspace, request)
    carry_out(text, parts := cluster_parts(text, request), progress)
    clusters = compute_clusters(text, Clustering.of(request))
    made = artefacts(parts, of=("partition", "map"))
    return {"artefacts": made, "clusters": len(clusters.sizes), "noise_rows": clusters.noise_rows}


def place(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Place new rows on the map of an older version: {"corpus", "component", "backend", …those of Projection}."""
    from core.features.placed_map import compute_placed_map
    from core.features.projection import Projection

    text = text_of(workspace, request)
    carry_out(text, parts := placed_map_parts(text, request), progress)
    layout = compute_placed_map(text, Projection.of(request))
    return {"artefacts": artefacts(parts, of=("placed-map",)), "said": layout.note}


def neighbours(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Find the nearest rows of every row, exactly: {"corpus", "component", "embedder"}."""
    from core.features.neighbour_graph import compute_graph, graph_key

    text = text_of(workspace, request)
    embedder = request.get("embedder") or None
    rows, count = compute_graph(text, embedder, progress=progress)[0].shape
    return {"artefacts": [["features", graph_key(text, embedder)]], "rows": rows, "neighbours": count}


def keywords(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Find keywords for stored clusters: {"corpus", "component", …the settings of Clustering}."""
    from core.features.clusters import Clustering, load_clusters

    text = text_of(workspace, request)
    clusters = load_clusters(text, Clustering.of(request))
    if clusters is None:
        raise FeatureMissing("clusters", remedy=REMEDIES["clusters"])
    carry_out(text, parts := keyword_parts(text, request), progress)
    return {"artefacts": artefacts(parts, of=("keywords",)), "clusters": len(clusters.sizes)}


def distil(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Prepare the instant embedder of this machine, for all workspaces; the request is empty."""
    from core.features.embedders import INSTANT, fetch_embedder
    from core.features.instant.table import load_table

    table = load_table(fetch_embedder(INSTANT), progress=progress)
    return {"tokens": len(table.vectors), "dimensions": int(table.vectors.shape[1]), "seconds": table.seconds}
