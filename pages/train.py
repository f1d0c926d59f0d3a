"""Train: the same small model on each saved subset for as many tokens, and what it scores on held-out rows."""

from __future__ import annotations

import streamlit as st

from core.jobs import job_names
from core.workbench.loops.loop_choices import loops_of
from core.workbench.subsets import list_subsets
from pages.parts.frame import address, jobs, session
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.empty_state import COMPARE, empty_state
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import open_page
from pages.parts.train.loop_form import loop_form
from pages.parts.train.loop_standing import loop_standing, loop_title
from pages.parts.train.loop_start import loop_start

ctx = open_page("train")

with guarded():
    loops = loops_of(ctx.workspace, ctx.corpus.id)
    drawer = st.expander("A new training", icon=":material/add:", expanded=not loops, key=f"train-new-{bool(loops)}")
    has_members = bool(list_subsets(ctx.workspace, ctx.corpus.id))
    left, right = drawer.columns([3, 2], gap="medium")
    with left:
        asked = loop_form(ctx)
    if asked is not None:
        with right.container(border=True), guarded():
            loop_start(ctx, asked)
    if not loops:
        if has_members:
            takes = jobs.takes_here(ctx.workspace, job_names.LOOP, asked.as_dict()) if asked else ""
            empty_state(
                "Nothing is trained yet",
                "The same small model is trained on each subset that is chosen above, from the same weights and for as "
                "many tokens, and scored on rows that none of them holds; the scores then stand on Compare, marked as "
                "those of a proxy. Press “Start the training”, or “Estimate the time” first.",
                takes=takes or "Minutes for the small decoder, hours for a model of hundreds of millions of weights.",
                ways=(COMPARE,),
                key="train-none",
            )
        session.write_url()
        st.stop()
    key = bound_select(
        st, "Training", list(loops), parameter=address.LOOP, default=next(iter(loops)),
        format_func=lambda name: loop_title(loops[name]),
    )  # fmt: skip
    loop_standing(ctx, loops[key])

session.write_url()
