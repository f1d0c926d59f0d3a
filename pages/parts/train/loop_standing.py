"""How a training stands: each run with its step, loss and speed, the curves while they grow, and what it scored."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from core.counted import counted
from core.evidence.proxy import CAUTION
from core.figures.training import loss_curves
from core.jobs.record import Job
from core.training.held_out import ALL, MACRO
from core.workbench.loops.loop_request import LoopRequest
from core.workbench.loops.loop_run import RunStanding, standing
from pages.parts.frame import jobs
from pages.parts.frame.figures import show
from pages.parts.frame.guard import guarded
from pages.parts.frame.links import link
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

EVERY = 2.0  # seconds after which curves that grow are drawn again


def loop_title(job: Job) -> str:
    """How a list names a training."""
    request = LoopRequest.of(job.request)
    when = datetime.fromtimestamp(job.queued_at).strftime("%Y-%m-%d %H:%M")
    base = request.base.rstrip("/").split("/")[-1]
    members, seeds = counted(len(request.members), "member"), counted(len(request.seeds), "seed")
    return f"{members}, {seeds}, {request.settings.tokens:,} tokens, {base} · {when}"


def loop_standing(ctx: Context, job: Job) -> None:
    """Draw the training's progress with its buttons, its curves and its table of runs."""
    if job.state != "done":
        jobs.follow(ctx.workspace, job, key="train-job")
    request = LoopRequest.of(job.request)

    @st.fragment(run_every=EVERY if job.live else None)
    def grown() -> None:
        with guarded():
            now = standing(ctx.workspace, request)
            if now is None:
                st.caption("The base is made ready first: a small decoder is warmed up, a GGUF file converted.")
                return
            _curves(ctx, now)
            _table(now)

    grown()
    if job.state == "done":
        st.caption(plain(CAUTION))
        link("compare", "Set the scores beside the metrics", icon=":material/query_stats:")


def _curves(ctx: Context, now: list[RunStanding]) -> None:
    begun = [run for run in now if run.trace is not None and run.trace.losses]
    if not begun:
        st.caption("No step is done yet.")
        return
    points = [
        {"run": run.run.title, "member": run.run.member.name, "loss": what, "tokens": tokens, "value": value}
        for run in begun
        if run.trace is not None
        for what, series in (
            ("held out", run.trace.held_out),
            ("training", list(zip(run.trace.tokens, run.trace.losses, strict=True))),
        )
        for tokens, value in series
    ]
    data = pd.DataFrame(points)
    what = st.segmented_control(
        "Curve", ["held out", "training"], default="held out", required=True, key="train-curve",
        label_visibility="collapsed", persist_state="session",
        format_func=lambda name: {"held out": "Held-out loss", "training": "Training loss"}[name],
    )  # fmt: skip
    shown = data[data["loss"] == what]
    figure = loss_curves(shown, y_title=f"{what} loss a response token (lower is better)", mode=ctx.mode)
    show(figure, key="train-curves", data=data, name="losses")


def _table(now: list[RunStanding]) -> None:
    lines = []
    for run in now:
        trace, trained = run.trace, run.trained
        steps = f"{trace.step:,} of {run.steps:,}" if trace is not None else "waits"
        tokens = trace.tokens[-1] if trace is not None and trace.tokens else 0
        lines.append({
            "member": run.run.member.name,
            "seed": run.run.seed,
            "steps": "done" if trained is not None else steps,
            "training loss": trace.losses[-1] if trace is not None and trace.losses else None,
            "loss a token": trained.scores[ALL].nll if trained else None,
            "mean of sources": trained.scores[MACRO].nll if trained else None,
            "bits a byte": trained.scores[ALL].bits if trained else None,
            "epochs": trained.epochs if trained else None,
            "tokens a second": tokens / trace.seconds if trace is not None and trace.seconds else None,
        })  # fmt: skip
    formats = {
        "training loss": "%.3f", "loss a token": "%.4f", "mean of sources": "%.4f", "bits a byte": "%.4f",
        "epochs": "%.1f", "tokens a second": "%,.0f",
    }  # fmt: skip
    st.dataframe(
        pd.DataFrame(lines), hide_index=True, key="train-table", width="stretch",
        column_config={name: st.column_config.NumberColumn(name, format=shape) for name, shape in formats.items()},
    )  # fmt: skip
