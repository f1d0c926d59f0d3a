"""The map of a version without one of its own: its new rows placed on the older map, and the button for it."""

from __future__ import annotations

import streamlit as st

from core.counted import counted
from core.features.clusters import Clustering
from core.features.placed_map import load_placed_map, older_map
from core.features.projection import load_layout
from core.jobs import job_names
from core.row_positions import places_of
from core.workbench.tasks.time_left import expected_seconds
from pages.parts.clusters.backend_choice import embedded_by, latest
from pages.parts.frame import jobs
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain


def placing(ctx: Context, clustering: Clustering) -> None:
    """Draw what is placed, or the offer to place it; nothing where there is a map, or no older version has one."""
    if load_layout(ctx.corpus_text, clustering, dimensions=2) is not None:
        return
    placed = load_placed_map(ctx.corpus_text, clustering)
    if placed is not None:
        st.info(plain(placed.note), icon=":material/location_on:")
        return
    older = older_map(ctx.corpus_text, clustering)
    if older is None:
        return
    asked = {"corpus": ctx.corpus.id, "component": ctx.component, **clustering.request()}
    request = embedded_by(asked)
    job = latest(ctx, job_names.PLACED_MAP, asked)
    if job is not None and job.state != "done":
        jobs.follow(ctx.workspace, job, key="clusters.placing")
        return
    before, _ = older
    new = int((places_of(ctx.corpus.ids, among=before.corpus.ids) < 0).sum())
    seconds = expected_seconds(ctx.workspace, job_names.PLACED_MAP, request)
    lasts = f", {jobs.lasting(seconds).removesuffix(' left')}" if seconds else ""
    with st.container(border=True, key="clusters-placing"):
        st.text(
            f"The older version {before.corpus.name} has a map. {counted(new, 'new row')} can be placed on it among "
            f"the rows nearest to {'it' if new == 1 else 'them'}{lasts}; all others stay where they stand."
        )
        if st.button("Place the new rows", icon=":material/location_on:", key="clusters.place"):
            jobs.start(
                ctx.workspace, job_names.PLACED_MAP, request, title=f"Place new rows of {ctx.corpus.name}",
                again=job is not None,
            )  # fmt: skip
            st.rerun()
