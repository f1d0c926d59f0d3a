"""What a training will do and take, measured where it is asked, and the button that starts it."""

from __future__ import annotations

import streamlit as st

from core.budgets.trainer_profile import TrainerProfile
from core.budgets.training_budget import price_words
from core.counted import counted
from core.evidence.proxy import CAUTION
from core.jobs import job_names
from core.workbench.loops.loop_data import LoopData
from core.workbench.loops.loop_estimate import MANY_EPOCHS, LoopEstimate
from core.workbench.loops.loop_request import LoopRequest
from core.workbench.subsets import open_subset
from pages.parts.choosing.profile_form import profile_now
from pages.parts.frame import address, jobs
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain


def loop_start(ctx: Context, asked: LoopRequest) -> None:
    """Draw what ``asked`` comes to, its estimate once it is measured, and the buttons."""
    subsets = {subset.digest: subset for subset in (open_subset(ctx.workspace, key) for key in asked.members)}
    data = LoopData(ctx.workspace, ctx.corpus, tuple(subsets.values()))
    held_out, held_rows = data.held_out
    runs = len(subsets) * len(asked.seeds)
    st.markdown(f"**{counted(runs, 'run')} of {asked.settings.tokens:,} tokens**")
    st.text(f"{counted(len(subsets), 'member')}, {counted(len(asked.seeds), 'seed')}.")
    profile = profile_now(ctx)
    if taken := asked.by_profile(runs, profile):
        st.text(f"By the trainer profile {profile.name if profile else ''}: {taken}.")
    rows = min(len(held_rows), asked.settings.held_out_rows)
    st.caption(plain(f"Scored on {held_out}, {counted(rows, 'row')}. {CAUTION}"))
    request = asked.as_dict()
    job = jobs.latest(ctx.workspace, job_names.LOOP_ESTIMATE, request)
    if job is not None and job.state == "done" and job.result:
        _estimate(LoopEstimate(**job.result["estimate"]), profile)
    elif job is not None:
        jobs.follow(ctx.workspace, job, key="train-estimate-job")
    start, measure = st.columns(2)
    title = f"{counted(runs, 'run')} of {asked.base.rstrip('/').split('/')[-1]}"
    if start.button("Start the training", type="primary", width="stretch", key="train-start"):
        started = jobs.start(ctx.workspace, job_names.LOOP, request, title=f"Train {title}", again=True)
        address.LOOP.chosen.set(started.id.split("-")[0])
        address.LOOP.widget.drop()
        st.rerun()
    if measure.button(
        "Estimate the time",
        width="stretch",
        key="train-estimate",
        help="Times a few steps on this machine; trains nothing.",
    ):
        jobs.start(ctx.workspace, job_names.LOOP_ESTIMATE, request, title=f"Estimate {title}", told=False, again=True)
        st.rerun()


def _estimate(estimate: LoopEstimate, profile: TrainerProfile | None) -> None:
    st.text(estimate.words)
    for price in price_words(estimate.seconds / 60, profile):
        st.text(f"As long on this machine, at the price of {profile.name if profile else ''}: {price}.")
    packing = "rows packed, each attending to itself alone" if estimate.packed else "rows read one by one"
    weights = counted(estimate.parameters, "weight")
    base = f"{estimate.base}, {weights}, on {estimate.device} in {estimate.precision}; {packing}."
    st.caption(plain(f"{base} Warmed up on {estimate.warm_text}." if estimate.warm_text else base))
    most = max(estimate.epochs.values(), default=0.0)
    if most > MANY_EPOCHS:
        name = max(estimate.epochs, key=lambda member: estimate.epochs[member])
        st.warning(plain(f"{name} is gone through {most:.1f} times: fewer tokens would repeat less."))
