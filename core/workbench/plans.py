"""Plans in the workspace: prepared once, stored, and found by a key of everything they were prepared from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from core import device
from core.corpus.columns import column_digest
from core.errors import FeatureMissing, InputError, listed_in_short, quoted
from core.features.embedders import default_embedder
from core.progress import Progress, silent
from core.row_positions import PoolRows
from core.selection.plan import Plan, no_rows
from core.selection.ranked_plan import RankedPlan
from core.selection.registry import strategy
from core.selection.strategy import Preparation, Strategy
from core.selection.typed_plan import TypedPlan
from core.view import REMEDIES, View
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workspace import atomic
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

KINDS: dict[str, type[Plan]] = {"typed": TypedPlan, "ranked": RankedPlan}


def completed(recipe: Recipe, corpus_view: CorpusView) -> Recipe:
    """The recipe with every parameter, the strategy's version and the keys of the features and columns that it reads.

    Raises :class:`FeatureMissing` when a feature is not computed, :class:`InputError` on a bad parameter.
    """
    chosen = strategy(recipe.strategy)
    parameters = parameters_of(recipe)
    needed = [need for need in chosen.needs(parameters) if need != "target"]
    for need in needed:
        if not corpus_view.whole.has(need):
            if need.startswith("column:"):
                raise InputError(
                    f"The corpus has no column {quoted(need[7:])}.",
                    remedy=f"Choose one of: {listed_in_short(corpus_view.corpus.columns)}.",
                )
            raise FeatureMissing(need, remedy=REMEDIES.get(need, ""))
    keys = {need: corpus_view.keys[need] for need in needed if need in corpus_view.keys}
    embedder = corpus_view.choice.embedder or default_embedder() if {"embeddings", "clusters"} & set(keys) else ""
    keys |= {need: column_digest(corpus_view.corpus, need[7:]) for need in needed if need.startswith("column:")}
    return replace(
        recipe,
        parameters=parameters,
        strategy_version=chosen.version,
        features=keys,
        embedder=embedder,
        reader=corpus_view.corpus.reader,
    )


def parameters_of(recipe: Recipe) -> dict[str, Any]:
    """Every parameter of the recipe's strategy: the recipe's value, else the mid band of its settings, else default.

    Raises :class:`InputError` on a bad parameter.
    """
    return FeatureSettings.of(recipe.choice).complete(strategy(recipe.strategy).parameters, recipe.parameters)


def through(recipe: Recipe, choice: FeatureSettings) -> Recipe:
    """The recipe with other feature settings: a strategy that uses the mid band of its settings uses the new one.

    A band, or one end of it, that was set for the strategy itself stays as it is.
    """
    band: Mapping[str, Any] = FeatureSettings.of(recipe.choice).band_in(strategy(recipe.strategy).parameters)
    own = any(recipe.parameters.get(name, value) != value for name, value in band.items())
    parameters = {name: value for name, value in recipe.parameters.items() if own or name not in band}
    return replace(recipe, choice=choice.as_dict(), parameters=parameters)


def plan_key(recipe: Recipe) -> str:
    """The key of a completed recipe's plan: a digest of everything that determines the plan, and of nothing else."""
    prepared = recipe.preparation
    # Settings of features that the strategy does not read do not affect its plan.
    choice = dict(prepared.pop("choice"))
    kept = {"component": choice.get("component")}
    if "clusters" in recipe.features:
        kept["noise"] = choice.get("noise")
    return digest({"plan": 1, **prepared, "choice": kept, "features": dict(recipe.features)})


def load_plan(workspace: Workspace, recipe: Recipe) -> Plan | None:
    """The stored plan of a completed recipe, or None when it has not been prepared."""
    key = plan_key(recipe)
    if not workspace.has("plans", key):
        return None
    artefact = workspace.open("plans", key)
    arrays = {name: np.asarray(artefact.array(name)) for name in artefact.manifest["arrays"]}
    return KINDS[artefact.manifest["kind"]].restore(arrays, artefact.manifest["values"])


def waits(corpus_view: CorpusView, recipe: Recipe) -> bool:
    """Whether preparing the plan of a completed recipe takes so long that a job should do it."""
    return (
        len(corpus_view.pool) >= strategy(recipe.strategy).job_from(recipe.parameters)
        and load_plan(corpus_view.workspace, recipe) is None
    )


def prepare(
    corpus_view: CorpusView,
    recipe: Recipe,
    *,
    given: PoolRows | None = None,
    target: View | None = None,
    progress: Progress = silent,
) -> Plan:
    """The plan of a completed recipe, prepared and stored if it is not stored yet."""
    stored = load_plan(corpus_view.workspace, recipe)
    if stored is not None:
        return stored
    chosen: Strategy = strategy(recipe.strategy)
    plan = chosen.prepare(
        Preparation(
            view=corpus_view.pool,
            parameters=recipe.parameters,
            seed=recipe.seed,
            given=no_rows() if given is None else given,
            target=target,
            device=device.pick(),
            progress=progress,
        )
    )
    _store(corpus_view.workspace, recipe, plan)
    return plan


def _store(workspace: Workspace, recipe: Recipe, plan: Plan) -> None:
    arrays, values = plan.state()
    manifest: dict[str, Any] = {
        "corpus": recipe.corpus,
        "strategy": recipe.strategy,
        "preparation": recipe.preparation,
        "kind": plan.kind,
        "arrays": sorted(arrays),
        "values": values,
    }
    with workspace.create("plans", plan_key(recipe), manifest) as folder:
        for name, array in arrays.items():
            with atomic.explained(folder):
                np.save(folder / f"{name}.npy", array, allow_pickle=False)
