"""What the Compare page knows on one run: saved subsets, their readings, the ledger, and the two joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.counted import counted
from core.evidence import ledger as ledgers
from core.evidence import uncertainty
from core.evidence.aggregation import mean_z_score
from core.evidence.ledger import Ledger
from core.evidence.observations import Observations, observe
from core.jobs import job_names
from core.jobs.record import Job
from core.metrics.registry import instant_names, metric, names_shown_by_default
from core.workbench.inspections import comparison
from core.workbench.inspections.evidence import Evidence, fingerprint
from core.workbench.subsets import list_subsets
from pages.parts.frame import jobs, session
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain


@dataclass(frozen=True, eq=False, kw_only=True)
class State(Evidence):
    """The evidence through one page. ``fingerprint`` names all that it depends on, for caches."""

    ctx: Context
    fingerprint: str

    def statistics(self) -> pd.DataFrame | None:
        """Intervals and the rest, where the job has been through these very observations."""
        return uncertainty.load(self.workspace, observations_key(self))


def load(ctx: Context) -> State:
    """Everything at once; the ledger and the join are held as long as nothing was added."""
    subsets = list_subsets(ctx.workspace)
    readings = comparison.readings_table(ctx.workspace, subsets)
    named = fingerprint(ctx.workspace, readings)
    ledger, seen = _joined(str(ctx.workspace.home), named, readings)
    return State(
        workspace=ctx.workspace, subsets=subsets, readings=readings, ledger=ledger, seen=seen, ctx=ctx,
        fingerprint=named,
    )  # fmt: skip


@st.cache_resource(max_entries=4, show_spinner=False)
def _joined(home: str, fingerprint: str, _readings: pd.DataFrame) -> tuple[Ledger, Observations]:
    ledger = ledgers.read(session.workspace())
    return ledger, observe(readings=_readings, scores=ledger.scores(), logged=ledger.subsets())


@st.cache_resource(max_entries=4, show_spinner=False)
def _z_scores(fingerprint: str, _frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    return mean_z_score(_frame)


def z_scores(state: State) -> tuple[pd.DataFrame, list[str]]:
    """All benchmarks as one score, and what was left out."""
    return _z_scores(state.fingerprint, state.frame)


@st.cache_resource(max_entries=4, show_spinner=False)
def _stashed(home: str, fingerprint: str, _state: State) -> str:
    return uncertainty.stash(_state.workspace, _state.frame, _state.metrics)


def observations_key(state: State) -> str:
    """The key under which a job finds these observations."""
    return _stashed(str(state.workspace.home), state.fingerprint, state)


def measure_missing(state: State) -> None:
    """Saved subsets that were never measured are measured by a job, the instant metrics unasked.

    Where the job left something open, a button does it again: unasked work is done once in one situation.
    """
    quick = instant_names()
    request = _request(state, quick)
    if request is None:
        return
    job = jobs.latest(state.workspace, job_names.MEASURE_SUBSETS, request)
    title = f"Measure {counted(len(request['subsets']), 'subset')}"
    if job is None:
        job = jobs.start(state.workspace, job_names.MEASURE_SUBSETS, request, title=title, told=False)
    if job.state != "done":
        jobs.follow(state.workspace, job, key="measure-quick")
        return
    _failures(state, quick, job)
    if st.button(f"{title} again", key="measure-again"):
        jobs.start(state.workspace, job_names.MEASURE_SUBSETS, request, title=title, again=True)
        st.rerun()


def measure_more(state: State) -> None:
    """A button for the metrics that every subset is shown with but that take longer, and their progress."""
    slow = [name for name in names_shown_by_default() if not metric(name).instant]
    request = _request(state, slow)
    if request is None:
        return
    job = jobs.latest(state.workspace, job_names.MEASURE_SUBSETS, request)
    if job is not None and job.state != "done":
        jobs.follow(state.workspace, job, key="compare-measure-slow")
        return
    _failures(state, slow, job)
    titles = ", ".join(metric(name).title for name in slow)
    if st.button(f"Measure {titles} on {counted(len(request['subsets']), 'subset')}", key="measure-more"):
        title = f"Measure {counted(len(slow), 'metric')}"
        jobs.start(state.workspace, job_names.MEASURE_SUBSETS, request, title=title, again=True)
        st.rerun()


def _request(state: State, names: list[str]) -> dict[str, Any] | None:
    """What a job is asked for so that every saved subset is measured by ``names``; None where all are."""
    lacking = comparison.missing(state.workspace, state.subsets, names)
    if not lacking:
        return None
    situation = comparison.situation(state.workspace, [subset for subset in state.subsets if subset.key in lacking])
    return {"subsets": lacking, "metrics": names, "situation": situation}


def _failures(state: State, names: list[str], job: Job | None) -> None:
    """What went wrong when these metrics were measured last."""
    refused = (job.result or {}).get("failed", {}) if job else {}
    for line in [*comparison.failures(state.workspace, state.subsets, names), *dict.fromkeys(refused.values())]:
        st.caption(plain(line))
