"""The state of the Compare page: saved subsets, their readings, the ledger, and readings joined with scores."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd
import streamlit as st

from core.counted import counted
from core.evidence import ledger as ledgers
from core.evidence import uncertainty
from core.evidence.examples import Example, example_ledger
from core.evidence.grouping import Grouped, Grouping, grouped
from core.evidence.ledger import Ledger
from core.evidence.observations import Observations, observe, without_undirected
from core.jobs import job_names
from core.jobs.record import Job
from core.metrics.registry import instant_names, metric, names_shown_by_default
from core.workbench.inspections import comparison, evidence
from core.workbench.inspections.evidence import Evidence, fingerprint
from core.workbench.subsets import list_subsets
from core.workspace.digests import digest
from pages.parts.frame import jobs, session
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain


@dataclass(frozen=True, eq=False, kw_only=True)
class State(Evidence):
    """The evidence as the page uses it. ``fingerprint`` names everything that it depends on, for caches."""

    ctx: Context
    fingerprint: str
    grouping: Grouping = field(default_factory=Grouping)

    @property
    def view_key(self) -> str:
        """Names what a view depends on: the evidence, the chosen score and the grouping."""
        return digest([self.fingerprint, asdict(self.grouping)])

    @property
    def grouped(self) -> Grouped:
        """The observations of ``frame`` with the score that was chosen, and the columns to group them by."""
        return _grouped(self.view_key, self.frame, self.grouping)

    @property
    def on_scale(self) -> Grouped:
        """The same of the observations that have a position on a scale, ``levelled``."""
        return _grouped(f"{self.view_key}-levelled", self.levelled, self.grouping)

    @property
    def scored(self) -> Grouped:
        """The same of every score with a direction, also of datasets without a metric."""
        return _grouped(f"{self.view_key}-scored", without_undirected(self.seen.frame), self.grouping)

    def statistics(self) -> pd.DataFrame | None:
        """The statistics with intervals, if the job has computed them for exactly these observations."""
        return uncertainty.load(self.workspace, observations_key(self))


def load(ctx: Context, example: Example | None = None) -> State:
    """Load everything, or what the ``example`` holds; the ledger and the join are cached until something is added."""
    subsets = [] if example else list_subsets(ctx.workspace)
    readings = comparison.readings_table(ctx.workspace, subsets)
    named = example.fingerprint if example else fingerprint(ctx.workspace, readings)
    ledger, seen = _joined(str(ctx.workspace.home), named, readings, example)
    return State(
        workspace=ctx.workspace, subsets=subsets, readings=readings, ledger=ledger, seen=seen, ctx=ctx,
        fingerprint=named, example=example,
    )  # fmt: skip


@st.cache_resource(max_entries=4, show_spinner="Reading the scores …")
def _joined(
    home: str, fingerprint: str, _readings: pd.DataFrame, _example: Example | None
) -> tuple[Ledger, Observations]:
    workspace = session.workspace()
    ledger = example_ledger(workspace, _example) if _example else ledgers.read(workspace)
    return ledger, observe(readings=_readings, scores=ledger.scores(), logged=ledger.subsets())


@st.cache_resource(max_entries=8, show_spinner=False)
def _grouped(view_key: str, _frame: pd.DataFrame, _grouping: Grouping) -> Grouped:
    return grouped(_frame, _grouping)


@st.cache_resource(max_entries=8, show_spinner=False)
def _stashed(home: str, view_key: str, _state: State) -> str:
    return evidence.observations_key(_state, _state.grouped)


def observations_key(state: State) -> str:
    """Store the observations; returns the key under which a job finds them."""
    return _stashed(str(state.workspace.home), state.view_key, state)


def measure_missing(state: State) -> None:
    """Start the job that measures the instant metrics of saved subsets that were never measured.

    If the job left something open, a button starts it again: without the button it runs once in a given situation.
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
    """Draw a button for the default metrics that take longer, and their progress."""
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
    """The request of the job that measures ``names`` on every saved subset; None if all are measured."""
    lacking = comparison.missing(state.workspace, state.subsets, names)
    if not lacking:
        return None
    asked = {*lacking}
    situation = comparison.situation(state.workspace, [subset for subset in state.subsets if subset.key in asked])
    return {"subsets": lacking, "metrics": names, "situation": situation}


def _failures(state: State, names: list[str], job: Job | None) -> None:
    """Draw what went wrong when these metrics were measured last."""
    refused = (job.result or {}).get("failed", {}) if job else {}
    for line in [*comparison.failures(state.workspace, state.subsets, names), *dict.fromkeys(refused.values())]:
        st.caption(plain(line))
