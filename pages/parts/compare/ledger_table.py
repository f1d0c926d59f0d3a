"""The ledger as tables: batches with undo, scores without a subset, and downloads of everything."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.counted import counted, spoken_unit
from core.evidence import ledger as ledgers
from core.evidence.entries import Match
from core.evidence.report import csv_archive
from core.export.report import csv_bytes
from core.workbench.inspections.evidence_report import evidence_report, evidence_tables
from pages.parts.compare import tables as compare_tables
from pages.parts.compare.nothing_yet import log_button
from pages.parts.compare.state import State
from pages.parts.frame.plain_text import moment, rows

SCORE_FIRST = ("label", "benchmark", "measure", "value", "unit", "model", "seed", "judge", "baseline")


def ledger(state: State) -> None:
    """Draw the batches with undo, unmatched scores, the scores, the datasets, and the downloads."""
    scores = state.ledger.scores()
    if scores.empty:
        _invite(state)
    if len(scores) or state.subsets or state.ledger.batches:
        _downloads(state)
    if len(scores):
        _unmatched(state)
        st.markdown(f"**{counted(len(scores), 'score')}**")
        no_proxy = () if scores["proxy"].any() else ("proxy",)
        compare_tables.table(
            scores.assign(unit=scores["unit"].map(spoken_unit)),
            key="ledger-scores",
            drop=("batch", "key", *no_proxy),
            first=SCORE_FIRST,
            as_logged=("value", "stderr"),
        )
    tables = [table for table in (state.readings.drop(columns=["key"]), state.ledger.subsets().drop(columns=["batch"]))
              if len(table)]  # fmt: skip
    if tables:
        st.markdown("**Saved subsets and logged datasets**")
        compare_tables.table(pd.concat(tables, ignore_index=True), key="ledger-subsets", first=("name",))
    if state.ledger.batches:
        st.markdown("**What was logged when**")
    for batch in reversed(state.ledger.batches[-50:]):
        left, right = st.columns([6, 1], vertical_alignment="center")
        struck = "" if batch.live else " · taken back"
        left.text(f"{moment(batch.made_at)} · {batch.title} · {counted(batch.entries, 'entry', 'entries')}{struck}")
        if batch.live and right.button("Undo", key=f"undo-{batch.key}", width="stretch"):
            ledgers.undo(state.workspace, batch.key)
            st.rerun()


def _invite(state: State) -> None:
    """Draw what the ledger is for and how to log its first score."""
    with st.container(border=True):
        st.markdown("**No score is logged yet**")
        ready = len({subset.digest for subset in state.subsets})
        st.text(
            "Train on a subset, score the model, and log the score here: then this page shows whether a metric goes "
            "with it. "
            + (f"{counted(ready, 'different saved subset')} can be scored. " if ready else "")
            + "Every score keeps the file and field it came from, and every step can be taken back."
        )
        st.text("Drop the files your trainer and your benchmarks left, name their folder, or type the scores in.")
        log_button(key="ledger-invite")


def _unmatched(state: State) -> None:
    lost = state.ledger.unmatched(subset.digest for subset in state.subsets)
    if lost.empty:
        return
    with st.container(border=True):
        many = "scores have" if len(lost) > 1 else "score has"
        st.text(f"{rows(len(lost))} {many} no subset here. Unmatched scores stay in the ledger.")
        labels = list(dict.fromkeys(lost.loc[lost["why"] != "the subset is gone", "label"]))
        st.dataframe(lost[["label", "why", "benchmark", "measure", "value", "file"]], hide_index=True, width="stretch",
                     key="unmatched")  # fmt: skip
        choices = state.choices
        if labels and choices:
            left, middle, right = st.columns([3, 3, 1], vertical_alignment="bottom")
            label = left.selectbox("Name in the ledger", labels, key="match-label")
            name = str(middle.selectbox("is", list(choices), key="match-subset"))
            if right.button("Match", key="match-now", width="stretch"):
                match = Match(label=str(label), subset=choices[name])
                ledgers.append(state.workspace, [match], title=f"{label} is {name}")
                st.rerun()


def _downloads(state: State) -> None:
    left, right, _ = st.columns([1.4, 1.4, 4])
    left.download_button(
        "Report (HTML)", data=lambda: _report(state), file_name="evidence.html", mime="text/html",
        key="report-html", on_click="ignore", help="One file with figures and tables; opens without a network.",
    )  # fmt: skip
    right.download_button(
        "All tables (CSV)", data=lambda: _archive(state), file_name="evidence.zip",
        mime="application/zip", key="report-csv", on_click="ignore",
    )  # fmt: skip


def _report(state: State) -> bytes:
    return evidence_report(state, state.statistics()).encode()


def _archive(state: State) -> bytes:
    return csv_archive(evidence_tables(state, state.statistics()), encode=csv_bytes)
