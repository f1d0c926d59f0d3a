"""The form that gives rows scores that need no model."""

from __future__ import annotations

import streamlit as st

from core.component_words import component_phrase
from core.corpus.column_facts import label_columns
from core.features.embedding import load_embeddings
from core.jobs import job_names
from core.workbench.row_scores.registry import BY_NAME, FIRST, ROW_SCORES
from core.workbench.tasks.row_scoring import row_scores_request
from pages.parts.frame.explain import explain
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain
from pages.parts.scores.forms import start


def row_scores_form(ctx: Context) -> None:
    """Draw the choice of scores; those that read embeddings say so where there are none."""
    left, middle, help_ = st.columns([5, 2, 0.5], vertical_alignment="bottom")
    embedded = load_embeddings(ctx.corpus_text, ctx.embedder or None) is not None
    labels = label_columns(ctx.corpus)
    names = [
        score.name
        for score in ROW_SCORES
        if (score.reads != "embeddings" or embedded) and (score.reads != "label" or labels)
    ]
    what = left.multiselect(
        "Scores that need no model",
        names,
        default=list(FIRST),
        format_func=lambda name: BY_NAME[name].title,
        key="scores.rows.what",
    )
    column = ""
    if "label_artefact" in what:
        column = middle.selectbox("Label column", labels, key="scores.rows.label")
    with help_:
        told = "\n\n".join(f"{BY_NAME[name].title}:\n{BY_NAME[name].formula}\n{BY_NAME[name].source}" for name in what)
        explain("each score", formula=told or "Choose a score.", key="scores.rows.explain")
    missing = "" if embedded else " Novelty and density wait for embeddings: make them on the Clusters page."
    st.caption(plain(f"Of {component_phrase(ctx.component)}.{missing}"))
    request = row_scores_request(ctx.corpus.id, ctx.component, what=what, column=column, embedder=ctx.embedder or "")
    start(ctx, job_names.ROW_SCORES, request, ready=bool(what), title=f"Scores of {ctx.corpus.name}")
