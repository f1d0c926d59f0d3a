"""Keeping a subset: save it, build its series, take it away in a trainer's format."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.counted import counted
from core.export.formats import FORMATS, bundle
from core.export.records import rows_to_export
from core.jobs import job_names
from core.workbench.build import Built
from core.workbench.inspections.passport import stamped
from core.workbench.saving import save
from core.workbench.subsets import LEVELS, default_name, series_name
from pages.parts.frame import jobs, session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain


def keep_and_export(ctx: Context, built: Built) -> None:
    """Three ways to keep what the slider shows; its passport of thresholds goes with it."""
    with guarded():
        built = replace(built, recipe=stamped(ctx.workspace, built.recipe))
    with st.container(border=True):
        st.markdown("**Keep it**")
        proposed = default_name(built.recipe)
        name = st.text_input("Name", placeholder=proposed, key="save-name", label_visibility="collapsed")
        left, right = st.columns(2)
        if left.button("Save", type="primary", width="stretch", key="save"):
            with guarded():
                saved = save(ctx.workspace, built, name=name)
                st.toast(f"Saved as {plain(saved.name)}. It is on the Compare page.")
        if right.button(
            f"Build the series ({LEVELS} levels)",
            width="stretch",
            key="series",
            help="Saves the subsets at 0, 16.7, 33.3, 50, 66.7, 83.3 and 100 %.",
        ):
            request = {"recipe": replace(built.recipe, position=1.0, ids_digest="", rows=0).as_dict(), "name": name}
            title = f"Series of {series_name(built.recipe)}"
            job = jobs.start(ctx.workspace, job_names.SERIES, request, title=title)
            session_keys.SERIES_JOB.set(job.id)
        with st.container(key="series-box"):  # a place of its own: what stands below keeps its own, and is drawn once
            _follow_series(ctx)
        left, right = st.columns(2, vertical_alignment="bottom")
        format = left.selectbox("Export as", list(FORMATS), format_func=lambda item: FORMATS[item].title, key="format")
        stem = f"{built.recipe.strategy}-{built.recipe.ids_digest[:8]}-{format}"
        right.download_button(
            f"Download {counted(built.recipe.rows, 'row')}",
            data=lambda: exported(built, format=str(format), stem=stem),
            file_name=f"{stem}.zip",
            mime="application/zip",
            on_click="ignore",
            width="stretch",
            key="export",
            help="A zip: the rows with every original and attached field, and their recipe beside them.",
        )


def exported(built: Built, *, format: str, stem: str) -> bytes:
    """The zip of a built subset; pages call it when the button is pressed, not before."""
    records = rows_to_export(built.corpus_view.corpus, built.positions)
    return bundle(records, format=format, recipe=built.recipe.as_json(), stem=stem)


def _follow_series(ctx: Context) -> None:
    held = session_keys.SERIES_JOB.get("")
    if not held:
        return
    job = jobs.by_id(ctx.workspace, held)
    if job is None or job.state == "done":
        session_keys.SERIES_JOB.drop()
        if job is not None:
            st.toast(f"{LEVELS} subsets saved. They are on the Compare page.")
        return
    jobs.follow(ctx.workspace, job, key="series-job")
