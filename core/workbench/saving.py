"""Saves built subsets: a single subset, or the levels of a series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.progress import Progress, silent
from core.selection.registry import strategy
from core.workbench.build import Built, build, open_recipe
from core.workbench.corpus_view import CorpusView
from core.workbench.recipe import Recipe
from core.workbench.subsets import LEVELS, Subset, levels, list_subsets, open_subset, percent, rename, series_name
from core.workspace import atomic
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest


def save(workspace: Workspace, built: Built, *, name: str) -> Subset:
    """Save a built subset under ``name``; saving the same subset again only renames it.

    The same rows by another recipe are another subset: :func:`saved_before` finds the first one.
    """
    recipe, key = built.recipe, _key(built.recipe)
    manifest = {
        "corpus": recipe.corpus,
        "digest": recipe.ids_digest,
        "rows": len(built.answer.rows),
        "recipe": recipe.as_dict(),
        "realised": dict(built.answer.realised),
        "warnings": list(built.warnings),
        "series": recipe.series,
    }
    if built.corpus_view.pool.has("tokens"):
        manifest["tokens"] = int(built.corpus_view.pool.tokens.lengths[built.answer.rows].sum())
    if not workspace.has("subsets", key):
        with workspace.create("subsets", key, manifest) as folder, atomic.explained(folder):
            np.save(folder / "ids.npy", built.ids, allow_pickle=False)
    if name.strip():
        rename(workspace, key, name)
    return open_subset(workspace, key)


def _key(recipe: Recipe) -> str:
    # Thresholds and a budget only say how the knobs and the size got their values: the same rows by the same knobs are
    # the same subset.
    named = {name: value for name, value in recipe.as_dict().items() if name not in ("thresholds", "budget")}
    named["choice"] = recipe.recorded_choice()
    return digest({"ids": recipe.ids_digest, "recipe": named})


def name_before(workspace: Workspace, recipe: Recipe) -> str:
    """The name under which this very subset, the rows of a built ``recipe``, is saved already; "" if it is not."""
    key = _key(recipe)
    return open_subset(workspace, key).name if workspace.has("subsets", key) else ""


def told_before(workspace: Workspace, saved: Subset, *, before: str) -> str:
    """What to say of the rows just ``saved`` if they were saved already; "" if they were not.

    ``before`` is :func:`name_before`, asked before they were saved.
    """
    if before and before != saved.name:
        return f"It was saved before as {before}, and has the new name now."
    if before:
        return "It was saved before."
    first = saved_before(workspace, saved)
    return f"It holds the same rows as {first.name} ({first.key})." if first else ""


def saved_before(workspace: Workspace, subset: Subset) -> Subset | None:
    """The oldest other saved subset with exactly the rows of ``subset``, or None."""
    same = [other for other in list_subsets(workspace, subset.recipe.corpus) if other.digest == subset.digest]
    return next((other for other in reversed(same) if other.key != subset.key), None)


def build_series(
    workspace: Workspace,
    recipe: Recipe,
    *,
    name: str = "",
    count: int = LEVELS,
    progress: Progress = silent,
) -> list[Subset]:
    """Build and save the levels of a series; levels that are already saved are reused.

    Random has no scale: every position gives the same rows. Its members are ``count`` seeds instead, starting with the
    recipe's own; each is a series of its own, because draws with different seeds are independent.
    """
    corpus_view = open_recipe(workspace, recipe)
    if strategy(recipe.strategy).level == "random":
        return _seeds(workspace, recipe, corpus_view, name=name, count=count, progress=progress)
    saved = []
    for done, position in enumerate(levels(count)):
        progress(done, count, "levels built")
        built = build(workspace, replace(recipe, position=position, ids_digest=""), corpus_view=corpus_view)
        title = f"{name.strip()} · {percent(position)}" if name.strip() else ""
        saved.append(save(workspace, built, name=title))
    progress(count, count, "levels built")
    return saved


def _seeds(
    workspace: Workspace, recipe: Recipe, corpus_view: CorpusView, *, name: str, count: int, progress: Progress
) -> list[Subset]:
    saved = []
    for done in range(count):
        progress(done, count, "seeds drawn")
        drawn = replace(recipe, position=1.0, seed=recipe.seed + done, ids_digest="")
        built = build(workspace, drawn, corpus_view=corpus_view)
        saved.append(save(workspace, built, name=f"{name.strip() or series_name(drawn)} · seed {drawn.seed}"))
    progress(count, count, "seeds drawn")
    return saved
