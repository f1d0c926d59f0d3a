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

    recipe, plan = prepared(open_recipe(workspace, (asked := Recipe.of(request["recipe"]))), asked, progress=progress)
    return {"artefacts": [["plans", plans.plan_key(recipe)]], "rows": plan.rows}


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
