"""Weights of score columns found from how saved subsets scored, and the column that they make."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.corpus.column_facts import newest_numeric_columns
from core.counted import counted, figure3
from core.evidence.score_weights import RIDGE, ScoreWeights
from core.jobs import job_names
from core.workbench.inspections.score_weights import keep_weighted, kept_weights, scored_benchmarks, weights_request
from pages.parts.choosing.evidence_card import seen_here
from pages.parts.frame import jobs
from pages.parts.frame.explain import explain
from pages.parts.frame.guard import guarded
from pages.parts.frame.links import link
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain


def weights_form(ctx: Context) -> None:
    """Draw the choice of scores and benchmark, the weights with how far to trust them, and the button."""
    columns = newest_numeric_columns(ctx.corpus)
    there = scored_benchmarks(ctx.workspace, ctx.corpus, seen_here(ctx.workspace))
    if not columns or not there:
        st.text(
            "Weights need score columns (“Rows alone” above gives some) and saved subsets of this corpus "
            "with scores: train the proxy on them, or log scores of your own runs."
        )
        with st.container(horizontal=True):
            link("train", "Train the proxy", icon=":material/model_training:")
            link("compare", "Log scores on Compare", icon=":material/query_stats:")
        return
    left, middle, right, help_ = st.columns([4, 3, 1.6, 0.5], vertical_alignment="bottom")
    names = left.multiselect("Scores", columns, default=columns[:2], key="scores.weights.columns")
    benchmark = middle.selectbox(
        "Outcome", list(there), format_func=lambda name: f"{name} · {counted(there[name], 'subset')}",
        key="scores.weights.benchmark",
    )  # fmt: skip
    ridge = right.number_input(
        "Ridge", 0.0, 1e6, RIDGE, format="%.3f", key="scores.weights.ridge",
        help="As it grows, scores that say nearly the same share their weight.",
    )  # fmt: skip
    with help_:
        explain(
            "the weights",
            formula="least squares of a subset's outcome on the mean z-scores of its rows, within runs trained alike;\n"
            "merit of a row = Σ weight · z-score, the sizes of the weights summing to 1",
            source="After R-Select (OpenDataArena), by a linear fit in place of a search: our reconstruction",
            key="scores.weights.explain",
        )
    if not names:
        st.caption("Choose at least one score.")
        return
    request = weights_request(ctx.workspace, ctx.corpus, names, str(benchmark), ridge=float(ridge))
    found = kept_weights(ctx.workspace, request)
    if found is None:
        job = jobs.latest(ctx.workspace, job_names.WEIGH_SCORES, request)
        if job is not None and job.state != "done":
            jobs.follow(ctx.workspace, job, key="scores.weights.job")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            pressed = st.button("Find the weights", type="primary", key="scores.weights.start")
            st.caption(jobs.takes_here(ctx.workspace, job_names.WEIGH_SCORES, request))
        if pressed:
            jobs.start(ctx.workspace, job_names.WEIGH_SCORES, request, title=f"Weights of scores of {ctx.corpus.name}",
                       again=True)  # fmt: skip
            st.rerun()
        return
    with guarded():
        _found(found)
        if st.button("Make them a column", type="primary", key="scores.weights.keep"):
            made = keep_weighted(ctx.corpus, found, str(benchmark))
            st.success(f"Done: {plain(made)}. Rank by it with the strategy “Score column” on the Subsets page.")


def _found(found: ScoreWeights) -> None:
    """Draw the weights and how well they foretell a subset that was left out."""
    st.table(
        pd.DataFrame({"weight": [f"{weight:+.3f}" for weight in found.weights]}, index=[plain(n) for n in found.names])
    )
    told = "cannot be told" if np.isnan(found.foretold) else figure3(found.foretold)
    st.caption(
        f"{counted(found.subsets, 'subset')} in {counted(found.groups, 'group')} of runs trained alike. Rank "
        f"correlation with subsets left out of the fit: {told}."
    )
    if not found.foretold > 0.3:
        st.warning("The weights foretell subsets left out hardly better than chance: train more subsets that differ.")
