"""The job of the Measure page: the choice of metrics, the button that starts it, and its progress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.counted import counted
from core.jobs import job_names, queue
from core.jobs.record import Job
from core.metrics.registry import metric, slow_names
from core.workbench.measuring import UNITS, MeasuringSetting
from core.workbench.row_source import RowSource
from pages.parts.frame import jobs
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import rows


def measuring(
    ctx: Context,
    things: Sequence[RowSource],
    setting: MeasuringSetting,
    *,
    lacking: Sequence[str],
    unbanded: Sequence[str] = (),
    equal: bool = False,
) -> None:
    """Draw the offer to measure what is missing, or the progress of the job that does."""
    base = {
        "things": [thing.as_dict() for thing in things],
        **{name: getattr(setting, name) for name in MeasuringSetting.__dataclass_fields__},
    }
    live = [job for job in queue.jobs(ctx.workspace) if job.live and _about(job, base)]
    if live:
        jobs.follow(ctx.workspace, live[0], key="measure-follow")
        return
    left, right = st.columns([1, 2.2], vertical_alignment="center")
    with right.popover(f"Which of the {len(slow_names())} longer ones", icon=":material/checklist:"):
        wanted = st.multiselect(
            "Measured by a job",
            slow_names(),
            default=[name for name in slow_names() if not metric(name).costly],
            format_func=lambda name: metric(name).title,
            key="measure-wanted",
            persist_state="session",
        )
        with_bands = st.toggle(
            "With random bands",
            value=True,
            key="measure-bands",
            persist_state="session",
            help="Each is measured on 20 random subsets of as many rows, and 20 of as many tokens.",
        )
    missing = [name for name in wanted if name in lacking or (with_bands and name in unbanded)]
    if not missing:
        left.caption("Everything chosen is measured.")
        return
    request = {**base, "metrics": wanted, "bands": list(UNITS) if with_bands else [], "equal": equal}
    last = jobs.latest(ctx.workspace, job_names.MEASURE_SOURCES, request)
    if last is not None and last.state in ("failed", "interrupted", "cancelled"):
        jobs.follow(ctx.workspace, last, key="measure-last")
    elif left.button(
        f"Measure {rows(len(missing))} more", type="primary", key="measure-start", icon=":material/play_arrow:",
        help=jobs.takes_here(ctx.workspace, job_names.MEASURE_SOURCES, {**request, "metrics": missing}) or None,
    ):  # fmt: skip
        title = f"Measure {counted(len(wanted), 'metric')}"
        jobs.start(ctx.workspace, job_names.MEASURE_SOURCES, request, title=title, again=True)
        st.rerun()


def _about(job: Job, base: dict[str, Any]) -> bool:
    return job.task == job_names.MEASURE_SOURCES and all(job.request.get(name) == value for name, value in base.items())
