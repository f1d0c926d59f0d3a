"""What a subset costs, and what a study will cost before it begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from core.budgets.cost import Cost
from core.budgets.size_axis import axis_of
from core.budgets.sizing import Sized, size_wanted
from core.budgets.trainer_profile import TrainerProfile
from core.budgets.units import ALL_TOKENS, ROWS, SUPERVISED, TOKENS
from core.corpus.store import open_corpus
from core.row_positions import PoolRows
from core.workbench.build import Built, open_recipe
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workbench.studies.study import Study
from core.workbench.studies.study_run import standings
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace

COUNTS = (TOKENS, ALL_TOKENS, SUPERVISED)


def cost_of_rows(
    view: CorpusView, rows: PoolRows, *, profile: TrainerProfile | None = None, row_cutoff: int = 0
) -> Cost:
    """The cost of ``rows`` of the pool; tokens of components that are not counted yet are left out.

    Rows are cut where the trainer of ``profile`` cuts them, without one at ``row_cutoff``.
    """
    cutoff = profile.cutoff if profile is not None else row_cutoff
    told: dict[str, Any] = {}
    for unit in COUNTS:
        if view.not_counted(unit) is None:
            costs = view.costs(unit, row_cutoff=0 if unit == TOKENS else cutoff)
            assert costs is not None
            told[unit] = int(costs[rows].sum())
    return Cost(rows=len(rows), row_cutoff=cutoff, profile=profile, **told)


def rows_expected(view: CorpusView, size: Sized) -> int:
    """About how many rows of the pool a size holds: as many as a random subset of that size, at least 1, at most all.

    A size of 0 is the usual one. Raises :class:`core.errors.FeatureMissing` where the tokens of a component are not
    counted.
    """
    costs = view.costs(size.unit, row_cutoff=size.row_cutoff)
    pool_rows = len(view.pool)
    wanted = size_wanted(size.size, size.unit, costs, pool_rows=pool_rows)
    if costs is not None and len(costs):
        wanted = round(wanted / max(1e-9, float(costs.mean())))
    return min(max(1, wanted), max(1, pool_rows))


def costs_of_saved(
    workspace: Workspace, subsets: Iterable[Subset], *, profile: TrainerProfile | None = None
) -> dict[str, Cost]:
    """The cost of each saved subset by its key; those of one corpus, component and tokenizer share one view.

    What :func:`cost_of_saved` gives, for a list: rows are looked up in the corpus without its pool.
    """
    views: dict[tuple[str, str, str], CorpusView] = {}
    costs = {}
    for subset in subsets:
        choice = FeatureSettings.of(subset.recipe.choice)
        named = (subset.recipe.corpus, choice.component, choice.tokenizer)
        if named not in views:
            views[named] = CorpusView(workspace, open_corpus(workspace, subset.recipe.corpus), choice)
        rows = views[named].pool_positions_of(np.asarray(subset.ids))
        costs[subset.key] = cost_of_rows(views[named], rows, profile=profile, row_cutoff=subset.recipe.row_cutoff)
    return costs


def with_equal_tokens(recipe: Recipe, first: Built) -> Recipe:
    """``recipe``, sized to as many tokens of instruction and response as the rows of ``first`` have.

    Raises :class:`core.errors.FeatureMissing` where the tokens of a component are not counted.
    """
    return with_tokens_of(recipe, first.corpus_view, first.answer.rows, row_cutoff=first.recipe.row_cutoff)


def with_tokens_of(recipe: Recipe, view: CorpusView, rows: PoolRows, *, row_cutoff: int = 0) -> Recipe:
    """``recipe``, sized to as many tokens of instruction and response as ``rows`` of the pool of ``view`` have.

    It names no rows any more. Rows are cut at ``row_cutoff``. Raises :class:`core.errors.FeatureMissing` where the
    tokens of a component are not counted.
    """
    costs = view.costs(ALL_TOKENS, row_cutoff=row_cutoff)
    assert costs is not None
    tokens = int(costs[rows].sum())
    return replace(
        recipe, size=tokens, unit=ALL_TOKENS, row_cutoff=row_cutoff, budget={}, ids_digest="", rows=0, features={}
    )


def cost_of_saved(workspace: Workspace, subset: Subset, *, profile: TrainerProfile | None = None) -> Cost:
    """The cost of a saved subset."""
    view = open_recipe(workspace, subset.recipe)
    rows = view.pool_positions_of(np.asarray(subset.ids))
    return cost_of_rows(view, rows, profile=profile, row_cutoff=subset.recipe.row_cutoff)


def cost_of_study(workspace: Workspace, study: Study, *, profile: TrainerProfile | None = None) -> Cost:
    """What training on every subset of a study costs together: those that are saved exactly, the others about.

    Of a subset that is not built yet its size is known; what else it holds is taken from the pool's mean row, as a
    random subset of that size has it.
    """
    total = Cost(rows=0, tokens=0, all_tokens=0, supervised_tokens=0, profile=profile)
    views: dict[str, tuple[CorpusView, dict[str, float]]] = {}
    for standing in standings(workspace, study):
        recipe = standing.cell.recipe
        cutoff = profile.cutoff if profile is not None else recipe.row_cutoff
        if standing.cell.component not in views:
            view = open_recipe(workspace, recipe)
            views[standing.cell.component] = view, _means(view, cutoff)
        view, means = views[standing.cell.component]
        if standing.subset is not None:
            rows = view.pool_positions_of(np.asarray(standing.subset.ids))
            total += cost_of_rows(view, rows, profile=profile, row_cutoff=recipe.row_cutoff)
            continue
        a_row = 1.0
        if recipe.unit != ROWS:
            costs = None if view.not_counted(recipe.unit) else view.costs(recipe.unit, row_cutoff=recipe.row_cutoff)
            a_row = float(costs.mean()) if costs is not None and len(costs) else 0.0
        rows_expected = recipe.size / a_row if a_row else 0.0
        told: dict[str, Any] = {unit: mean * rows_expected for unit, mean in means.items()}
        total += Cost(rows=rows_expected, row_cutoff=cutoff, profile=profile, about=True, **told)
    return total


def more_than_the_pool(workspace: Workspace, study: Study) -> list[str]:
    """The sizes of a study that no subset can have, each in a sentence that says what all rows of the pool give.

    Sizes whose tokens are not counted yet are left out: nobody knows.
    """
    views: dict[str, CorpusView] = {}
    told: dict[str, None] = {}
    for cell in study.cells:
        recipe = cell.recipe
        if cell.component not in views:
            views[cell.component] = open_recipe(workspace, recipe)
        view = views[cell.component]
        if view.not_counted(recipe.unit) is None:
            costs = view.costs(recipe.unit, row_cutoff=recipe.row_cutoff)
            whole = len(view.pool) if costs is None else int(costs.sum())
            if recipe.size > whole:
                axis = axis_of(recipe.as_dict())
                told[f"No subset has {axis.worded(recipe.size)}: all rows of the pool are {axis.worded(whole)}."] = None
    return list(told)


def _means(view: CorpusView, cutoff: int) -> dict[str, float]:
    """The tokens of the pool's mean row, in every way of counting whose tokens are counted."""
    means = {}
    for unit in COUNTS:
        if view.not_counted(unit) is None and len(view.pool):
            costs = view.costs(unit, row_cutoff=0 if unit == TOKENS else cutoff)
            assert costs is not None
            means[unit] = float(costs.mean())
    return means
