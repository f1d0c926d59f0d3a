"""The form for coverage holes: which examples a saved subset does not cover, and the rows that would."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.corpus.corpus_list import list_corpora
from core.corpus.store import open_corpus
from core.counted import counted
from core.jobs import job_names
from core.workbench.inspections.coverage_holes import COLUMNS, compared_views, holes_request, kept_holes
from core.workbench.subsets import list_subsets
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import csv
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import rows
from pages.parts.scores.forms import start

SHOWN = 200


def holes_form(ctx: Context) -> None:
    """Draw the choice of examples, subset and ε, and the holes."""
    others = {info.id: info.name for info in list_corpora(ctx.workspace) if info.id != ctx.corpus.id}
    saved = {subset.key: subset.name for subset in list_subsets(ctx.workspace, ctx.corpus.id)}
    if not others or not saved:
        missing = (
            "a second corpus with your examples: load it on the Corpus page."
            if not others
            else "a saved subset of this corpus: save one on the Subsets page."
        )
        st.text(f"Which of your examples would a subset miss? This needs {missing}")
        return
    left, middle, right, help_ = st.columns([2.5, 2.5, 2.5, 0.5], vertical_alignment="bottom")
    target = left.selectbox("Examples", list(others), format_func=others.__getitem__, key="scores.holes.target")
    subset = middle.selectbox("Subset", list(saved), format_func=saved.__getitem__, key="scores.holes.subset")
    epsilon = right.slider(
        "ε, cosine distance that counts as covered",
        0.01,
        1.0,
        0.3,
        0.01,
        key="scores.holes.epsilon",
        help="Larger: more examples count as covered, and a row fills more of them.",
    )
    with help_:
        explain(
            "coverage holes",
            formula="An example is covered when a row of the subset lies within ε of it (1 − cosine).\n"
            "Holes: greedily, the pool row within ε of the most uncovered examples, then the next.",
            source="Greedy set cover; our own construction",
            key="scores.holes.explain",
        )
    with guarded():
        request = holes_request(ctx.corpus.id, target=str(target), subset=str(subset), epsilon=float(epsilon))
        holes = kept_holes(ctx.workspace, request)
        if holes is None:
            examples = open_corpus(ctx.workspace, str(target))
            compared_views(ctx.workspace, corpus=ctx.corpus, target=examples, subset=str(subset))  # or what is missing
            start(ctx, job_names.COVERAGE_HOLES, request, ready=True, again=True, label="Find the holes",
                  title=f"Coverage holes of {saved[subset]}")  # fmt: skip
            return
        st.markdown(
            f"**{100 * holes['share']:.1f} %** of {counted(holes['examples'], 'example')} are covered · "
            f"**{rows(holes['holes'])}** {'hole' if holes['holes'] == 1 else 'holes'}"
        )
        if not holes["holes"]:
            return
        table = pd.DataFrame(holes["table"], columns=list(COLUMNS))
        st.dataframe(table.head(SHOWN), hide_index=True, height=320, key="scores.holes.table")
        st.download_button(
            "CSV of the holes", data=lambda: csv(table), file_name="holes.csv", mime="text/csv", on_click="ignore"
        )
