"""Which subset the Inspect page shows: a saved subset, or that of the Subsets page's slider."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.corpus.pool import PoolSpec
from core.errors import FeatureMissing
from core.workbench import plans
from core.workbench.build import Built, carry_out
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workbench.subsets import default_name, list_subsets
from pages.parts.choosing.on_slider import on_slider, slider_title
from pages.parts.choosing.prepare_all import offer_preparing_all
from pages.parts.frame import view_cache
from pages.parts.frame.address import Selected
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.missing_feature import offer
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

SLIDER, RANDOM, EQUAL = "slider", "random", "equal tokens"


@dataclass(frozen=True, eq=False)
class Picked:
    """A choice of rows: its name, its recipe, and its row ids in the order of choice."""

    key: str
    name: str
    recipe: Recipe
    ids: NDArray[np.uint64]


def saved(ctx: Context) -> dict[str, Picked]:
    """The saved subsets of this corpus, newest first, as {key: subset}."""
    return {
        subset.key: Picked(subset.key, subset.name, subset.recipe, np.asarray(subset.ids))
        for subset in list_subsets(ctx.workspace, ctx.corpus.id)
    }


def pick_recipe(ctx: Context, place: st.delta_generator.DeltaGenerator, *, parameter: Selected) -> Recipe:
    """Draw a select box of recipes, that of the slider first, and return the chosen one."""
    recipe = on_slider(ctx)
    recipes = {SLIDER: (slider_title(recipe), recipe)}
    recipes |= {subset.key: (subset.name, subset.recipe) for subset in saved(ctx).values()}
    chosen = bound_select(
        place,
        "Subset",
        list(recipes),
        parameter=parameter,
        default=next(iter(recipes)),
        format_func=lambda key: recipes[key][0],
    )
    return recipes[chosen][1]


def picked(ctx: Context, recipe: Recipe) -> Picked | None:
    """The rows of the slider's subset; None after drawing what has to be computed first."""
    built = built_here(ctx, recipe)
    return None if built is None else Picked(SLIDER, slider_title(recipe), built.recipe, built.ids)


def opened_for(ctx: Context, recipe: Recipe) -> CorpusView:
    """The view of a recipe's corpus, with the recipe's own settings and pool, shared by all sessions."""
    corpus_view = view_cache.corpus_view(
        replace(ctx, choice=FeatureSettings.of(recipe.choice), pool=PoolSpec.of(recipe.pool))
    )
    return view_cache.with_given_rows(ctx, corpus_view, recipe.given)


def built_here(ctx: Context, recipe: Recipe) -> Built | None:
    """The built recipe; None if a feature or plan has to be computed first, which is then offered."""
    corpus_view = opened_for(ctx, recipe)
    if not len(corpus_view.pool):
        st.info("**The pool is empty.** Loosen its filters on the Subsets page.")
        return None
    try:
        whole = plans.completed(recipe, corpus_view)
    except FeatureMissing as missing:
        st.text(f"{default_name(recipe)}:")
        offer(replace(ctx, choice=corpus_view.choice), missing.feature, component=missing.component or None)
        return None
    if plans.waits(corpus_view, whole):
        offer_preparing_all(ctx, corpus_view, [recipe], key="inspect-prepare")
        return None
    whole, plan = view_cache.plan_of(corpus_view, whole)
    built = carry_out(corpus_view=corpus_view, recipe=whole, plan=plan, asked=recipe)
    for warning in built.warnings:
        st.warning(plain(warning))
    return built
