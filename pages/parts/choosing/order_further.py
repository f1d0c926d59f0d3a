"""Preparing a strategy, and ordering on where a position needs more of an order than is known: a press and a job."""

from __future__ import annotations

import streamlit as st

from core.counted import counted
from core.jobs import job_names
from core.selection.plan import Plan
from core.selection.ranked_plan import RankedPlan
from core.selection.registry import strategy
from core.workbench import plans
from core.workbench.corpus_view import CorpusView
from core.workbench.recipe import Recipe
from core.workbench.strategy_time import preparing_seconds
from pages.parts.frame import jobs, view_cache
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain


def offer_preparing(ctx: Context, corpus_view: CorpusView, recipe: Recipe, *, key: str = "prepare") -> None:
    """Offer to prepare the plan of a completed recipe as far as its request takes, or show how far that is."""
    request = {"recipe": recipe.as_dict()}
    running = jobs.latest(ctx.workspace, job_names.PREPARE, request)
    if running is not None and running.state != "done":
        jobs.follow(ctx.workspace, running, key=key)
        return
    chosen = strategy(recipe.strategy)
    wanted = plans.order_wanted(corpus_view, recipe)
    takes = jobs.lasting(
        preparing_seconds(
            ctx.workspace, chosen, recipe.parameters, rows=len(corpus_view.pool), ordered=wanted
        )
    ).removesuffix(" left")  # fmt: skip
    with st.container(border=True):
        st.text(f"{_what(chosen.title, wanted)} {f'That takes {takes} here.' if takes else 'It was never run here.'}")
        if st.button("Prepare" if key == "prepare" else "Order further", type="primary", key=key):
            jobs.start(ctx.workspace, job_names.PREPARE, request, title=f"Prepare {chosen.title}")
            st.rerun()


def reached(ctx: Context, corpus_view: CorpusView, asked: Recipe, plan: Plan) -> Plan | None:
    """The plan that answers ``asked``: ``plan``, or one that is ordered further; None after offering to order on."""
    if not isinstance(plan, RankedPlan) or plan.unordered is None:
        return plan
    if plans.waits(corpus_view, asked):
        st.caption(plain(f"{counted(len(plan.order), 'row')} are ordered so far; this position needs more of them."))
        offer_preparing(ctx, corpus_view, asked, key="order-further")
        return None
    return view_cache.plan_of(corpus_view, asked)[1]


def order_note(plan: Plan) -> None:
    """Say that an order is known in part, where it is."""
    if isinstance(plan, RankedPlan) and plan.unordered is not None:
        st.caption(
            f"{counted(len(plan.order), 'row')} of {plan.length:,} are ordered so far. The curve is drawn where the "
            "order reaches; the slider offers to order further."
        )


def _what(title: str, wanted: int | None) -> str:
    if wanted is None:
        return f"{title} is prepared once, then the slider answers at once."
    return f"{title} orders {counted(wanted, 'row')} for this subset, and goes on from there when you want more."
