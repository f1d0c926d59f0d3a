"""Jobs that measure the rows of a recipe and the random bands beside them."""

from __future__ import annotations

from typing import Any

from core.corpus.corpus_text import CorpusText
from core.progress import Progress
from core.workbench.corpus_view import CorpusView
from core.workspace.artefacts import Workspace


def measure(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Measure a recipe's rows: {"recipe", "component", "metrics"}; the values are stored as they come.

    A metric that fails costs no other: "failed" says what went wrong, by name.
    """
    from core.workbench.build import build
    from core.workbench.readings import Measurer
    from core.workbench.recipe import Recipe

    recipe = Recipe.of(request["recipe"])
    built = build(workspace, recipe, progress=progress)
    _count_tokens(built.corpus_view, request["component"], progress)
    measurer = Measurer(built.corpus_view, request["component"])
    readings = measurer.measured(built.answer.rows, request["metrics"], progress=progress)
    return {
        "metrics": {name: reading.value for name, reading in readings.items()},
        "failed": {name: reading.failed for name, reading in readings.items() if reading.failed},
    }


def bands(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Random bands of metrics over a recipe's pool: {"recipe", "component", "metrics", "size", "unit"}.

    A metric that fails costs no other: "failed" says what went wrong, by name.
    """
    from core.workbench.build import open_recipe
    from core.workbench.readings import Measurer
    from core.workbench.recipe import Recipe

    corpus_view = open_recipe(workspace, Recipe.of(request["recipe"]))
    _count_tokens(corpus_view, request["component"], progress)
    measurer = Measurer(corpus_view, request["component"])
    drawn = measurer.band(
        request["metrics"], size=int(request["size"]), unit=request.get("unit", "rows"), progress=progress
    )
    return {
        "bands": {name: list(band.span) for name, band in drawn.items() if band.span},
        "failed": {name: band.failed for name, band in drawn.items() if band.failed},
    }


def _count_tokens(corpus_view: CorpusView, component: str, progress: Progress) -> None:
    """Tokens take seconds, so measuring sees to them itself; embeddings take minutes and are asked for."""
    from core.features.tokens import compute_tokens

    compute_tokens(CorpusText(corpus_view.corpus, component), corpus_view.choice.tokenizer, progress=progress)
