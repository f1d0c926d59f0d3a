"""Plans in the workspace: prepared once, stored, and found by a key of everything they were prepared from.

A strategy that ``stops`` orders a large pool only as far as it is asked to. Such a part is stored under a key of its
own, which names how far it reaches; the next longer part, or the whole plan, goes on from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from core import device
from core.budgets.sizing import size_wanted
from core.budgets.units import ROWS
from core.corpus.columns import column_digest
from core.errors import FeatureMissing, InputError, listed_in_short, quoted
from core.features.embedders import default_embedder
from core.jobs import durations
from core.progress import Progress, silent
from core.row_positions import PoolRows
from core.selection.plan import Plan, no_rows
from core.selection.ranked_plan import RankedPlan
from core.selection.registry import strategy
from core.selection.strategy import Preparation, Strategy
from core.selection.typed_plan import TypedPlan
from core.view import View, of_need, remedy_for
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workbench.strategy_time import amount_of_work, kind_of_work
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
            component, feature = of_need(need)
            raise FeatureMissing(feature, remedy=remedy_for(need), component=component)
    keys = {need: key for need in needed if (key := corpus_view.key_of(need)) is not None}
    features = {of_need(need)[1] for need in keys}
    embedder = corpus_view.choice.embedder or default_embedder() if {"embeddings", "clusters"} & features else ""
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
    if any(of_need(need)[1] == "clusters" for need in recipe.features):
        kept["noise"] = choice.get("noise")
    return digest({"plan": 1, **prepared, "choice": kept, "features": dict(recipe.features)})


def load_plan(workspace: Workspace, recipe: Recipe, *, wanted: int | None = None) -> Plan | None:
    """The stored plan of a completed recipe, or None when it has not been prepared.

    With ``wanted`` a part that has so many rows of the order will do.
    """
    key = stored_key(workspace, recipe, wanted=wanted)
    return None if key is None else _restored(workspace, key)


def stored_key(workspace: Workspace, recipe: Recipe, *, wanted: int | None = None) -> str | None:
    """The key of the plan that :func:`load_plan` gives."""
    whole = plan_key(recipe)
    if workspace.has("plans", whole):
        return whole
    reaches = () if wanted is None else (reach for reach in _reaches(recipe.parameters) if reach >= wanted)
    return next((key for reach in reaches if workspace.has("plans", key := _part_key(whole, reach))), None)


def order_wanted(corpus_view: CorpusView, recipe: Recipe) -> int | None:
    """How many rows of its order a completed recipe's request takes, with a margin; None for the whole order.

    It is the whole order of every strategy that does not stop, of pools that are ordered at once, of budgets in tokens
    below the end of the slider, and where little would be saved.
    """
    chosen, rows = strategy(recipe.strategy), len(corpus_view.pool)
    size = recipe.size or min(10_000, rows // 10)
    if recipe.unit != ROWS:
        if recipe.position != 1 or not chosen.stops or corpus_view.not_counted(recipe.unit):
            return None
        costs = corpus_view.costs(recipe.unit, row_cutoff=recipe.row_cutoff)
        assert costs is not None
        size = int(1.25 * size_wanted(recipe.size, recipe.unit, costs, pool_rows=rows) / max(float(costs.mean()), 1.0))
    passed_over = len(recipe.excluded) + (size if recipe.quotas else 0)
    return order_reach(
        chosen, recipe.parameters, rows=rows, size=size, position=recipe.position, passed_over=passed_over
    )


def order_reach(
    chosen: Strategy,
    parameters: Mapping[str, Any],
    *,
    rows: int,
    size: int,
    position: float = 1.0,
    passed_over: int = 0,
) -> int | None:
    """How far the order of a pool of ``rows`` rows reaches for ``size`` rows at ``position``; None for its end.

    ``passed_over`` are rows that rules may keep out.
    """
    if not chosen.stops or rows < chosen.job_from(parameters):
        return None
    needed = int((1 - position) * max(rows - size, 0)) + size + passed_over + 1
    return next((reach for reach in _reaches(parameters) if reach >= needed), None)


def further(recipe: Recipe, *, wanted: int) -> Recipe:
    """The recipe by which :func:`prepare` orders at least ``wanted`` rows: itself, for a larger number of rows."""
    return replace(recipe, size=wanted, unit=ROWS, row_cutoff=0, position=1.0, quotas=(), excluded=())


def _reaches(parameters: Mapping[str, Any]) -> list[int]:
    """How far a part may reach, in rows of the order, ascending: each a quarter further than the one before."""
    most = int(0.8 * parameters.get("prefix", 0))
    reaches = [128]
    while reaches[-1] < most:
        reaches.append(reaches[-1] * 5 // 4)
    return [reach for reach in reaches if reach <= most]


def _part_key(whole: str, reach: int) -> str:
    return digest({"part": 1, "of": whole, "rows": reach})


def _restored(workspace: Workspace, key: str) -> Plan:
    artefact = workspace.open("plans", key)
    arrays = {name: np.asarray(artefact.array(name)) for name in artefact.manifest["arrays"]}
    return KINDS[artefact.manifest["kind"]].restore(arrays, artefact.manifest["values"])


def _longest_part(workspace: Workspace, recipe: Recipe) -> Plan | None:
    whole = plan_key(recipe)
    keys = (_part_key(whole, reach) for reach in reversed(_reaches(recipe.parameters)))
    return next((_restored(workspace, key) for key in keys if workspace.has("plans", key)), None)


def waits(corpus_view: CorpusView, recipe: Recipe) -> bool:
    """Whether preparing the plan of a completed recipe takes so long that a job should do it."""
    if len(corpus_view.pool) < strategy(recipe.strategy).job_from(recipe.parameters):
        return False
    return stored_key(corpus_view.workspace, recipe, wanted=order_wanted(corpus_view, recipe)) is None


def prepare(
    corpus_view: CorpusView,
    recipe: Recipe,
    *,
    given: PoolRows | None = None,
    target: View | None = None,
    progress: Progress = silent,
) -> Plan:
    """The plan of a completed recipe, prepared and stored if it is not stored yet.

    Where the strategy stops, it reaches as far as the recipe's own request takes, and goes on from what is stored.
    """
    wanted = order_wanted(corpus_view, recipe)
    stored = load_plan(corpus_view.workspace, recipe, wanted=wanted)
    if stored is not None:
        return stored
    chosen: Strategy = strategy(recipe.strategy)
    begun = _longest_part(corpus_view.workspace, recipe) if chosen.stops else None
    amount = amount_of_work(chosen, recipe.parameters, rows=len(corpus_view.pool), ordered=wanted)
    # What goes on from a part says nothing of how long the whole takes.
    with durations.timed(corpus_view.workspace, kind_of_work(chosen.name), rows=amount, stored=begun is not None):
        plan = chosen.prepare(
            Preparation(
                view=corpus_view.pool,
                parameters=recipe.parameters,
                seed=recipe.seed,
                given=no_rows() if given is None else given,
                target=target,
                device=device.pick(),
                progress=progress,
                wanted=wanted,
                begun=begun,
            )
        )
    _store(corpus_view.workspace, recipe, plan, reach=wanted)
    return plan


def _store(workspace: Workspace, recipe: Recipe, plan: Plan, *, reach: int | None) -> None:
    key = plan_key(recipe)
    if reach is not None and isinstance(plan, RankedPlan) and plan.unordered is not None:
        key = _part_key(key, reach)
    arrays, values = plan.state()
    manifest: dict[str, Any] = {
        "corpus": recipe.corpus,
        "strategy": recipe.strategy,
        "preparation": recipe.preparation,
        "kind": plan.kind,
        "arrays": sorted(arrays),
        "values": values,
    }
    with workspace.create("plans", key, manifest) as folder:
        for name, array in arrays.items():
            with atomic.explained(folder):
                np.save(folder / f"{name}.npy", array, allow_pickle=False)
