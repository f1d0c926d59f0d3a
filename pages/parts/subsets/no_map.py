"""The place of the map before there is one: what to press, and how long it takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from core.component_words import component_phrase
from core.counted import counted
from core.features.clusters import Clustering
from core.features.embedders import INSTANT, default_embedder, is_given
from core.features.projection import LANDMARKS
from core.jobs import job_names
from core.workbench.tasks.time_left import expected_seconds
from pages.parts.frame import jobs, session
from pages.parts.frame.links import link
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain


def no_map(ctx: Context) -> None:
    """Draw the buttons that make the map of the component, each with its time, or how far it is."""
    chosen = ctx.choice.clustering
    wanted = replace(chosen, embedder=chosen.embedder or default_embedder())
    running = jobs.latest(ctx.workspace, job_names.CLUSTER, _request(ctx, wanted))
    with st.container(border=True, key="no-map"):
        st.markdown(f"**No map of {plain(component_phrase(ctx.component))} yet**")
        if running is not None and running.state != "done":
            st.caption("The map stands here once this is done. The slider, the numbers and the export work meanwhile.")
            jobs.follow(ctx.workspace, running, key="map-job")
        elif is_given(str(wanted.embedder)):
            st.text("This component lacks the chosen vectors: attach or compute them, or choose an embedder.")
        elif wanted.partition == "column" and not wanted.column:
            st.text("Choose the column of clusters first.")
        else:
            st.text(
                f"Press a button: {counted(len(ctx.corpus), 'row')} are embedded, laid out and clustered. The slider, "
                "the numbers and the export work meanwhile, and you can close the tab."
            )
            _buttons(ctx, wanted)
        link("clusters", "Other embedders and settings: Clusters", icon=":material/scatter_plot:")


def _buttons(ctx: Context, wanted: Clustering) -> None:
    """Draw the button of the map with the session's embedder, and that of the instant one if it is another."""
    instant = replace(wanted, embedder=INSTANT, landmarks=LANDMARKS)
    title = f"Cluster {ctx.corpus.name} ({ctx.component})"
    left, right = st.columns(2)
    if wanted.embedder != INSTANT and left.button(
        f"Instant map{_takes(ctx, instant)}", type="primary", key="make-instant-map", width="stretch",
        help="A preview by static token embeddings: every page uses them until you choose the full map on Clusters.",
    ):  # fmt: skip
        session.choose(embedder=INSTANT, landmarks=LANDMARKS)
        jobs.start(ctx.workspace, job_names.CLUSTER, _request(ctx, instant), title=title)
        st.rerun(scope="app")
    if right.button(f"Make the map{_takes(ctx, wanted)}", key="make-map", width="stretch"):
        jobs.start(ctx.workspace, job_names.CLUSTER, _request(ctx, wanted), title=title)
        st.rerun(scope="app")


def _takes(ctx: Context, wanted: Clustering) -> str:
    """How long the map takes from what is stored now: ", about 20 s"; "" where nobody knows."""
    seconds = expected_seconds(ctx.workspace, job_names.CLUSTER, _request(ctx, wanted))
    words = jobs.lasting(seconds).removesuffix(" left")
    return f", {words}" if words else ""


def _request(ctx: Context, wanted: Clustering) -> dict[str, Any]:
    """The job's request, that of the Clusters page; only HDBSCAN needs a projection, others ask for the map."""
    request = {"corpus": ctx.corpus.id, "component": ctx.component, **wanted.request()}
    return request if wanted.partition == "hdbscan" else request | {"map": True}
