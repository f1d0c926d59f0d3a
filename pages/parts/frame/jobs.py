"""Jobs on a page: start, watch and cancel them, and announce their end; closing the tab stops nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.counted import counted
from core.errors import WorkspaceError
from core.jobs import job_names, queue, supervisor
from core.jobs.queue import Job
from core.workbench.tasks.time_left import expected_seconds, seconds_left
from core.workspace.artefacts import Workspace
from pages.parts.frame import session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.plain_text import figure3, plain, rows

LIVE = ("queued", "running")
LISTEN = 2.0  # seconds between two checks for ended jobs
# What is ready while a job of this name runs: nothing named here waits for it.
MEANWHILE = {
    job_names.EMBED: "Meanwhile: Tokens shows the bands, Subsets chooses by tokens, length or at random.",
    job_names.CLUSTER: "Meanwhile: Tokens shows the bands, Subsets chooses by tokens, length or at random.",
    job_names.TAGS: "Meanwhile: Tokens and Subsets work; what reads tags follows when they are there.",
    job_names.MODEL_SCORES: "Meanwhile: every other page works; the scores become a column when they are done.",
    job_names.SELF_RATING: "Meanwhile: every other page works; the ratings become a column when they are done.",
    job_names.MODEL_VECTORS: "Meanwhile: every other page works; the vectors can be chosen when they are done.",
    job_names.PREPARE: "Meanwhile: strategies that need no preparation answer at once; rows can be read on Corpus.",
}
MEANWHILE_ANY = "Meanwhile: every other page works."


def start(
    workspace: Workspace, task: str, request: dict[str, Any], *, title: str, told: bool = True, again: bool = False,
    behind: bool = False,
) -> Job:  # fmt: skip
    """Queue the job (an identical one is joined) and make sure that a worker lives.

    The session announces its end on whichever page is open then, unless ``told`` is False, for jobs that the user did
    not start. With ``again`` a job that is done runs once more: for jobs that keep what succeeded and left something
    open. ``behind``: it gives way to whatever is queued later.
    """
    job = queue.submit(workspace, task, request, title=title, again=again, behind=behind)
    supervisor.ensure_worker(workspace)
    if told:
        _await(job)
    return job


def resume(workspace: Workspace, job: Job) -> None:
    """Resume a job that was interrupted, cancelled or failed."""
    _await(queue.retry(workspace, job.id))
    supervisor.ensure_worker(workspace)


def listen(workspace: Workspace) -> None:
    """Announce every awaited job that has ended, once, without a rerun of the page."""

    @st.fragment(run_every=LISTEN if session_keys.AWAITED.get(None) else None)
    def heard() -> None:
        with guarded():
            _tell(workspace)

    heard()


def _await(job: Job) -> None:
    awaited = session_keys.AWAITED.start([])
    if job.state in LIVE and job.id not in awaited:
        awaited.append(job.id)


def _tell(workspace: Workspace) -> None:
    awaited = session_keys.AWAITED.get([])
    for job_id in list(awaited):
        job = by_id(workspace, job_id)
        if job is not None and job.state in LIVE:
            continue
        awaited.remove(job_id)
        if job is not None and job.state == "done":
            st.toast(f"Done: **{plain(job.title)}**", icon=":material/check_circle:", duration="long")
        elif job is not None and job.state != "cancelled":  # a user who cancels a job knows that it ended
            said = f"Not finished: **{plain(job.title)}**. The Activity page says why."
            st.toast(said, icon=":material/error:", duration="long")


def lasting(seconds: float | None) -> str:
    """Seconds in words: "about 2 min"."""
    if seconds is None or seconds != seconds or seconds == float("inf"):
        return ""
    if seconds < 1.5:
        return "a moment left"
    if seconds < 90:
        return f"about {seconds:.0f} s left"
    if seconds < 5400:
        return f"about {seconds / 60:.0f} min left"
    return f"about {seconds / 3600:.1f} h left"


def takes_here(workspace: Workspace, task: str, request: Mapping[str, Any]) -> str:
    """How long a job that is not started yet will take, as a sentence: "It takes about 2 min here." """
    takes = lasting(expected_seconds(workspace, task, request)).removesuffix(" left")
    return f"It takes {takes} here." if takes else ""


def waiting_line(workspace: Workspace, job: Job, ahead: Sequence[Job]) -> str:
    """What a waiting job waits for, how long that still takes, and how long it takes itself, where that is known."""
    takes = lasting(seconds_left(workspace, job)).removesuffix(" left")
    if not ahead:
        return f"Starts in a moment, takes {takes}" if takes else "Starts in a moment"
    first, others = ahead[0], len(ahead) - 1
    left = lasting(seconds_left(workspace, first))
    more = f", then {counted(others, 'other job')}" if others else ""
    return f"Waits for {first.title}{f' ({left})' if left else ''}{more}{f'; then takes {takes}' if takes else ''}"


def progress_line(workspace: Workspace, job: Job, ahead: Sequence[Job] = ()) -> str:
    """One line on a job's progress: its step, its rate and the time left; ``ahead`` is what a waiting one waits for."""
    if job.state == "queued":
        return waiting_line(workspace, job, ahead)
    parts = [job.note or "Starting"]
    if job.total:
        parts.append(f"{rows(job.done)} of {rows(job.total)}")
    if job.rate:
        parts.append(f"{figure3(job.rate)} a second")
    left = lasting(seconds_left(workspace, job))
    return " · ".join([*parts, left] if left else parts)


def meanwhile(job: Job) -> str:
    """What a person can do while a job runs; "" for short work, which is done before one has read this."""
    said = MEANWHILE.get(job.task, MEANWHILE_ANY if job.lane == "long" else "")
    return f"{said} Closing the tab stops nothing." if said else ""


def follow(workspace: Workspace, job: Job, *, key: str, alone: bool = True) -> None:
    """Watch a live job in a fragment of its own; the whole page runs again once it has ended.

    ``alone`` says that the page has nothing else to show, so that it names what can be done meanwhile.
    """

    @st.fragment(run_every=1.0)
    def watch() -> None:
        with guarded():
            now = queue.job(workspace, job.id)
            if now.state in LIVE:
                supervisor.ensure_worker(workspace)
                share = min(1.0, now.done / now.total) if now.total else 0.0
                ahead = queue.ahead_of(workspace, now) if now.state == "queued" else []
                with st.container(horizontal=True, vertical_alignment="bottom"):  # keeps the width of the button
                    line = progress_line(workspace, now, ahead)
                    st.progress(share, text=f"**{plain(now.title)}** · {plain(line)}")
                    first_button(workspace, now, ahead, key=f"{key}.first")
                    pressed = st.button("Cancel", key=f"{key}.cancel", help="What is finished is kept.")
                if alone and (said := meanwhile(now)):
                    st.caption(plain(said))
                if pressed:
                    queue.cancel(workspace, now.id)
            else:
                st.rerun(scope="app")

    if job.state in LIVE:
        watch()
        return
    if job.state in ("failed", "interrupted", "cancelled"):
        says = {"failed": st.error, "interrupted": st.warning, "cancelled": st.info}[job.state]
        what = job.message or {"interrupted": "The work was interrupted.", "cancelled": "Cancelled."}.get(job.state, "")
        says(f"**{plain(job.title)}**: {plain(what)} {plain(job.remedy or '')}")
        if st.button("Resume", key=f"{key}.resume", help="Continues from what was finished."):
            resume(workspace, job)
            st.rerun()


def first_button(workspace: Workspace, job: Job, ahead: Sequence[Job], *, key: str) -> None:
    """The button that puts a waiting job before the others that wait; not drawn where none does."""
    others_wait = any(other.state == "queued" for other in ahead)
    if others_wait and st.button(
        "Do this first", key=key, help="Puts it before the other waiting jobs; what runs goes on."
    ):
        queue.do_first(workspace, job.id)


def latest(workspace: Workspace, task: str, request: dict[str, Any]) -> Job | None:
    """The newest job for exactly this request, or None."""
    return queue.latest(workspace, task, request)


def by_id(workspace: Workspace, job_id: str) -> Job | None:
    """The job, or None when it is gone."""
    try:
        return queue.job(workspace, job_id)
    except WorkspaceError:
        return None
