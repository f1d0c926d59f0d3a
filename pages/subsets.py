"""The Subsets page: the slider of any strategy, the subset it gives, its metrics, and saving and exporting it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.errors import FeatureMissing
from core.jobs import job_names
from core.selection.registry import strategy
from core.workbench import plans
from core.workbench.subsets import levels, list_subsets, percent
from pages.parts.choosing.open_saved import at_saved
from pages.parts.choosing.pool_form import pool_form
from pages.parts.choosing.strategy_form import strategy_form
from pages.parts.choosing.subset_rows import composition, facts, rows_and_map
from pages.parts.frame import address, jobs, session, view_cache
from pages.parts.frame.guard import guarded
from pages.parts.frame.missing_feature import offer
from pages.parts.frame.page import open_page
from pages.parts.frame.plain_text import plain
from pages.parts.subsets.save_and_export import keep_and_export
from pages.parts.subsets.saved_drawer import saved_drawer
from pages.parts.subsets.slider_range_note import feasible, room_note
from pages.parts.subsets.subset_metrics import curve_above, length_note, metric_panel

ctx = open_page("subsets")
corpus_view = view_cache.corpus_view(ctx)
pool_form(ctx, corpus_view)

with guarded():
    if not len(corpus_view.pool):
        st.info("**The pool is empty.** Loosen its filters, or clear them.")
        st.stop()
    recipe = strategy_form(ctx, corpus_view)
    corpus_view = view_cache.with_given_rows(ctx, corpus_view, recipe.given)
    chosen = strategy(recipe.strategy)
    try:
        whole = plans.completed(recipe, corpus_view)
        if recipe.unit == "tokens" and not corpus_view.pool.has("tokens"):
            raise FeatureMissing("tokens")
    except FeatureMissing as missing:
        offer(ctx, missing.feature)
        st.stop()
    if plans.waits(corpus_view, whole):
        request = {"recipe": recipe.as_dict()}
        running = jobs.latest(ctx.workspace, job_names.PREPARE, request)
        if running is None or running.state == "done":
            with st.container(border=True):
                st.text(f"{chosen.title} is prepared once, then the slider answers at once. Work: {chosen.cost}.")
                if st.button("Prepare", type="primary", key="prepare"):
                    jobs.start(ctx.workspace, job_names.PREPARE, request, title=f"Prepare {chosen.title}")
                    st.rerun()
        else:
            jobs.follow(ctx.workspace, running, key="prepare")
        st.stop()
    whole, plan = view_cache.plan_of(corpus_view, whole)
    if not feasible(corpus_view, whole, plan):
        session.write_url()
        st.stop()

    saved = list_subsets(ctx.workspace, ctx.corpus.id)
    saved_drawer(ctx, pool_rows=len(corpus_view.pool))

    @st.fragment
    def explore() -> None:
        """Draw the slider and everything that depends on it; a move of the slider runs only this part again."""
        with guarded():
            left, right = st.columns([5, 1.2])
            above = left.container()
            fixed = plan.kind == "ranked" and not chosen.tail
            # Indented like the plot above, so that the handle is under its line in the plot.
            percent_asked = left.container(key="slider-box").slider(
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
            if fixed:
                left.caption(
                    f"{plain(chosen.title)} gives one subset of each size and seed: there is nothing to slide."
                )
            asked = replace(whole, position=1.0 if fixed else percent_asked / 100)
            built, saved_here = at_saved(corpus_view, asked, plan, saved)
            if saved_here:
                left.caption(plain(f"Here stands the saved subset {saved_here.name}."))
            session.keep_slider(built.recipe.as_dict())
            for warning in built.warnings:
                st.warning(plain(warning))
            curve_above(ctx, built, left=above, right=right)
            room_note(built)
            facts(ctx, built)
            left, right = st.columns([3, 2], gap="medium")
            with left:
                metric_panel(ctx, built)
                length_note(ctx, built)
            with right:
                composition(ctx, built)
                keep_and_export(ctx, built)
            rows_and_map(ctx, built)

    explore()
    marks = " · ".join(percent(level) for level in levels())
    st.caption(f"The series' levels: {marks}. The pool never holds the corpus's holdout rows.")

session.write_url()
