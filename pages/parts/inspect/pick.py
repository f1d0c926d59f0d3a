"""Which subset the Inspect page shows: a saved subset, or that of the Subsets page's slider."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.corpus.pool import PoolSpec
from core.errors import FeatureMissing
from core.jobs import job_names
from core.selection.registry import strategy
from core.workbench import plans
from core.workbench.build import Built, carry_out
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workbench.subsets import default_name, list_subsets
from pages.parts.frame import jobs, session, view_cache
from pages.parts.frame.address import Selected
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows

SLIDER, RANDOM = "slider", "random"


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


def invite(what: str) -> None:
    """Draw the empty state, when there is no subset yet."""
    with st.container(border=True):
        st.subheader("No subset yet", anchor=False)
        st.text(f"{what} Drag the slider on the Subsets page, then press Save.")
        st.page_link("pages/subsets.py", label="Go to the Subsets page", icon=":material/tune:")


def pick_recipe(
    ctx: Context, place: st.delta_generator.DeltaGenerator, *, parameter: Selected, what: str
) -> Recipe | None:
    """Draw a select box of recipes and return the chosen one; without any recipe draw the empty state, return None."""
    recipes = {subset.key: (subset.name, subset.recipe) for subset in saved(ctx).values()}
    draft = session.slider_recipe()
    if draft:
        recipe = Recipe.of(draft)
        recipes = {SLIDER: (f"The slider now: {default_name(recipe)}", recipe), **recipes}
    if not recipes:
        invite(what)
        return None
    chosen = bound_select(
        place,
        "Subset",
        list(recipes),
        parameter=parameter,
        default=next(iter(recipes)),
        format_func=lambda key: recipes[key][0],
    )
    return recipes[chosen][1]


def opened_for(ctx: Context, recipe: Recipe) -> CorpusView:
    """The view of a recipe's corpus, with the recipe's own settings and pool, shared by all sessions."""
    corpus_view = view_cache.corpus_view(
        replace(ctx, choice=FeatureSettings.of(recipe.choice), pool=PoolSpec.of(recipe.pool))
    )
    return view_cache.with_given_rows(ctx, corpus_view, recipe.given)


def built_here(ctx: Context, recipe: Recipe) -> Built | None:
    """The built recipe; None if a feature or plan has to be computed first, which is then offered."""
    corpus_view = opened_for(ctx, recipe)
    try:
        whole = plans.completed(recipe, corpus_view)
    except FeatureMissing as missing:
        st.info(
            f"**{plain(default_name(recipe))} reads the {plain(missing.feature)}, which are not there any more.** "
            f"{plain(missing.remedy)}"
        )
        return None
    if plans.waits(corpus_view, whole):
        offer_preparing(ctx, [recipe], key="inspect-prepare")
        return None
    whole, plan = view_cache.plan_of(corpus_view, whole)
    built = carry_out(corpus_view=corpus_view, recipe=whole, plan=plan, asked=recipe)
    for warning in built.warnings:
        st.warning(plain(warning))
    return built


def offer_preparing(ctx: Context, recipes: list[Recipe], *, key: str) -> None:
    """Offer to prepare long plans by a job, or show its progress."""
    request = {"recipes": [replace(recipe, ids_digest="", rows=0).as_dict() for recipe in recipes]}
    task = job_names.PREPARE_ALL
    running = jobs.latest(ctx.workspace, task, request)
    if running is not None and running.state != "done":
        jobs.follow(ctx.workspace, running, key=key)
        return
    titles = ", ".join(strategy(recipe.strategy).title for recipe in recipes)
    with st.container(border=True):
        st.text(f"To be prepared first, once: {titles}. You can close the tab meanwhile.")
        if st.button(f"Prepare {rows(len(recipes))}", type="primary", key=key):
            jobs.start(ctx.workspace, task, request, title=f"Prepare {titles}")
            st.rerun()
