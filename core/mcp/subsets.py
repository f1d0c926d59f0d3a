"""A subset as an answer tells it: by its digest, with what it measures and the random band beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import DiverscopeError, InputError
from core.mcp.answers import ids
from core.metrics.registry import metric, names_shown_by_default
from core.workbench import plans
from core.workbench.build import Built, build, open_recipe
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workbench.subset_cost import cost_of_rows
from core.workbench.subsets import subset_named
from core.workspace.artefacts import Workspace

IDS = 50  # row ids of a subset that an answer lists


def recipe_named(workspace: Workspace, subset: str, recipe: Mapping[str, Any] | None) -> Recipe:
    """The recipe of a saved subset (name, key or digest), or the one that choose_rows gave.

    Raises :class:`InputError` where neither or both are given, or where the subset is not known.
    """
    if bool(subset) == bool(recipe):
        raise InputError("Give subset or recipe, one of them.", remedy="saved_subsets lists the subsets.")
    return Recipe.of(recipe) if recipe else subset_named(workspace, subset).recipe


def built_of(workspace: Workspace, recipe: Recipe) -> Built:
    """The rows of a recipe whose plan is there or quickly prepared.

    Raises :class:`NotReady` where a job has to prepare it first.
    """
    view = open_recipe(workspace, recipe)
    if plans.waits(view, plans.completed(recipe, view)):
        raise NotReady(recipe)
    return build(workspace, recipe, corpus_view=view)


class NotReady(DiverscopeError):
    """A plan that takes long to prepare: a job has to do it first. ``recipe`` names it."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(f"The strategy {recipe.strategy} has to be prepared on this pool first, by a job.")
        self.recipe = recipe


def told(built: Built, *, component: str = "", metrics: Sequence[str] = ()) -> dict[str, Any]:
    """A subset in an answer: corpus, digest, rows, where it stands, and what it measures beside random subsets."""
    recipe, corpus = built.recipe, built.corpus_view.corpus
    return {
        "corpus": {"id": corpus.id, "name": corpus.name},
        "digest": recipe.ids_digest,
        "rows": len(built.answer.rows),
        "of_pool_rows": len(built.corpus_view.pool),
        "tokens": _tokens(built),
        "strategy": recipe.strategy,
        "position_percent": round(100 * recipe.position, 3),
        "seed": recipe.seed,
        "warnings": list(built.warnings),
        "measured": readings(built, component=component, metrics=metrics),
    }


def _tokens(built: Built) -> dict[str, float | None]:
    """The tokens of the rows by what is counted; None where the tokens of a component are not counted yet."""
    amounts = cost_of_rows(built.corpus_view, built.answer.rows, row_cutoff=built.recipe.row_cutoff).amounts()
    return {unit: amounts[unit] for unit in ("tokens", "all_tokens", "supervised_tokens")}


def quick_metrics(measurer: Measurer, wanted: Sequence[str] = ()) -> list[str]:
    """The metrics that take an instant and whose features are there: of ``wanted``, else those shown by default."""
    return [
        name
        for name in wanted or names_shown_by_default()
        if metric(name).instant and measurer.reference.has_all(metric(name).needs(measurer.parameters(name)))
    ]


def readings(
    built: Built, *, component: str = "", metrics: Sequence[str] = (), stored: bool = False
) -> list[dict[str, Any]]:
    """Each metric of the rows, and the mean and 95 % range of random subsets of as many rows.

    ``stored`` reads also what takes long, from what a job has stored.
    """
    measurer = Measurer(built.corpus_view, component or built.corpus_view.choice.component)
    names = list(metrics) if stored else quick_metrics(measurer, metrics)
    values = measurer.measured(built.answer.rows, names, stored_only=stored)
    whole = len(built.answer.rows) == len(built.corpus_view.pool)
    bands = {} if whole else measurer.band(list(values), size=len(built.answer.rows), stored_only=stored)
    lines = []
    for name, reading in values.items():
        band = bands[name].span if name in bands else None
        lines.append(
            {
                "metric": name,
                "address": measurer.address(name),
                "value": reading.value,
                "why_no_value": reading.why,
                "more_diverse": {1: "higher", -1: "lower", 0: "neither"}[metric(name).direction],
                "random_band": dict(zip(("mean", "low", "high"), band, strict=True)) if band else None,
            }
        )
    return lines


def some_ids(built: Built) -> dict[str, Any]:
    """The first row ids in the order of choice."""
    return {"row_ids": ids(built.ids[:IDS]), "row_ids_not_listed": max(0, len(built.ids) - IDS)}
