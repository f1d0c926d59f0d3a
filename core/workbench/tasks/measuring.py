"""Jobs that measure the rows of a recipe and the random bands beside them."""

from __future__ import annotations

from typing import Any

from core.corpus.corpus_text import CorpusText
from core.progress import Progress
from core.workbench.corpus_view import CorpusView
from core.workspace.artefacts import Workspace


def measure(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Measure a recipe's rows and store each value as it comes. Request: {"recipe", "component", "metrics"}.

    A metric that fails does not stop the others: "failed" says what went wrong, by metric name.
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
    """Measure random bands over a recipe's pool. Request: {"recipe", "component", "metrics", "size",
    "unit", "row_cutoff"}.

    A metric that fails does not stop the others: "failed" says what went wrong, by metric name.
    """
    from core.workbench.build import open_recipe
    from core.workbench.readings import Measurer
    from core.workbench.recipe import Recipe

    corpus_view = open_recipe(workspace, Recipe.of(request["recipe"]))
    _count_tokens(corpus_view, request["component"], progress)
    measurer = Measurer(corpus_view, request["component"])
    drawn = measurer.band(
        request["metrics"],
        size=int(request["size"]),
        unit=request.get("unit", "rows"),
        row_cutoff=int(request.get("row_cutoff", 0)),
        progress=progress,
    )
    return {
        "bands": {name: list(band.span) for name, band in drawn.items() if band.span},
        "failed": {name: band.failed for name, band in drawn.items() if band.failed},
    }


def _count_tokens(corpus_view: CorpusView, component: str, progress: Progress) -> None:
    """Count tokens if needed: that takes seconds. Embeddings take minutes, so the user starts them."""
    from core.features.tokens import compute_tokens

    compute_tokens(CorpusText(corpus_view.corpus, component), corpus_view.choice.tokenizer, progress=progress)
