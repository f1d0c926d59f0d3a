"""The Subsets page: the slider of any strategy with the map of its rows, five numbers, saving and exporting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.errors import FeatureMissing
from core.selection.plan import Plan
from core.selection.registry import strategy
from core.workbench import plans
from core.workbench.corpus_view import CorpusView
from core.workbench.recipe import Recipe
from core.workbench.subsets import Subset, levels, list_subsets, percent
from pages.parts.choosing.open_saved import at_saved
from pages.parts.choosing.order_further import offer_preparing, order_note, reached
from pages.parts.choosing.pool_form import pool_popover
from pages.parts.choosing.strategy_form import strategy_form
from pages.parts.frame import address, session, session_keys, view_cache
from pages.parts.frame.embedder_note import embedder_note
from pages.parts.frame.guard import guarded
from pages.parts.frame.missing_feature import offer
from pages.parts.frame.page import Context, open_page
from pages.parts.frame.plain_text import plain
from pages.parts.subsets.five_numbers import five_numbers
from pages.parts.subsets.length_note import length_note
from pages.parts.subsets.linked_subset import open_linked
from pages.parts.subsets.measured_curve import curve_choice, draw_curve, tick_of
from pages.parts.subsets.no_map import no_map
from pages.parts.subsets.save_and_export import keep_and_export
from pages.parts.subsets.saved_drawer import saved_drawer
from pages.parts.subsets.second_strategy import equal_tokens, second_line, second_of
from pages.parts.subsets.slider_range_note import feasible, room_note
from pages.parts.subsets.subset_map import selected_rows, subset_map
from pages.parts.subsets.subset_tabs import subset_tabs


def planned(ctx: Context, corpus_view: CorpusView, recipe: Recipe) -> tuple[Recipe, Plan] | None:
    """The completed recipe with its plan; None after drawing what is missing or running."""
    try:
        whole = plans.completed(recipe, corpus_view)
        if uncounted := corpus_view.not_counted(recipe.unit):
            raise FeatureMissing("tokens", component=uncounted)
    except FeatureMissing as missing:
        offer(ctx, missing.feature, component=missing.component or None)
        return None
    if plans.waits(corpus_view, whole):
        offer_preparing(ctx, corpus_view, whole)
        return None
    whole, plan = view_cache.plan_of(corpus_view, whole)
    return (whole, plan) if feasible(corpus_view, whole, plan) else None


@st.fragment
def explore(ctx: Context, corpus_view: CorpusView, whole: Recipe, plan: Plan, saved: Sequence[Subset]) -> None:
    """Draw the slider and everything that depends on it; a move of the slider runs only this part again."""
    chosen = strategy(whole.strategy)
    if session_keys.SELECTION_WIDE.pop(False):
        st.rerun(scope="app")  # more than this part of the page changed
    with guarded():
        left, right = st.columns([1.15, 1], gap="medium")
        with left:
            choice = curve_choice(ctx, corpus_view, whole)
            above = st.container(key="curve-place-box")
            fixed = plan.kind == "ranked" and not chosen.tail
            # Indented like the plot above, so that the handle is under its line in the plot.
            percent_asked = st.container(key="slider-box").slider(
                "Diversity",
                min_value=0.0,
                max_value=100.0,
                value=100.0,
                step=0.1,
                format="%.1f %%",
                **address.POSITION.widget,
                persist_state="session",
                disabled=fixed,
                help="0 %: the least diverse subset of this size that the strategy can give. 100 %: the most diverse.",
            )
            equal = bool(choice.second) and equal_tokens()
        asked = replace(whole, position=1.0 if fixed else percent_asked / 100)
        reaching = reached(ctx, corpus_view, asked, plan)
        if reaching is None:
            return
        built, saved_here = at_saved(corpus_view, asked, reaching, saved)
        session.keep_slider(built.recipe.as_dict())
        with right:
            seen = subset_map(ctx, built)
            if seen is None:
                no_map(ctx)
        second, no_second = None, ""
        if choice.second:
            equal_to = built if equal else None
            second, no_second = second_of(ctx, corpus_view, asked, choice.second, equal_to=equal_to)
        with above:
            measured = draw_curve(ctx, built, choice, second=second)
        numbers, keeping = st.container(key="facts-line").columns([1.75, 1], gap="medium")
        with numbers:
            five_numbers(ctx, built, tick=tick_of(built), measured=measured)
        with keeping:
            keep_and_export(ctx, built, saved_here=saved_here)
        length_note(ctx, built)
        order_note(built.plan)
        if fixed:
            st.caption(f"{plain(chosen.title)} gives one subset of each size and seed: there is nothing to slide.")
        if choice.second:
            second_line(built, second, no_second)
        for warning in built.warnings:
            st.warning(plain(warning))
        room_note(built)
        inside = selected_rows(ctx, built, seen)
        subset_tabs(ctx, built, inside)


def page(ctx: Context) -> None:
    """Draw the line of choices, the first screen and what is below it."""
    corpus_view = view_cache.corpus_view(ctx)
    line = st.container(key="choice-line").columns(
        [2.1, 0.8, 1.05, 1.3, 1.25, 0.5, 0.75, 0.95, 0.95], gap="xsmall", vertical_alignment="bottom"
    )
    pool_popover(line[8], ctx, corpus_view)
    if not len(corpus_view.pool):
        st.info("**The pool is empty.** Loosen its filters, or clear them.")
        return
    recipe = strategy_form(line[:8], ctx, corpus_view)
    if recipe is None:
        return
    corpus_view = view_cache.with_given_rows(ctx, corpus_view, recipe.given)
    screen = st.container()
    embedder_note(ctx, needs=strategy(recipe.strategy).needs(recipe.parameters))  # below the first screen
    with screen:
        prepared = planned(ctx, corpus_view, recipe)
        if prepared is None:
            return
        explore(ctx, corpus_view, *prepared, list_subsets(ctx.workspace, ctx.corpus.id))
    saved_drawer(ctx, pool_rows=len(corpus_view.pool))
    marks = " · ".join(percent(level) for level in levels())
    st.caption(f"The series' levels: {marks}. The pool never holds the corpus's holdout rows.")


open_linked()
context = open_page("subsets")
session_keys.SELECTION_WIDE.drop()  # this run draws the whole page anyway
with guarded():
    page(context)
session.write_url()
