"""How sets of rows overlap: exclusive intersections, Jaccard, and the Jaccard of random subsets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.component_words import component_phrase
from core.errors import Cancelled, DiverscopeError, FeatureMissing, InputError
from core.progress import Progress, part_of, silent
from core.selection.registry import strategies
from core.selection.strategy import Strategy
from core.workbench import plans
from core.workbench.build import build, open_recipe, prepared
from core.workbench.corpus_view import CorpusView
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace

MOST = 60  # most sets in a figure: each membership is a bit of an int64

Ids = NDArray[np.uint64]


def jaccard(a: Ids, b: Ids) -> float:
    """Shared rows over all rows of two sets of ids; two empty sets are equal and give 1. O(n log n)."""
    shared = len(np.intersect1d(a, b))
    union = len(np.unique(a)) + len(np.unique(b)) - shared
    return shared / union if union else 1.0


def chance_jaccard(size: int, pool: int) -> float:
    """The approximate mean Jaccard of two independent random subsets of ``size`` rows of a pool of ``pool`` rows.

    Their expected intersection is size² / pool, so J ≈ size / (2 pool − size). It grows with size, to 1 at the pool.
    """
    size = min(size, pool)
    return size / (2 * pool - size) if pool else 1.0


def chance_between(sets: Iterable[Ids], pool: int) -> float:
    """:func:`chance_jaccard` of two random subsets as large as ``sets`` are on average."""
    return chance_jaccard(int(np.mean([len(ids) for ids in sets])), pool)


def jaccard_matrix(sets: Sequence[Ids]) -> NDArray[np.float64]:
    """(sets, sets) Jaccard of every two sets of row ids; ones on the diagonal."""
    membership = _memberships(sets)[1].astype(np.float64)  # (rows, sets)
    shared = membership.T @ membership
    sizes = np.diag(shared)
    union = sizes[:, None] + sizes[None, :] - shared
    with np.errstate(invalid="ignore"):
        return np.where(union > 0, shared / union, 1.0)


def intersections(sets: Mapping[str, Ids]) -> pd.DataFrame:
    """The exclusive intersections of named sets: a line for each combination that occurs, largest first.

    Columns ``rows`` (in exactly these sets and no other), ``sets`` (their number), and a boolean column for each name.
    Ties go to the combination of fewer sets, then to the earlier names. Raises :class:`InputError` above 60 sets.
    """
    if len(sets) > MOST:
        raise InputError(f"{len(sets)} sets are too many for one figure.", remedy=f"Choose at most {MOST}.")
    names = list(sets)
    membership = _memberships(list(sets.values()))[1]  # (rows, sets)
    # The first name has the highest bit, so that of two codes the larger one holds the earlier names.
    weights = 1 << np.arange(len(names), dtype=np.int64)[::-1]
    codes, counts = np.unique(membership @ weights, return_counts=True)
    inside = (codes[:, None] & weights[None, :]) > 0  # (combinations, sets)
    order = np.lexsort((-codes, inside.sum(axis=1), -counts))
    table = pd.DataFrame(inside[order], columns=names)
    table.insert(0, "sets", inside[order].sum(axis=1))
    table.insert(0, "rows", counts[order])
    return table


def _memberships(sets: Sequence[Ids]) -> tuple[Ids, NDArray[np.bool_]]:
    """The ids in any of the sets, ascending, and (rows, sets) whether each set holds each id."""
    every = np.unique(np.concatenate([np.asarray(ids) for ids in sets])) if sets else np.empty(0, dtype=np.uint64)
    membership = np.zeros((len(every), len(sets)), dtype=bool)
    for column, ids in enumerate(sets):
        membership[np.searchsorted(every, np.asarray(ids)), column] = True
    return every, membership


def recipe_at(corpus_view: CorpusView, name: str, *, size: int, position: float, seed: int = 0) -> Recipe:
    """The recipe of the strategy ``name`` without parameters: it uses the session's mid band and its defaults."""
    chosen = strategies()[name]
    return Recipe(
        corpus=corpus_view.corpus.id,
        pool=corpus_view.spec.as_dict(),
        choice=corpus_view.choice.as_dict(),
        strategy=name,
        strategy_version=chosen.version,
        size=size,
        position=position if chosen.kind == "typed" or chosen.tail else 1.0,
        seed=seed,
    )


def ready(corpus_view: CorpusView) -> tuple[dict[str, Strategy], dict[str, str]]:
    """The strategies that can answer now with their default knobs, and for the others why they cannot."""
    able: dict[str, Strategy] = {}
    unable: dict[str, str] = {}
    for name, ready_ones in strategies().items():
        try:
            whole = plans.completed(recipe_at(corpus_view, name, size=1, position=1.0), corpus_view)
        except FeatureMissing as missing:
            unable[name] = (
                f"needs the {missing.feature} of {component_phrase(missing.component or corpus_view.choice.component)}"
            )
            continue
        except DiverscopeError as error:
            unable[name] = error.what
            continue
        if "target" in ready_ones.needs(whole.parameters):
            unable[name] = "needs example rows: choose it on the Subsets page and save it"
        elif any(item.kind in ("column", "numeric_column") and whole.parameters[item.name] is None
                 and not item.optional for item in ready_ones.parameters):  # fmt: skip
            unable[name] = "needs a column: choose it on the Subsets page and save it"
        else:
            able[name] = ready_ones
    return able, unable


def build_each(
    corpus_view: CorpusView, recipes: Mapping[str, Recipe], *, progress: Progress = silent
) -> tuple[dict[str, Ids], dict[str, str]]:
    """The row ids that each recipe gives, and the error message of each recipe that gives none."""
    sets: dict[str, Ids] = {}
    refused: dict[str, str] = {}
    for done, (name, recipe) in enumerate(recipes.items()):
        progress(done, len(recipes), f"subsets built, now {name}")
        try:
            sets[name] = build(corpus_view.workspace, recipe, corpus_view=corpus_view).ids
        except Cancelled:
            raise
        except DiverscopeError as error:
            refused[name] = str(error)
    return sets, refused


def prepare_all(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The task {"recipes": [recipe, …]}: prepare the plan of each recipe, so that a page can build them quickly."""
    recipes = [Recipe.of(values) for values in request["recipes"]]
    made, refused = [], {}
    for done, recipe in enumerate(recipes):
        progress(done, len(recipes), f"strategies prepared, now {recipe.strategy}")
        try:
            step = part_of(progress, done=done, total=len(recipes))
            corpus_view = open_recipe(workspace, recipe)
            whole, _ = prepared(corpus_view, recipe, progress=step)
            wanted = plans.order_wanted(corpus_view, whole)
        except Cancelled:
            raise
        except DiverscopeError as error:
            refused[recipe.strategy] = str(error)
            continue
        made.append(["plans", plans.stored_key(workspace, whole, wanted=wanted) or plans.plan_key(whole)])
    progress(len(recipes), len(recipes), "strategies prepared")
    return {"artefacts": made, "refused": refused}
