"""What rows are like: tool calls, thinking and code as columns, and which rows a context length cuts."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.corpus.column_histograms import histogram
from core.corpus.store import Corpus
from core.counted import counted
from core.export.row_tokens import ContextCut, cut_by_context, row_token_column
from core.features.row_kinds import KINDS, kind_columns
from core.figures import corpus as figures
from core.figures.theme import Mode
from core.jobs import job_names
from pages.parts.corpus.rows_asked import ask_where
from pages.parts.frame import jobs, session, session_keys
from pages.parts.frame.figures import show
from pages.parts.frame.plain_text import plain, rows

ROWS_A_SECOND = 8_000  # measured, on one core
USUAL = 2_048


def kinds_of_rows(corpus: Corpus, *, mode: Mode) -> None:
    """Draw the histogram of one kind; before they are counted, what that takes and a button."""
    st.markdown("**Calls, thinking, code**", help="Counted once; each is a column like any other.")
    columns = kind_columns(corpus)
    if not columns:
        _job(
            corpus, job_names.ROW_KINDS, {"corpus": corpus.id}, title=f"Kinds of rows of {corpus.name}",
            label="Count them", key="report.kinds",
            says="Tool calls, words of thinking and the share of code in each row",
        )  # fmt: skip
        return
    kind = st.segmented_control(
        "Kind", list(columns), default="code_share", required=True, format_func=lambda name: KINDS[name][0],
        key="report.kind", label_visibility="collapsed",
    ) or "code_share"  # fmt: skip
    bins = histogram(corpus, columns[kind])
    table = figures.value_table(bins.lows, bins.highs, bins.counts.tolist())
    _, formula, meaning = KINDS[kind]
    show(
        figures.value_bars(table, title=KINDS[kind][0], mode=mode), key="corpus-kinds", data=table,
        name=f"rows-by-{kind}",
    )  # fmt: skip
    st.caption(plain(f"{meaning} The column {columns[kind]} filters, colours, sets quotas and is exported: {formula}."))


def rows_cut_by_context(corpus: Corpus, *, mode: Mode) -> None:
    """Draw how many rows a context length cuts, and the way to them; before they are counted, a button."""
    tokenizer = session.choice().tokenizer
    st.markdown(
        "**Rows cut by a context length**",
        help="System prompt, tools, turns and thinking count, as in exports; marks of a chat template do not. "
        "The tokenizer is the one chosen on the Tokens page.",
    )
    if not row_token_column(corpus, tokenizer):
        _job(
            corpus, job_names.ROW_TOKENS, {"corpus": corpus.id, "tokenizer": tokenizer},
            title=f"Tokens of whole rows of {corpus.name}", label="Count the rows' tokens", key="report.tokens",
            says=f"Every row whole, by {tokenizer}",
        )  # fmt: skip
        return
    limit = st.number_input("Context, in tokens", 1, 10_000_000, USUAL, step=256, key=session_keys.CONTEXT_LENGTH.name)
    cut = cut_by_context(corpus, int(limit), tokenizer)
    st.markdown(_said(cut))
    lengths = [1 << power for power in range(7, 18)]
    curve = [cut_by_context(corpus, length, tokenizer) for length in lengths if length < 2 * cut.longest]
    table = pd.DataFrame({"context": [point.limit for point in curve], "rows": [point.rows for point in curve]})
    if len(table) > 1:
        show(figures.cut_curve(table, limit=cut.limit, mode=mode), key="corpus-context", data=table, name="rows-cut")
    if cut.rows and st.button(
        f"Show the {rows(cut.rows)} longer {'row' if cut.rows == 1 else 'rows'}", icon=":material/filter_alt:",
        key="report.longer",
    ):  # fmt: skip
        ask_where(corpus, cut.column, {"from": float(cut.limit + 1), "to": None})
        session_keys.CORPUS_GO.set("Rows")
        st.rerun()


def _said(cut: ContextCut) -> str:
    if not cut.rows:
        return f"Every row fits; the longest has {rows(cut.longest)} tokens ({plain(cut.tokenizer)})."
    return (
        f"**{rows(cut.rows)}** of {counted(cut.of, 'row')} ({cut.rows / cut.of:.1%}) are longer than "
        f"{rows(cut.limit)} tokens; {rows(cut.lost)} tokens ({cut.lost / max(1, cut.tokens):.1%}) lie beyond it. The "
        f"longest has {rows(cut.longest)} ({plain(cut.tokenizer)})."
    )


def _job(corpus: Corpus, task: str, request: dict[str, Any], *, title: str, label: str, key: str, says: str) -> None:
    """Draw what the job does, how long it takes and its button, or its progress."""
    job = jobs.latest(corpus.workspace, task, request)
    if job is not None and job.state != "done":
        jobs.follow(corpus.workspace, job, key=key)
        return
    lasts = jobs.lasting(max(2.0, len(corpus) / ROWS_A_SECOND)).removesuffix(" left")
    st.caption(plain(f"{says}: {counted(len(corpus), 'row')}, {lasts}."))
    if st.button(label, icon=":material/calculate:", key=key):
        jobs.start(corpus.workspace, task, request, title=title, again=job is not None)
        st.rerun()
