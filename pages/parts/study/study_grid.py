"""How the cells of a study stand: a line for each strategy, component, size and seed, a column for each level."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.counted import counted
from core.evidence.grouping import USUAL
from core.jobs.record import Job
from core.workbench.studies.study import RANDOM, Study
from core.workbench.studies.study_run import Standing, standings
from core.workbench.subsets import Subset, percent
from pages.parts.frame import address, session_keys
from pages.parts.frame.links import link, turn_to
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

MARKS = {"saved": "●", "to build": "○", "cannot be built": "×"}


def study_grid(ctx: Context, study: Study, job: Job | None) -> list[Subset]:
    """Draw the grid, what cannot be built and why, and where the saved subsets are found; gives these."""
    troubles = dict((job.result or {}).get("troubles", {})) if job is not None else {}
    now = standings(ctx.workspace, study, troubles=troubles)
    saved = sum(standing.subset is not None for standing in now)
    st.caption(
        f"{saved:,} of {counted(len(now), 'subset')} saved. {MARKS['saved']} saved · {MARKS['to build']} to build · "
        f"{MARKS['cannot be built']} cannot be built. Random has no levels: its draws are counted."
    )
    st.dataframe(_table(study, now), hide_index=True, key="study-grid", width="stretch")
    reasons: dict[str, list[str]] = {}
    for standing in now:
        if standing.trouble:
            reasons.setdefault(standing.trouble, []).append(study.name_of(standing.cell))
    for reason, names in reasons.items():
        st.warning(plain(f"{counted(len(names), 'subset')} cannot be built: {reason} The first: {names[0]}."))
    if saved:
        with st.container(horizontal=True, vertical_alignment="center"):
            link("subsets", "Open or export them: Saved, on Subsets", icon=":material/inventory_2:")
            link(
                "compare", "Measure and compare them, as one family", icon=":material/query_stats:",
                query={address.COMPARE_GROUP: ",".join((*USUAL, "study"))},
            )  # fmt: skip
            if st.button(
                "Train a small model on each", key="study-train", type="tertiary", icon=":material/model_training:"
            ):
                session_keys.TRAIN_MEMBERS.set([f"study {study.name}"])
                turn_to("train")
    return [standing.subset for standing in now if standing.subset]


def _table(study: Study, now: list[Standing]) -> pd.DataFrame:
    lines: dict[tuple[str, str, str, int, str], dict[str, str]] = {}
    draws: dict[tuple[str, str, str, int, str], list[bool]] = {}
    for standing in now:
        cell = standing.cell
        random = cell.strategy == RANDOM
        component, seed = ("", "") if random else (cell.component, str(cell.seed))
        line = (cell.strategy, cell.differs, component, cell.size, seed)
        if random:
            draws.setdefault(line, []).append(standing.subset is not None)
        else:
            lines.setdefault(line, {})[percent(cell.position)] = MARKS[standing.state]
    head = ("strategy", "settings", "component", study.unit, "seed")
    records = [
        {**dict(zip(head, line, strict=True)), "saved": f"{sum(marks)} of {len(marks)} draws"}
        for line, marks in draws.items()
    ]
    for line, marks in lines.items():
        done = sum(mark == MARKS["saved"] for mark in marks.values())
        records.append({**dict(zip(head, line, strict=True)), "saved": f"{done} of {len(marks)}", **marks})
    table = pd.DataFrame(records).fillna("")
    return table if study.sets else table.drop(columns="settings")
