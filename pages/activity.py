"""The Activity page: running and ended jobs, disk use, and the trash."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from core.counted import counted
from core.jobs import queue, supervisor
from core.jobs.job_names import LANES
from core.jobs.lease import holder
from core.jobs.record import Job
from core.shards.engine import described
from core.workspace import trash
from core.workspace.artefacts import Workspace
from pages.parts.frame.guard import guarded
from pages.parts.frame.jobs import first_button, progress_line, resume, waiting_line
from pages.parts.frame.page import open_page
from pages.parts.frame.plain_text import plain, rows
from pages.parts.frame.told import tell_after_rerun

SHOWN = 12  # ended jobs that are listed before "show all"
SILENT = 60.0  # seconds without a heartbeat after which the page says so
LOG_TAIL = 6_000  # characters of a log shown on the page; the download has all of it
KINDS = {
    "corpora": "Corpora",
    "features": "Features (tokens, embeddings, clusters)",
    "plans": "Prepared strategies",
    "bases": "Small decoders",
    "models": "Models from GGUF files",
    "trained": "Trained models",
    "subsets": "Saved subsets",
    "studies": "Studies",
    "prompts": "Prompt sets",
    "benchmarks": "Benchmarks",
    "answers": "Answers of models",
    "judgements": "Judgements",
    "ledger": "Runs and scores",
    "jobs": "Jobs and their logs",
    "values": "Computed values",
    "passports": "Passports of thresholds",
    "verdicts": "Verdicts of judges",
    "cluster-names": "Names that models gave clusters",
    "downloads": "Downloads from the hub",
    "uploads": "Uploads that wait to be read",
    "resumable": "Work that can be resumed",
    "trash": "Trash",
    "cache": "Cache (rebuilt when deleted)",
    "unfinished": "Unfinished work",
    "other": "Everything else (names, locks, other files)",
}
ENDED = {
    "done": ":green-badge[:material/check: Done]",
    "failed": ":red-badge[:material/error: Failed]",
    "cancelled": ":gray-badge[:material/cancel: Cancelled]",
    "interrupted": ":orange-badge[:material/power_off: Interrupted]",
}


def size(count: float) -> str:
    """Bytes in a readable unit, with three significant digits."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def lasted(seconds: float) -> str:
    """A duration in words: "4.2 s", "3 min", "1.5 h"."""
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def ago(then: float) -> str:
    """How long ago a time (in seconds since 1970) was, in words."""
    passed = max(0.0, time.time() - then)
    return "just now" if passed < 5 else f"{lasted(passed)} ago"


def worker_line(workspace: Workspace) -> str:
    """Who computes here."""
    said = []
    for lane in LANES:
        living = holder(workspace, lane)
        if living is not None:
            where = "" if living.here else f" on {living.host}"
            said.append(f"for {lane} work process {living.pid}{where}, started {ago(living.started)}")
    if not said:
        return "The workers sleep; they start with the next job."
    return f"Warm: {'; '.join(said)}. Short work does not wait behind long work."


def live_part(workspace: Workspace, shown: list[str]) -> None:
    """Draw the running and waiting jobs; the whole page runs again when they change."""
    live = [job for job in queue.jobs(workspace) if job.live]
    if [job.id for job in live] != shown:
        st.rerun(scope="app")
    if any(job.state == "queued" for job in live):
        supervisor.ensure_worker(workspace)
    for job in live:
        ahead = queue.ahead_of(workspace, job) if job.state == "queued" else []
        with st.container(border=True):
            left, right = st.columns([6, 1.4], vertical_alignment="center")
            share = min(1.0, job.done / job.total) if job.total else 0.0
            left.progress(share, text=f"**{plain(job.title)}** · {plain(live_line(workspace, job, ahead))}")
            label = "Stop now" if job.cancelling else "Cancel"
            help_text = (
                "The job has not reacted yet. This stops its worker; what is finished is kept."
                if job.cancelling
                else "Stops at the next step; what is finished is kept."
            )
            first_button(workspace, job, ahead, key=f"first.{job.id}")
            if right.button(label, key=f"cancel.{job.id}", width="stretch", help=help_text):
                queue.cancel(workspace, job.id, hard=job.cancelling)
                st.rerun(scope="fragment")
    if not live:
        st.text("Nothing is being computed. Work that you start on the other pages appears here.")
    st.caption(plain(f"{worker_line(workspace)} {described()}"))


def live_line(workspace: Workspace, job: Job, ahead: list[Job]) -> str:
    """The state of a live job in words."""
    if job.cancelling:
        return "Stopping at the next step"
    if job.state == "queued":
        return waiting_line(workspace, job, ahead)
    said = [progress_line(workspace, job), f"for {lasted(job.seconds)}"]
    if job.silent_for > SILENT:
        said.append(f"no heartbeat for {lasted(job.silent_for)} (busy in one long step, or stuck)")
    return " · ".join(said)


def ended_part(workspace: Workspace, ended: list[Job]) -> None:
    """Draw the ended jobs: the outcome, the log, and a button to resume each."""
    left, right = st.columns([5, 1.4], vertical_alignment="center")
    left.subheader("Ended", anchor=False)
    if not ended:
        st.text("No job has ended yet.")
        return
    if right.button("Clear the list", width="stretch", help="Removes records and logs; what was computed stays."):
        for job in ended:
            queue.forget(workspace, job.id)
        st.rerun()
    everything = len(ended) <= SHOWN or st.toggle(f"Show all {rows(len(ended))}", key="jobs-all")
    for job in ended if everything else ended[:SHOWN]:
        with st.container(border=True, key=f"ended-{job.id}"):
            left, right = st.columns([5, 2], vertical_alignment="center")
            left.markdown(f"{ENDED[job.state]} **{plain(job.title)}**")
            said = [f"took {lasted(job.seconds)}"] if job.started_at and job.ended_at else []
            said += [ago(job.ended_at)] if job.ended_at else []
            said += [f"attempt {job.attempt}"] if job.attempt > 1 else []
            if said:
                left.caption(plain(" · ".join(said)))
            if job.message and job.state != "done":
                left.text(f"{job.message} {job.remedy}".strip())
            with right.container(horizontal=True, horizontal_alignment="right", gap="small"):
                ended_buttons(workspace, job)


def ended_buttons(workspace: Workspace, job: Job) -> None:
    """Log, resume, remove."""
    if job.log_path.exists():
        log_button(job)
    if job.state != "done" and st.button("Resume", key=f"resume.{job.id}", help="Continues from what was finished."):
        resume(workspace, job)
        st.rerun()
    if st.button("", icon=":material/close:", key=f"forget.{job.id}", help="Remove from the list", type="tertiary"):
        queue.forget(workspace, job.id)
        st.rerun()


def log_button(job: Job) -> None:
    """Draw the end of a job's log in a popover, with a download of all of it."""
    with st.popover("", icon=":material/description:", type="tertiary", help="The log of this job"):
        text = job.log_path.read_text(encoding="utf-8", errors="replace")
        st.code(text[-LOG_TAIL:] or " ", language=None, wrap_lines=True)
        st.download_button(
            "Download the log",
            data=text,
            file_name=f"{job.id}.log.txt",
            mime="text/plain",
            key=f"log.{job.id}",
            on_click="ignore",
        )


def disk_part(workspace: Workspace) -> None:
    """Draw the disk space that each kind of item takes."""
    st.subheader("Disk", anchor=False)
    uses = [use for use in trash.disk_use(workspace) if use.size or use.count]
    total = sum(use.size for use in uses)
    free = shutil.disk_usage(workspace.home).free
    st.text(f"{size(total)} in {workspace.home}; {size(free)} free on its disk.")
    if uses:
        table = pd.DataFrame(
            {
                "what": [KINDS[use.kind] for use in uses],
                "items": [rows(use.count) if use.count else "" for use in uses],
                "size": [size(use.size) for use in uses],
            }
        )
        st.dataframe(table, hide_index=True, width="stretch")
    for use in uses:
        if use.unreadable:
            what = KINDS[use.kind].lower()
            st.warning(
                f"{rows(use.unreadable)} of the {what} cannot be read: written by a newer Diverscope, or damaged. "
                "Update Diverscope to see them; nothing was changed in them."
            )
    abandoned = trash.unfinished(workspace)
    if abandoned and st.button(
        "Remove unfinished work",
        help="Removes what killed jobs left half-written more than a day ago. Finished parts stay.",
    ):
        tell_after_rerun(f"{size(trash.sweep(workspace))} freed.")
        st.rerun()


def trash_part(workspace: Workspace) -> None:
    """Draw the trash: each deletion can be restored or removed for good."""
    deletions = trash.deletions(workspace)
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.subheader("Trash", anchor=False)
    if not deletions:
        st.text("Nothing deleted. What you delete waits here until you empty the trash.")
        return
    with right.popover("Empty the trash", width="stretch"):
        st.text(f"{size(sum(deletion.size for deletion in deletions))} will be gone for good.")
        confirmed(partial(trash.empty, workspace), key="empty")
    for deletion in deletions:
        with st.container(border=True, key=f"deletion-{deletion.stamp}"):
            first, others = deletion.items[0], len(deletion.items) - 1
            for item in deletion.items:
                first = item if item.kind in ("corpora", "subsets") else first
            columns = st.columns([5, 1.8, 1], vertical_alignment="center")
            columns[0].text(f"{KINDS[first.kind].split(' (')[0]}: {first.name or first.key}")
            said = [size(deletion.size), ago(deletion.at.timestamp())]
            said += [f"with {counted(others, 'thing')} computed from it"] if others else []
            columns[0].caption(plain(" · ".join(said)))
            if columns[1].button("Restore", key=f"restore.{deletion.stamp}", width="stretch"):
                kept = trash.restore(workspace, deletion.stamp)
                tell_after_rerun(
                    f"{rows(len(kept))} stayed in the trash: there again already." if kept else "Restored."
                )
                st.rerun()
            with columns[2].popover("", icon=":material/delete_forever:", help="Remove for good"):
                st.text(f"{size(deletion.size)} will be gone for good.")
                confirmed(partial(trash.empty, workspace, deletion.stamp), key=f"purge.{deletion.stamp}")


def confirmed(remove: Callable[[], int], *, key: str) -> None:
    """Draw the button that confirms removing for good, and do it when it is pressed."""
    if st.button("Remove for good", type="primary", key=key):
        tell_after_rerun(f"{size(remove())} freed.")
        st.rerun()


ctx = open_page("activity", needs_corpus=False, strip=False)
with guarded():
    now = queue.jobs(ctx.workspace)
    live_ids = [job.id for job in now if job.live]
    work, keep = st.columns([5, 3], gap="medium")
    with work:
        st.subheader("In progress", anchor=False)

        @st.fragment(run_every=1.0 if live_ids else 3.0)
        def watch() -> None:
            """Draw the live part again about every second."""
            with guarded():
                live_part(ctx.workspace, live_ids)

        watch()
        over = sorted((job for job in now if not job.live), key=lambda job: -(job.ended_at or job.queued_at))
        ended_part(ctx.workspace, over)
    with keep:
        disk_part(ctx.workspace)
        trash_part(ctx.workspace)
