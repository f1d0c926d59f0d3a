"""What the Compare page knows on one run: saved subsets, their readings, the ledger, and the two joined."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.counted import counted
from core.evidence import ledger as ledgers
from core.evidence import uncertainty
from core.evidence.aggregation import mean_z_score
from core.evidence.ledger import Ledger
from core.evidence.matching import Known
from core.evidence.observations import Observations, observe, without_undirected
from core.jobs import job_names
from core.workbench.inspections import comparison
from core.workbench.readings import instant_names
from core.workbench.subsets import Subset, list_subsets
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest
from pages.parts.frame import jobs, session
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import rows

SLOW = ("nr", "cr", "bl")


@dataclass(frozen=True, eq=False)
class State:
    """``frame`` holds the directed observations of measured datasets; ``directions`` those of the metrics."""

    ctx: Context
    subsets: list[Subset]
    readings: pd.DataFrame
    ledger: Ledger
    seen: Observations
    fingerprint: str

    @property
    def workspace(self) -> Workspace:
        return self.ctx.workspace

    @property
    def frame(self) -> pd.DataFrame:
        directed = without_undirected(self.seen.frame)
        return directed[directed[list(self.seen.metrics)].notna().any(axis=1)].reset_index(drop=True)

    @property
    def levelled(self) -> pd.DataFrame:
        """The directed observations that have a position on a scale, measured or not."""
        return without_undirected(self.seen.frame).dropna(subset=["level"]).reset_index(drop=True)

    @property
    def notes(self) -> list[str]:
        """How many scores the views leave out, and why."""
        unmeasured = len(without_undirected(self.seen.frame)) - len(self.frame)
        said = [f"{rows(unmeasured)} of them are of datasets without any metric"] if unmeasured else []
        return [*said, *self.seen.left_out]

    @property
    def metrics(self) -> list[str]:
        """Metrics that vary over the scored subsets, those of the responses first."""
        frame = self.frame
        varying = [name for name in self.seen.metrics if frame[name].max() > frame[name].min()]
        return sorted(
            varying, key=lambda name: (not name.startswith("response.ie"), not name.startswith("response"), name)
        )

    @property
    def directions(self) -> dict[str, int]:
        return comparison.directions(self.seen.metrics)

    @property
    def known(self) -> list[Known]:
        """Every name of a dataset that a score can belong to, ours first; two names may mean the same rows."""
        found: dict[tuple[str, str], Known] = {}
        for table in (self.readings, self.ledger.subsets()):
            for row in table[["name", "subset", "size", "component"]].to_dict("records"):
                name, size = str(row["name"]), row["size"]
                held = Known(
                    name=name, digest=str(row["subset"]), size=int(size) if pd.notna(size) else None,
                    component=str(row["component"] or ""),
                )  # fmt: skip
                found.setdefault((held.name, held.digest), held)
        return list(found.values())

    @property
    def choices(self) -> dict[str, str]:
        """The names as a selector offers them, each with its digest; a name that several datasets have says which."""
        known = self.known
        common = Counter(each.name for each in known)
        return {
            each.name if common[each.name] == 1 else f"{each.name} · {each.digest[:6]}": each.digest for each in known
        }

    def statistics(self) -> pd.DataFrame | None:
        """Intervals and the rest, where the job has been through these very observations."""
        return uncertainty.load(self.workspace, observations_key(self))


def load(ctx: Context) -> State:
    """Everything at once; the ledger and the join are held as long as nothing was added."""
    subsets = list_subsets(ctx.workspace)
    readings = comparison.readings_table(ctx.workspace, subsets)
    keys = tuple(ctx.workspace.keys(ledgers.KIND))
    fingerprint = digest([list(keys), readings.astype(object).where(readings.notna(), None).to_dict("records")])
    ledger, seen = _joined(str(ctx.workspace.home), fingerprint, readings)
    return State(ctx, subsets, readings, ledger, seen, fingerprint)


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
    """Saved subsets that were never measured are measured by a job, the instant metrics unasked."""
    quick = instant_names()
    lacking = comparison.missing(state.workspace, state.subsets, quick)
    if lacking:
        request = {"subsets": lacking, "metrics": quick}
        title = f"Measure {counted(len(lacking), 'subset')}"
        job = jobs.latest(state.workspace, job_names.MEASURE_SUBSETS, request)
        if job is None or job.state == "done":
            job = jobs.start(state.workspace, job_names.MEASURE_SUBSETS, request, title=title, told=False)
        jobs.follow(state.workspace, job, key="measure-quick")


def measure_more(state: State) -> None:
    """A button for the metrics that take longer, and their progress."""
    wanted = list(SLOW)
    lacking = comparison.missing(state.workspace, state.subsets, wanted)
    if not lacking:
        return
    request = {"subsets": lacking, "metrics": wanted}
    job = jobs.latest(state.workspace, job_names.MEASURE_SUBSETS, request)
    if job is not None and job.state != "done":
        jobs.follow(state.workspace, job, key="measure-slow")
    elif st.button(
        f"Measure n-gram, compression and Self-BLEU on {counted(len(lacking), 'subset')}", key="measure-more"
    ):
        jobs.start(state.workspace, job_names.MEASURE_SUBSETS, request, title="Measure lexical metrics")
        st.rerun()
