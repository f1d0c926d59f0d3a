"""Jobs that measure the rows of a recipe and the random bands beside them."""

from __future__ import annotations

from typing import Any

from core.progress import Progress
from core.workbench.corpus_view import CorpusView
from core.workspace.artefacts import Workspace


def measure(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Measure a recipe's rows: {"recipe", "component", "metrics"}; the values are stored as they come."""
    from core.workbench.build import build
    from core.workbench.readings import Measurer
    from core.workbench.recipe import Recipe

    recipe = Recipe.of(request["recipe"])
    built = build(workspace, recipe, progress=progress)
    _count_tokens(built.corpus_view, request["component"], progress)
    measurer = Measurer(built.corpus_view, request["component"])
    found = measurer.measured(built.answer.rows, request["metrics"], progress=progress)
    return {"metrics": {name: reading.value for name, reading in found.items()}}


def bands(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Random bands of metrics over a recipe's pool: {"recipe", "component", "metrics", "size", "unit"}."""
    from core.workbench.build import open_recipe
    from core.workbench.readings import Measurer
    from core.workbench.recipe import Recipe

    corpus_view = open_recipe(workspace, Recipe.of(request["recipe"]))
    _count_tokens(corpus_view, request["component"], progress)
    measurer = Measurer(corpus_view, request["component"])
    found = measurer.band(
        request["metrics"], size=int(request["size"]), unit=request.get("unit", "rows"), progress=progress
    )
    return {"bands": {name: list(band) for name, band in found.items()}}


def _count_tokens(corpus_view: CorpusView, component: str, progress: Progress) -> None:
    """Tokens take seconds, so measuring sees to them itself; embeddings take minutes and are asked for."""
    from core.features.tokens import compute_tokens

    compute_tokens(
        corpus_view.workspace, corpus_view.corpus, component, corpus_view.choice.tokenizer, progress=progress
    )
