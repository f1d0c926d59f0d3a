"""Tools on subsets: choose rows, why a row is in or out, measure, lay side by side, and what is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from core.budgets.sizing import sized
from core.corpus.named_rows import named_rows
from core.corpus.naming import corpus_named
from core.corpus.pool import PoolSpec
from core.corpus.row_ids import show_id
from core.corpus.store import open_corpus
from core.errors import InputError
from core.jobs import job_names
from core.mcp.answers import first
from core.mcp.job_tools import started
from core.mcp.subsets import NotReady, built_of, readings, recipe_named, some_ids, told
from core.metrics.registry import metric
from core.selection.registry import strategy
from core.view import ALL_COMPONENTS
from core.workbench.build import Built
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.side_by_side import side_by_side
from core.workbench.inspections.why import why
from core.workbench.inspections.why_words import told as why_told
from core.workbench.recipe import Recipe
from core.workbench.saved_list import saved_list
from core.workbench.saving import save
from core.workbench.subsets import open_subset, subset_named
from core.workspace.artefacts import Workspace

SAVED = 100
SHIFTS = 15


def choose_rows(
    corpus: str,
    strategy_name: str = "micro",
    size: float = 0,
    position_percent: float = 100.0,
    component: str = "response",
    unit: str = "rows",
    seed: int = 0,
    pool: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
    features: dict[str, Any] | None = None,
    save_as: str = "",
    row_cutoff: int = 0,
    profile: str = "",
) -> dict[str, Any]:
    """Choose rows of a corpus with a strategy, and measure them beside random subsets of the same size.

    size counts unit, 0 is min(10,000, a tenth of the pool): rows, tokens (of the component), all_tokens (instruction
    and response, of a row row_cutoff at most), supervised_tokens (response), minutes or money by the trainer profile of
    that name. position_percent goes from 0 (least diverse) to 100 (most diverse). pool narrows the rows, e.g.
    {"sources": ["a"]} or {"columns": [{"column": "topic", "values": ["cooking"]}]}. settings are the strategy's own
    (see list_strategies), features those of the features, e.g. {"low": 2, "high": 200}. save_as keeps the subset
    under that name. The answer's recipe gives these rows again: hand it to why_row, measure_rows and
    compare_subsets.
    """
    workspace = Workspace.default()
    opened = corpus_named(workspace, corpus)
    chosen = strategy(strategy_name)
    if not 0 <= position_percent <= 100:
        raise InputError(f"A position lies between 0 and 100 %, not at {position_percent:g} %.")
    if component not in ALL_COMPONENTS:
        raise InputError(f"A component is one of {', '.join(ALL_COMPONENTS)}.")
    if size < 0 or seed < 0:
        raise InputError("A size and a seed are 0 or more.")
    recipe = Recipe(
        corpus=opened.id,
        pool=PoolSpec.of(pool or {}).as_dict(),
        choice=FeatureSettings(component=component).with_(**(features or {})).as_dict(),
        strategy=chosen.name,
        strategy_version=chosen.version,
        parameters=dict(settings or {}),
        **sized(size, unit, row_cutoff=row_cutoff, profile=profile, workspace=workspace).as_fields(),
        position=position_percent / 100,
        seed=seed,
    )
    built = _built(workspace, recipe)
    if isinstance(built, dict):
        return built
    saved = save(workspace, built, name=save_as) if save_as.strip() else None
    return {
        **told(built),
        **some_ids(built),
        "saved_as": {"name": saved.name, "key": saved.key} if saved else None,
        "realised": dict(built.answer.realised),
        "recipe": built.recipe.as_dict(),
    }


def why_row(row: str, subset: str = "", recipe: dict[str, Any] | None = None) -> dict[str, Any]:
    """Why a row (its id, or file:line) is in a subset or not: the facts, by heading.

    Name a saved subset, or give the recipe that choose_rows answered with.
    """
    workspace = Workspace.default()
    built = _built(workspace, recipe_named(workspace, subset, recipe))
    if isinstance(built, dict):
        return built
    row_id, *others = named_rows(built.corpus_view.corpus, row)
    if others:
        raise InputError(f"This place holds {len(others) + 1} rows.", remedy="Name one of them by its id.")
    place = built.corpus_view.pool_position_of(row_id)
    if place is None:
        held_out = bool(built.corpus_view.corpus.holdout[built.corpus_view.corpus.positions_of(np.array([row_id]))][0])
        why_not = "it is held out, and no subset may hold it" if held_out else "the pool's filters leave it out"
        return {**told(built), "row": show_id(row_id), "in_subset": False, "facts": [{"outside the pool": why_not}]}
    reason = why(built, place)
    facts = [{heading: words} for heading, words in why_told(built, reason)]
    return {**told(built), "row": show_id(row_id), "in_subset": reason.chosen, "facts": facts}


def measure_rows(
    metrics: list[str], subset: str = "", recipe: dict[str, Any] | None = None, component: str = ""
) -> dict[str, Any]:
    """Measure metrics (see list_metrics) of a subset, each beside the band of random subsets of as many rows.

    What takes an instant is answered at once; for the rest a job is started, whose id is in the answer: ask job_status,
    then ask again. component is the text that is measured, by default the one that was chosen by.
    """
    workspace = Workspace.default()
    if component and component not in ALL_COMPONENTS:
        raise InputError(f"A component is one of {', '.join(ALL_COMPONENTS)}.")
    names = [metric(name).name for name in metrics]
    if not names:
        raise InputError("Name at least one metric.", remedy="list_metrics lists them.")
    built = _built(workspace, recipe_named(workspace, subset, recipe))
    if isinstance(built, dict):
        return built
    quick = [name for name in names if metric(name).instant]
    slow = [name for name in names if not metric(name).instant]
    answer = told(built, component=component, metrics=quick) if quick else {**told(built), "measured": []}
    if not slow:
        return answer
    stored = readings(built, component=component, metrics=slow, stored=True)
    answer["measured"] += stored
    missing = [name for name in slow if name not in {line["metric"] for line in stored if line["random_band"]
                                                     or line["value"] is None}]  # fmt: skip
    if missing:
        about = {
            "recipe": built.recipe.as_dict(),
            "component": component or built.corpus_view.choice.component,
            "metrics": missing,
        }
        measured = f"Measure {', '.join(missing)}"
        answer["jobs"] = [
            started(workspace, job_names.MEASURE, about, title=measured),
            started(workspace, job_names.BANDS, {**about, "size": len(built.answer.rows)}, title=f"{measured}: bands"),
        ]
        answer["do"] = "Ask job_status for these jobs; when they are done, ask measure_rows again."
    return answer


def compare_subsets(a: str, b: str, component: str = "") -> dict[str, Any]:
    """Two saved subsets of one corpus side by side: shared rows, what shifts beyond chance, what they measure.

    gap is B minus A, with its 95 % interval.
    """
    workspace = Workspace.default()
    left = subset_named(workspace, a)
    right = subset_named(workspace, b, corpus=left.recipe.corpus)
    choice = FeatureSettings.of(left.recipe.choice)
    view = CorpusView(workspace, open_corpus(workspace, left.recipe.corpus), choice, PoolSpec())
    beside = side_by_side(view, np.asarray(left.ids), np.asarray(right.ids), component=component)
    beyond = beside.shifts[beside.shifts["q"] <= 0.05]
    return {
        "a": {"name": left.name, "digest": left.digest, "rows": left.rows},
        "b": {"name": right.name, "digest": right.digest, "rows": right.rows},
        "in_both": len(beside.sides.both),
        "jaccard": beside.jaccard,
        "random_band": {"jaccard_of_two_random_draws": beside.chance},
        "shifts_beyond_chance": len(beyond),
        "shifts": beyond.head(SHIFTS)[["kind", "value", "share_a", "share_b", "z", "q"]].to_dict("records"),
        "metrics": beside.metrics[["metric", "a", "b", "gap", "low", "high", "note"]].to_dict("records"),
    }


def saved_subsets(search: str = "", corpus: str = "") -> dict[str, Any]:
    """The saved subsets with their digests, newest first; those whose name, note or facts hold all words of search."""
    workspace = Workspace.default()
    of = corpus_named(workspace, corpus).id if corpus else None
    listed = [
        {
            "key": line.key, "name": line.name, "note": line.note, "corpus": line.corpus_name or line.corpus,
            "rows": line.rows, "tokens": line.tokens, "strategy": line.strategy, "component": line.component,
            "position_percent": round(100 * line.position, 3), "seed": line.seed, "study": line.study,
            "digest": line.digest,
        }
        for line in saved_list(workspace, of, search=search)
    ]  # fmt: skip
    return {"subsets": first(listed, SAVED)}


def describe_subset(subset: str) -> dict[str, Any]:
    """A saved subset: digest, where it stands, what it measures beside random subsets, first rows, recipe."""
    workspace = Workspace.default()
    saved = open_subset(workspace, subset_named(workspace, subset).key)
    built = _built(workspace, saved.recipe)
    if isinstance(built, dict):
        return built
    return {**told(built), "name": saved.name, "key": saved.key, **some_ids(built), "recipe": saved.recipe.as_dict()}


def _built(workspace: Workspace, recipe: Recipe) -> Built | dict[str, Any]:
    """The rows of a recipe; where a plan has to be prepared first, the answer that says so and names the job."""
    try:
        return built_of(workspace, recipe)
    except NotReady as waiting:
        request: Mapping[str, Any] = {"recipe": replace(waiting.recipe, ids_digest="", rows=0).as_dict()}
        job = started(workspace, job_names.PREPARE, request, title=f"Prepare {strategy(recipe.strategy).title}")
        return {"waits_for": job, "do": "Ask job_status; when the job is done, ask the same again."}
