"""A second look at leaks, by meaning: rows whose instruction is near to a question, as candidates to judge by eye."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.corpus.row_ids import show_id
from core.counted import counted
from core.curation.leaks.neighbours import COMPONENT, neighbours_key
from core.curation.leaks.report import candidates
from core.curation.leaks.settings import LeakRule
from core.features.embedders import default_embedder, embedder_title
from core.features.embedding import embeddings_key
from core.jobs import job_names
from pages.parts.frame import jobs
from pages.parts.frame.guard import guarded
from pages.parts.frame.missing_feature import offer
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, sendable

SHOWN = 100


def by_meaning(ctx: Context, rule: LeakRule) -> tuple[float, str]:
    """Draw the candidates; (least cosine, embedder) where they are to be left out too, else (0, "")."""
    embedder = ctx.choice.embedder or default_embedder()
    with st.expander("A second look, by meaning", icon=":material/hub:", key="leaks-meaning"):
        if not ctx.workspace.has("features", embeddings_key(ctx.corpus.id, COMPONENT, embedder)):
            if st.toggle("Embed the instructions for it", key="leaks.embed"):
                offer(ctx, "embeddings", component=COMPONENT)
            return 0.0, ""
        keys = sorted(rule.benchmarks)
        if not all(ctx.workspace.has("features", neighbours_key(ctx.corpus, key, embedder)) for key in keys):
            _find(ctx, keys, embedder)
            return 0.0, ""
        least = st.slider("Least cosine to a question", 0.5, 1.0, value=0.9, step=0.01, key="leaks.cosine")
        with guarded():
            near = [
                leak for key in keys for leak in candidates(ctx.corpus, rule, key, embedder, least=least, most=SHOWN)
            ]
            near.sort(key=lambda leak: -leak.share)
            st.caption(
                plain(
                    f"{counted(len(near), 'row')}{' or more' if len(near) >= SHOWN else ''} near a question in meaning "
                    f"that hold no words of it, by {embedder_title(embedder)}. Candidates, not leaks: read them."
                )
            )
            st.dataframe(
                pd.DataFrame(
                    {
                        "Cosine": [leak.share for leak in near],
                        "Row": [sendable(leak.text) for leak in near],
                        "Question": [sendable(leak.asked) for leak in near],
                        "Benchmark": [sendable(leak.benchmark) for leak in near],
                        "Row id": [show_id(int(ctx.corpus.ids[leak.row])) for leak in near],
                    }
                ),
                column_config={"Cosine": st.column_config.NumberColumn(format="%.2f", width="small")},
                hide_index=True,
                height=260,
                key="leaks.near",
            )
        wanted = st.toggle(
            "Leave these out too", key="leaks.near-out", help="The rule then has the least cosine and the embedder."
        )
        return (least, embedder) if wanted else (0.0, "")


def _find(ctx: Context, keys: list[str], embedder: str) -> None:
    """Draw the button that finds the nearest question of each row, or the job's progress."""
    request = {"corpus": ctx.corpus.id, "benchmarks": keys, "embedder": embedder}
    job = jobs.latest(ctx.workspace, job_names.LEAKS_BY_MEANING, request)
    if job is not None and job.state != "done":
        jobs.follow(ctx.workspace, job, key="leaks.near-job")
        return
    st.caption("The questions are embedded as the instructions are; each row then has a nearest question.")
    if st.button("Compare by meaning", key="leaks.near-find"):
        jobs.start(
            ctx.workspace, job_names.LEAKS_BY_MEANING, request, title=f"Leaks in {ctx.corpus.name} by meaning",
            again=job is not None,
        )  # fmt: skip
        st.rerun()
