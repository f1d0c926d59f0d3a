"""What jobs run: each takes a workspace and a JSON request, reports progress, and answers in JSON."""

from __future__ import annotations

from typing import Any

from core import device
from core.corpus.store import open_corpus
from core.progress import Progress
from core.workbench.opened import Opened
from core.workspace.artefacts import Workspace


def tokens(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Tokenise a component: {"corpus", "component", "tokenizer"}."""
    from core.features.tokens import compute_tokens, tokens_key

    corpus = open_corpus(workspace, request["corpus"])
    component, tokenizer = request["component"], request["tokenizer"]
    found = compute_tokens(workspace, corpus, component, tokenizer, progress=progress)
    key = tokens_key(corpus.id, component, tokenizer)
    return {"artefacts": [["features", key]], "tokens": int(found.indptr[-1])}


def embed(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Embed a component: {"corpus", "component", "embedder"}."""
    from core.features.embedding import compute_embeddings, embeddings_key

    corpus = open_corpus(workspace, request["corpus"])
    component, embedder = request["component"], request.get("embedder") or None
    found = compute_embeddings(workspace, corpus, component, embedder, progress=progress, device=device.pick())
    key = embeddings_key(corpus.id, component, embedder)
    return {"artefacts": [["features", key]], "rows": int(found.shape[0]), "dimensions": int(found.shape[1])}


def cluster(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Project and cluster a component: {"corpus", "component", …the settings of Clustering}."""
    from core.features.clusters import Clustering, compute_clusters
    from core.features.projection import compute_layout, layout_key

    corpus = open_corpus(workspace, request["corpus"])
    settings, component = Clustering.of(request), request["component"]
    found = compute_clusters(workspace, corpus, component, settings, progress=progress, device=device.pick())
    made = [["features", found.key]]
    if settings.partition == "hdbscan" or request.get("map"):
        compute_layout(workspace, corpus, component, settings, dimensions=2, progress=progress, device=device.pick())
        made.append(["features", layout_key(corpus.id, component, settings, dimensions=2)])
    return {"artefacts": made, "clusters": len(found.sizes), "noise_rows": found.noise_rows}


def measure(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Measure a recipe's rows: {"recipe", "component", "metrics"}; the values are stored as they come."""
    from core.workbench.build import build
    from core.workbench.readings import Scale
    from core.workbench.recipe import Recipe

    recipe = Recipe.of(request["recipe"])
    built = build(workspace, recipe, progress=progress)
    _count_tokens(built.opened, request["component"], progress)
    scale = Scale(built.opened, request["component"])
    found = scale.measured(built.answer.rows, request["metrics"], progress=progress)
    return {"metrics": {name: reading.value for name, reading in found.items()}}


def bands(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Random bands of metrics over a recipe's pool: {"recipe", "component", "metrics", "size", "unit"}."""
    from core.workbench.build import open_recipe
    from core.workbench.readings import Scale
    from core.workbench.recipe import Recipe

    opened = open_recipe(workspace, Recipe.of(request["recipe"]))
    _count_tokens(opened, request["component"], progress)
    scale = Scale(opened, request["component"])
    found = scale.band(
        request["metrics"], size=int(request["size"]), unit=request.get("unit", "rows"), progress=progress
    )
    return {"bands": {name: list(band) for name, band in found.items()}}


def prepare(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Prepare the plan of a strategy that takes long: {"recipe"}."""
    from core.workbench import plans
    from core.workbench.build import open_recipe, prepared
    from core.workbench.recipe import Recipe

    recipe, plan = prepared(open_recipe(workspace, (asked := Recipe.of(request["recipe"]))), asked, progress=progress)
    return {"artefacts": [["plans", plans.plan_key(recipe)]], "rows": plan.rows}


def series(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Build and save the levels of a series: {"recipe", "name", "levels"}."""
    from core.workbench.recipe import Recipe
    from core.workbench.saving import build_series

    saved = build_series(
        workspace,
        Recipe.of(request["recipe"]),
        name=str(request.get("name", "")),
        count=int(request.get("levels", 7)),
        progress=progress,
    )
    return {"artefacts": [["subsets", subset.key] for subset in saved]}


def _count_tokens(opened: Opened, component: str, progress: Progress) -> None:
    """Tokens take seconds, so measuring sees to them itself; embeddings take minutes and are asked for."""
    from core.features.tokens import compute_tokens

    compute_tokens(opened.workspace, opened.corpus, component, opened.choice.tokenizer, progress=progress)
