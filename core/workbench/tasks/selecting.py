"""Jobs that prepare a plan and save the levels of a series."""

from __future__ import annotations

from typing import Any

from core.progress import Progress
from core.workspace.artefacts import Workspace


def prepare(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Prepare the plan of a recipe whose strategy takes long. Request: {"recipe"}."""
    from core.workbench import plans
    from core.workbench.build import open_recipe, prepared
    from core.workbench.recipe import Recipe

    asked = Recipe.of(request["recipe"])
    corpus_view = open_recipe(workspace, asked)
    recipe, plan = prepared(corpus_view, asked, progress=progress)
    wanted = plans.order_wanted(corpus_view, recipe)
    key = plans.stored_key(workspace, recipe, wanted=wanted) or plans.plan_key(recipe)
    return {"artefacts": [["plans", key]], "rows": plan.rows}


def series(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Build and save the levels of a series. Request: {"recipe", "name", "levels"}."""
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
