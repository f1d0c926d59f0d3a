"""Near-duplicates whose categories disagree: a table of the pairs, and a pair side by side."""

from __future__ import annotations

import streamlit as st

from core.corpus.column_facts import worded_columns
from core.corpus.row_ids import parse_id
from core.counted import counted
from core.jobs import job_names
from core.workbench.inspections import label_conflicts as conflicts
from pages.parts.frame import jobs
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import csv
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import rows
from pages.parts.frame.reading_card import reading_card
from pages.parts.frame.reading_steps import pair_on


def conflict_table(ctx: Context) -> None:
    """Draw the choice of a column and a cosine, the table of the pairs that a job finds, and the chosen pair."""
    columns = worded_columns(ctx.corpus)
    if not columns:
        return
    with st.expander("Near-duplicates whose categories disagree", icon=":material/rule:", key="conflicts"):
        left, middle, right, help_ = st.columns([2, 2, 1.4, 0.6], vertical_alignment="bottom")
        default = columns.index("category") if "category" in columns else 0
        column = left.selectbox("Category", columns, index=default, key="conflicts.column")
        ceiling = middle.slider(
            "Cosine at least", 0.5, 1.0, 0.95, 0.01, key="conflicts.ceiling", help="Lower: more pairs, fewer true."
        )
        with help_:
            explain(
                "Label conflicts",
                formula="each row with its nearest row of another category,\nwhere cos(row, other) >= the limit",
                source="the idea is B2NERD's (2406.11192); the rule is ours",
                key="conflicts.help",
            )
        request = {
            "corpus": ctx.corpus.id,
            "choice": {"component": ctx.component, "embedder": ctx.choice.embedder},
            "column": column,
            "ceiling": round(float(ceiling), 2),
        }
        stored = conflicts.load(ctx.workspace, request)
        if stored is None:
            running = jobs.latest(ctx.workspace, job_names.CONFLICTS, request)
            if running is not None and running.state != "done":
                jobs.follow(ctx.workspace, running, key="conflicts.job")
            elif right.button("Find", type="primary", key="conflicts.find", width="stretch"):
                jobs.start(ctx.workspace, job_names.CONFLICTS, request, title=f"Label conflicts by {column}")
                st.rerun()
            return
        table, total = stored
        if table.empty:
            st.success(f"No two rows this similar differ in their {column}.")
            return
        st.caption(
            f"{counted(total, 'pair')}" + (f", the {rows(len(table))} most similar shown" if total > len(table) else "")
        )
        event = st.dataframe(
            table, key="conflicts.table", hide_index=True, on_select="rerun", selection_mode="single-row", height=240
        )
        st.download_button(
            "CSV", lambda: csv(table), file_name="label-conflicts.csv", on_click="ignore", key="conflicts.csv"
        )
        chosen = event.selection.rows if event else []
        if chosen and chosen[0] < len(table):
            reading = pair_on(len(table), int(chosen[0]), key="conflicts.pair")
            pair = table.iloc[int(reading.row)]
            rows_of_pair = {name: ctx.corpus.position_of(parse_id(str(pair[name]))) for name in ("first", "second")}
            for place, (name, position) in zip(st.columns(2), rows_of_pair.items(), strict=True):
                other = next(row for known, row in rows_of_pair.items() if known != name)
                with place:
                    if position is not None:
                        beside = {} if other is None else {"the other row of the pair": other}
                        reading_card(
                            ctx.corpus, position, key=f"conflicts.{name}", height=360, reading=reading, beside=beside
                        )
