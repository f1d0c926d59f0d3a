"""Preparing several strategies by one job: what it takes, the press, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.jobs import job_names
from core.selection.registry import strategy
from core.workbench import plans
from core.workbench.corpus_view import CorpusView
from core.workbench.recipe import Recipe
from core.workbench.strategy_time import preparing_seconds
from pages.parts.frame import jobs
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import rows


def offer_preparing_all(
    ctx: Context, corpus_view: CorpusView, recipes: Sequence[Recipe], *, key: str, label: str = "Prepare"
) -> None:
    """Offer to prepare the plans of ``recipes`` by a job, with its time, or show its progress."""
    request = {"recipes": [replace(recipe, ids_digest="", rows=0).as_dict() for recipe in recipes]}
    task = job_names.PREPARE_ALL
    running = jobs.latest(ctx.workspace, task, request)
    if running is not None and running.state != "done":
        jobs.follow(ctx.workspace, running, key=key)
        return
    titles = ", ".join(strategy(recipe.strategy).title for recipe in recipes)
    takes = jobs.lasting(_seconds(ctx, corpus_view, recipes)).removesuffix(" left")
    with st.container(border=True):
        said = f" That takes {takes} here." if takes else ""
        st.text(f"To be prepared first, once: {titles}.{said} You can close the tab meanwhile.")
        if st.button(f"{label} {rows(len(recipes))}", type="primary", key=key):
            jobs.start(ctx.workspace, task, request, title=f"Prepare {titles}")
            st.rerun()


def _seconds(ctx: Context, corpus_view: CorpusView, recipes: Sequence[Recipe]) -> float | None:
    """Seconds of preparing all; None where nobody knows those of one."""
    total = 0.0
    for recipe in recipes:
        whole = plans.completed(recipe, corpus_view)
        wanted = plans.order_wanted(corpus_view, whole)
        seconds = preparing_seconds(
            ctx.workspace, strategy(recipe.strategy), whole.parameters, rows=len(corpus_view.pool), ordered=wanted
        )
        if seconds is None:
            return None
        total += seconds
    return total
