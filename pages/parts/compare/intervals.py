"""The job behind the Compare page's intervals: its button, its progress, or why there are none."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evidence.independence import CLAIM_FROM, SERIES_FROM
from core.jobs import job_names
from pages.parts.compare import state as compare_state
from pages.parts.compare.state import State
from pages.parts.frame import jobs
from pages.parts.frame.plain_text import plain

WORK = "Intervals, p and leave-one-out of every metric and group."


def intervals(state: State, table: pd.DataFrame) -> pd.DataFrame | None:
    """The table with intervals if the job is done; else draw a button, or the job's progress, and return None."""
    done = state.statistics()
    if done is not None:
        return done
    if not table["claim"].any():
        st.caption(
            f"Intervals and p need {CLAIM_FROM} scored subsets of {SERIES_FROM} independent series in one group. "
            + plain(_most_common(table["note"]))
        )
        return None
    request = {"observations": compare_state.observations_key(state)}
    job = jobs.latest(state.workspace, job_names.UNCERTAINTY, request)
    if job is not None and job.state != "done":
        jobs.follow(state.workspace, job, key="statistics")
    elif st.button("Compute intervals", type="primary", key="statistics-start", help=WORK):
        # ``again``, because a done job of an older version has intervals that are no longer read.
        jobs.start(state.workspace, job_names.UNCERTAINTY, request, title="Intervals of the correlations", again=True)
        st.rerun()
    return None


def _most_common(notes: pd.Series) -> str:
    said = notes[notes.astype(str) != ""]
    return "" if said.empty else str(said.mode().iloc[0])
