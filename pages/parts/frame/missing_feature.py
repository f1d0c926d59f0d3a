"""A feature that is not computed yet: says what computing it takes, and starts it from the current page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.component_words import component_phrase
from core.counted import counted
from core.features.embedders import default_embedder
from core.jobs import job_names
from core.workbench.renewals import renewals
from core.workbench.tasks.time_left import expected_seconds
from pages.parts.frame import jobs
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

WORDS = {
    "tokens": ("Tokenise", "Every row's tokens are counted once."),
    "embeddings": ("Embed", "Every row is embedded once; it goes on when you close the tab."),
    "clusters": ("Cluster", "The rows are embedded, projected and clustered once; you can close the tab."),
    "tags": ("Tag", "Phrases are found once; a language model as tagger is on the Tags page."),
}


def request_for(ctx: Context, feature: str, *, component: str | None = None) -> tuple[str, dict[str, Any]]:
    """The job that computes ``feature`` and its request; every page uses the same."""
    component = component or ctx.component
    base = {"corpus": ctx.corpus.id, "component": component}
    if feature == "tokens":
        return job_names.TOKENS, {**base, "tokenizer": ctx.choice.tokenizer}
    if feature == "embeddings":
        return job_names.EMBED, {**base, "embedder": ctx.choice.embedder or default_embedder()}
    if feature == "tags":
        return job_names.TAGS, {**base, **ctx.choice.tagging.request()}
    return job_names.CLUSTER, {
        **base,
        **ctx.choice.clustering.request(),
        "embedder": ctx.choice.embedder or default_embedder(),
    }


def offer(ctx: Context, feature: str, *, component: str | None = None) -> None:
    """Offer to compute ``feature``, or show the job's progress; the page runs again once it is computed."""
    if feature not in WORDS or (feature == "tags" and ctx.choice.tagger == "endpoint"):  # it costs money
        st.info(f"**The {plain(feature)} of these rows are not there yet.** Open the {feature.capitalize()} page.")
        return
    task, request = request_for(ctx, feature, component=component)
    running = jobs.latest(ctx.workspace, task, request)
    if running is not None and running.state != "done":
        jobs.follow(ctx.workspace, running, key=f"offer-{feature}")
        return
    verb, words = WORDS[feature]
    takes = jobs.lasting(expected_seconds(ctx.workspace, task, request)).removesuffix(" left")
    with st.container(border=True):
        time_here = f" That takes {takes} here." if takes else ""
        whose = component_phrase(request["component"])
        st.text(f"What you asked for reads the {feature} of {whose}. {words}{time_here}")
        if of_older := next((line for line in renewals(ctx.corpus) if line.feature == feature), None):
            how = "for all rows anew" if of_older.anew else "for new rows only: old ones are taken over"
            st.caption(plain(f"{of_older.title}, of the older version, are of its rows. Here they are computed {how}."))
        if st.button(f"{verb} {counted(len(ctx.corpus), 'row')}", type="primary", key=f"offer-{feature}"):
            jobs.start(ctx.workspace, task, request, title=f"{verb} {ctx.corpus.name}")
            st.rerun()
