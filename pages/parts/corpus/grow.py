"""How a corpus grows: files that may be appended, what they would add, and the versions that came of it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.budgets.sizing import default_size
from core.corpus.formats.registry import readable
from core.corpus.sources import from_upload
from core.counted import counted
from core.jobs import job_names
from core.workbench.inspections.adds import DRAWS
from core.workbench.subsets import list_subsets
from core.workbench.tasks.loading import keep_uploads
from pages.parts.corpus.add import make
from pages.parts.corpus.adds_view import show_adds
from pages.parts.corpus.preview import ChosenFiles, preview
from pages.parts.corpus.server_path import path_on_server
from pages.parts.corpus.versions import compared, versions_of
from pages.parts.frame import jobs, session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, sendable


def grow(ctx: Context) -> None:
    """Draw the versions of the corpus, the files to append, and what was found of them."""
    versions_of(ctx)
    compared(ctx)
    st.markdown("**Append files**")
    st.caption(
        "A new version is made beside this one: old rows keep their holdout status and all that was computed for each "
        "of them; only new rows are tokenised and embedded. Files are read as those of this corpus were."
    )
    by_file, by_path = st.tabs(["Upload files", "Path on the server"])
    with by_file:
        uploads = st.file_uploader(
            readable(last="or"), accept_multiple_files=True, key=f"corpus.grow.{session_keys.GROW_UPLOADS.now}"
        )
        if uploads:
            files = [from_upload(upload) for upload in uploads]
            _chosen(ctx, ChosenFiles(files, [upload.file_id for upload in uploads], name=ctx.corpus.name), key="grow")
    with by_path:
        chosen = path_on_server()
        if chosen:
            named = ChosenFiles(chosen.files, chosen.identity, chosen.request, ctx.corpus.name)
            _chosen(ctx, named, key="grow-path")
    _found(ctx)


def _chosen(ctx: Context, chosen: ChosenFiles, *, key: str) -> None:
    """Draw the first rows of the chosen files, what they are compared with, and the two buttons."""
    how: dict[str, Any] = {"name": "", "reading": _reading(ctx), "holdout": {}, "corpus": ctx.corpus.id}
    with guarded():
        how = preview(ctx.workspace, chosen, how, key=key)
    subsets = {subset.key: subset.name for subset in list_subsets(ctx.workspace, ctx.corpus.id)}
    columns = st.columns([2.4, 1.2, 1.2, 1.5, 1.2], vertical_alignment="bottom")
    subset = columns[0].selectbox(
        "Novel against", ["", *subsets], format_func=lambda name: sendable(subsets.get(name, "the whole corpus")),
        key=f"corpus.{key}.subset", help="The saved subset whose rows the new ones are compared with.",
    )  # fmt: skip
    size = columns[1].number_input(
        "At size", min_value=2, value=max(2, default_size(len(ctx.corpus))), step=100, key=f"corpus.{key}.size",
        help="Rows of the random subsets on which metrics are compared. The larger, the less a small file shows.",
    )  # fmt: skip
    draws = columns[2].number_input(
        "Draws", min_value=3, value=DRAWS, step=5, key=f"corpus.{key}.draws", help="Random subsets behind a band."
    )
    if columns[3].button("What would they add?", key=f"corpus.{key}.adds", width="stretch"):
        with guarded():
            asked = chosen.request or {"uploads": keep_uploads(ctx.workspace, chosen.files)}
            request = {
                **asked, "corpus": ctx.corpus.id, "reading": how["reading"], "choice": ctx.choice.as_dict(),
                "subset": subset or "", "size": int(size), "draws": int(draws), "seed": 0,
            }  # fmt: skip
            title = f"What {chosen.files[0].name} would add" if len(chosen.files) == 1 else "What the files would add"
            known = jobs.latest(ctx.workspace, job_names.ADDS, request)
            jobs.start(ctx.workspace, job_names.ADDS, request, title=title, again=known is not None)
            session_keys.ADDS_REQUEST.of(ctx.corpus.id).set(request)
            st.rerun()
    said = f"Append {counted(len(chosen.files), 'file')}"
    if columns[4].button(said, type="primary", key=f"corpus.{key}.append", width="stretch"):
        make(ctx.workspace, chosen.files, how, request=chosen.request)


def _found(ctx: Context) -> None:
    """Draw the job that looks at files, or what it found."""
    request = session_keys.ADDS_REQUEST.of(ctx.corpus.id).get({})
    job = jobs.latest(ctx.workspace, job_names.ADDS, request) if request else None
    if job is None:
        return
    if job.state != "done":
        jobs.follow(ctx.workspace, job, key="corpus.adds.job")
        return
    with st.container(border=True, key="corpus.adds"):
        st.markdown(f"**{plain(job.title)}**")
        show_adds(dict(job.result or {}))


def _reading(ctx: Context) -> dict[str, Any]:
    """How the files of the corpus were read, as a request holds it."""
    stored = dict(ctx.corpus.artefact.manifest.get("reading") or {})
    return {name: stored[name] for name in ("empty", "invalid_utf8") if name in stored}
