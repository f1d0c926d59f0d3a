"""Two tables of runs, their shares of sources and their metrics, logged as data sets and scores of the ledger."""

from __future__ import annotations

import io

import pandas as pd
import streamlit as st

from core.counted import counted
from core.errors import InputError
from core.evidence import ledger
from core.evidence.entries import Direction, Score
from core.evidence.mixture import Mixtures, join
from core.evidence.mixture_entries import import_entries
from pages.parts.compare.logged import outcome, tell_next
from pages.parts.compare.state import State
from pages.parts.frame.plain_text import plain


def import_tables(state: State) -> None:
    """Draw the import: two CSV files, what the numbers are, and the button that logs them."""
    with st.expander("Log runs from two tables: shares of sources, and metrics", icon=":material/upload_file:"):
        left, right = st.columns(2)
        files = [
            left.file_uploader("Shares: a column that names the run, one for each source", key="mixture-ratios",
                               type="csv"),
            right.file_uploader("Metrics: a column that names the run, one for each metric", key="mixture-metrics",
                                type="csv"),
        ]  # fmt: skip
        columns = st.columns(4, vertical_alignment="bottom")
        model = columns[0].text_input("Base model", key="mixture-model")
        measure = columns[1].text_input("Measure", value="loss", key="mixture-measure")
        better = columns[2].selectbox("Better is", ["lower", "higher"], key="mixture-better")
        if not all(files):
            st.caption("The files of RegMix have this form, and so have those that this view gives.")
            return
        direction: Direction = -1 if better == "lower" else 1
        try:
            runs = join(*(_table(file) for file in files))
            entries = import_entries(runs, model=model.strip(), measure=measure.strip(), direction=direction,
                                     files=[str(file.name) for file in files if file])  # fmt: skip
        except InputError as refusal:
            st.error(plain(f"{refusal.what} {refusal.remedy}".strip()))
            return
        scores = [entry for entry in entries if isinstance(entry, Score)]
        if columns[3].button(f"Log {counted(len(runs.shares), 'run')}", type="primary", key="mixture-tables-log"):
            others = [entry for entry in entries if not isinstance(entry, Score)]
            done = ledger.add_scores(state.workspace, scores, title=f"Runs of {files[0].name}", others=others)  # type: ignore[union-attr]
            tell_next(outcome(done))
            st.rerun()
        st.dataframe(_shown(runs), hide_index=True, width="stretch", key="mixture-read")


def _table(file: object) -> pd.DataFrame:
    name, content = str(file.name), file.getvalue()  # type: ignore[attr-defined]
    try:
        return pd.read_csv(io.BytesIO(content))
    except ValueError as error:
        raise InputError(f"{name} cannot be read as CSV: {str(error)[:80]}") from error


def _shown(runs: Mixtures) -> pd.DataFrame:
    shares = pd.DataFrame(runs.shares, columns=list(runs.sources), index=runs.metrics.index)
    return shares.join(runs.metrics, rsuffix=" (metric)").reset_index().head(50)
