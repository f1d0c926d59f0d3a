"""The forms that load a corpus: the demo, files from the browser, a path on the server, the hub."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from core.corpus import hub
from core.corpus.corpus_list import free_name
from core.corpus.demo import demo
from core.corpus.formats import mapped
from core.corpus.formats.mapped import MappingNeeded, MappingOffered
from core.corpus.formats.registry import is_refusal, readable
from core.corpus.formats.roles import UNKNOWN as UNKNOWN_ROLES
from core.corpus.formats.roles import RolesNeeded
from core.corpus.ingest import Holdout, Ingested, default_name, ingest_files
from core.corpus.reading import ReadingOptions
from core.corpus.sources import SourceFile, from_upload
from core.corpus.store import Corpus, open_corpus
from core.counted import counted
from core.curation.append import append_files
from core.jobs import job_names
from core.progress import Progress
from core.workbench.tasks import loading as tasks
from core.workspace.artefacts import Workspace
from pages.parts.corpus.asking import (
    all_the_same,
    ask_roles_of,
    forget,
    hold,
    hold_request,
    is_asked,
    strangers_of,
)
from pages.parts.corpus.demo_start import start_distilling, start_features
from pages.parts.corpus.how_read import how_read, which_files
from pages.parts.corpus.mapping_form import mapping_form
from pages.parts.corpus.preview import ChosenFiles, preview
from pages.parts.corpus.role_form import role_form
from pages.parts.corpus.server_path import path_on_server
from pages.parts.corpus.together import KEEP, KEPT, keep, kept_inputs
from pages.parts.frame import address, jobs, session, session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.links import link
from pages.parts.frame.plain_text import plain

DIRECT = 64_000_000  # bytes: smaller uploads are read at once, larger ones by a job that outlives the tab
DIRECT_ROWS = 20_000  # rows of a corpus: to a larger one a job appends


def add_corpus(workspace: Workspace, *, first: bool) -> None:
    """Draw the forms that load a corpus, with the demo in front when there is no corpus yet."""
    asked = session_keys.PENDING_ROLES.get(None)
    if asked is not None:
        role_form(asked["questions"], then=partial(_with_roles, workspace, asked), cancel=forget)
        return
    pending = session_keys.PENDING_MAPPING.get(None)
    if pending:
        mapping_form(
            pending["previews"],
            then=lambda mapping: make(
                workspace, pending["files"], {**pending["how"], "mapping": mapping}, request=pending.get("request")
            ),
            cancel=forget,
        )
        return
    with st.container(border=True):
        left, right = st.columns([5, 2], vertical_alignment="center")
        left.markdown("**New here?** Questions about the installed Python packages, answered by their docstrings.")
        left.caption(
            "More than 10,000 real rows, built in seconds from what is on this machine, without a network. Tokens, a "
            "map, tags, scores and the full map follow by themselves while you look around."
        )
        if right.button(
            "Try the demo corpus", type="primary" if first else "secondary", icon=":material/bolt:", width="stretch"
        ):
            with guarded():
                start_distilling(workspace)
            _run(lambda progress: demo(workspace, progress=progress), then=partial(start_features, workspace))
        link(
            "compare", "Or look at a measured series: small models trained on subsets of this corpus, and scored",
            icon=":material/show_chart:", place=left, query={address.COMPARE_EVIDENCE: "measured-series"},
        )  # fmt: skip
    how = how_read()
    together = kept_inputs(workspace)
    if together is not None:
        parts, name = together
        session_keys.TOGETHER.drop()
        _start(workspace, {**parts, **how, "mapping": None, "name": name}, title=f"Read {name}")
    by_file, by_path, by_hub = st.tabs(["Upload files", "Path on the server", "Hub data set"])
    with by_file:
        uploads = st.file_uploader(
            readable(last="or"),
            accept_multiple_files=True,
            key=f"corpus.uploads.{session_keys.UPLOADS.now}",
            help="Several files make one corpus, each a source of its own.",
        )
        if uploads:
            files = [from_upload(upload) for upload in uploads]
            sent = ChosenFiles(files, [upload.file_id for upload in uploads])
            how_files = _previewed(workspace, sent, how, key="files")
        with st.container(horizontal=True):
            made = st.button("Make the corpus", type="primary", key="corpus.make.files")
            if uploads and st.button(KEEP, icon=":material/playlist_add:", key="corpus.keep.files", help=KEPT):
                with guarded():
                    keep(default_name(files), {"uploads": tasks.keep_uploads(workspace, files)})
                    session_keys.UPLOADS.renew()
                    st.rerun()
        if made and not uploads:
            st.warning(
                "No file is here to make a corpus of: choose one above. What was sent before the server started again "
                "has to be sent once more."
            )
        elif made:
            make(workspace, files, how_files)
            # Reached only if no corpus was made of them: otherwise they would stay and be added to the next upload.
            st.button(
                f"Take {counted(len(uploads), 'file')} out", icon=":material/delete_sweep:", key="corpus.uploads.out",
                on_click=_take_out,
            )  # fmt: skip
    with by_path:
        chosen = path_on_server()
        if chosen:
            how_path = _previewed(workspace, chosen, how, key="path")
        with st.container(horizontal=True):
            made = st.button("Make the corpus", type="primary", key="corpus.make.path")
            if chosen and st.button(KEEP, icon=":material/playlist_add:", key="corpus.keep.path", help=KEPT):
                keep(default_name(chosen.files), chosen.request or {})
                st.rerun()
        if made:
            if chosen:
                session_keys.FOLDER.drop()
                make(workspace, chosen.files, how_path, request=chosen.request)
            elif not session_keys.PATH.get("").strip():
                st.warning("No path is given: pick a file or folder from the list, or type one.")
    with by_hub:
        _from_hub(workspace, how)
    which_files()


def _with_roles(workspace: Workspace, asked: dict[str, Any], answers: dict[str, str]) -> None:
    """Read the files again, now that a person has said who speaks in them."""
    how = asked["how"]
    reading = {**how["reading"], "roles": {**how["reading"].get("roles", {}), **answers}}
    make(workspace, asked["files"], {**how, "reading": reading}, request=asked.get("request"))


def _previewed(workspace: Workspace, chosen: ChosenFiles, how: dict[str, Any], *, key: str) -> dict[str, Any]:
    """``how`` with the name that the user gives the corpus, below the first rows of its files."""
    with guarded():
        return preview(workspace, chosen, how, key=key)
    return how


def _take_out() -> None:
    """Let the next run show an uploader without files."""
    session_keys.UPLOADS.renew()


def _from_hub(workspace: Workspace, how: dict[str, Any]) -> None:
    left, right = st.columns([3, 2])
    name = left.text_input("Data set", key="corpus.hub", placeholder="owner/name")
    revision = right.text_input("Revision", key="corpus.hub.revision", placeholder="the newest")
    if st.button("Look it up", disabled=not name.strip(), key="corpus.hub.look"):
        session_keys.HUB_DATASET.drop()
        with guarded(), st.spinner("Asking the hub …"):
            session_keys.HUB_DATASET.set(hub.look_up(name, revision=revision.strip()))
    dataset: hub.HubDataset | None = session_keys.HUB_DATASET.get(None)
    if dataset is None:
        st.caption("Private data sets are read with the token in HF_TOKEN, which is never shown nor logged.")
        return
    splits = list(dataset.splits)
    split = st.selectbox(
        "Split", splits if len(splits) == 1 else [*splits, ""], format_func=lambda split_name: split_name or "all files"
    )
    chosen = dataset.of_split(split or "")
    st.text(hub.describe(dataset, chosen))
    proposal = free_name(workspace, dataset.id.rpartition("/")[2])
    title = st.text_input("Name of the corpus", value=proposal, key=f"corpus.name.{dataset.id}")
    asked = {"hub": dataset.id, "revision": dataset.revision, "split": split or ""}
    with st.container(horizontal=True):
        if st.button("Fetch and make the corpus", type="primary", key="corpus.make.hub"):
            _start(workspace, {**asked, **how, "name": title}, title=f"Load {dataset.id}")
        if st.button(KEEP, icon=":material/playlist_add:", key="corpus.keep.hub", help=KEPT):
            keep(f"{dataset.id} {split or ''}".strip(), asked)
            st.rerun()


def make(
    workspace: Workspace, files: list[SourceFile], how: dict[str, Any], *, request: dict[str, Any] | None = None
) -> None:
    """Read small files at once, large ones in a job; ``how`` may name the ``corpus`` to which they are appended."""
    onto = open_corpus(workspace, how["corpus"]) if how.get("corpus") else None
    if sum(file.size or 0 for file in files) > DIRECT or (onto is not None and len(onto) > DIRECT_ROWS):
        with guarded():
            asked = request or {"uploads": tasks.keep_uploads(workspace, files)}
            mapping = how.get("mapping")
            fields = {file: columns.as_json() for file, columns in mapping.items()} if mapping else None
            verb = "Read" if onto is None else "Append"
            title = f"{verb} {files[0].name}" + (f" and {len(files) - 1} more" if len(files) > 1 else "")
            _start(workspace, {**asked, **how, "mapping": fields}, title=title)
        return

    said: list[str] = []

    def work(progress: Progress) -> Ingested:
        if onto is not None:
            made = append_files(
                onto, files, name=how["name"], mapping=how.get("mapping"), reading=ReadingOptions(**how["reading"]),
                progress=progress,
            )  # fmt: skip
            said.append(made.said)
            return made.ingested
        return ingest_files(
            workspace,
            files,
            name=how["name"],
            mapping=how.get("mapping"),
            reading=ReadingOptions(**how["reading"]),
            holdout=Holdout(**how["holdout"]),
            progress=progress,
        )

    _run(work, files=files, how=how, said=said)


def _run(
    work: Callable[[Progress], Ingested],
    *,
    files: list[SourceFile] | None = None,
    how: dict[str, Any] | None = None,
    then: Callable[[Corpus], None] | None = None,
    said: Sequence[str] = (),
) -> None:
    """Do the work under a progress bar, then open the new corpus; ``then`` begins what is to follow for it.

    ``said`` holds what came of it, in words, once the work is done.
    """
    made: Ingested | None = None
    offered: MappingOffered | None = None
    bar = st.progress(0.0, text="Reading …")
    shown = [0.0]

    def progress(done: float, total: float, note: str = "") -> None:
        now = time.monotonic()
        if now - shown[0] > 0.15:
            shown[0] = now
            share = min(1.0, done / total) if total else 0.0
            bar.progress(share, text=plain(f"{note} · {share * 100:.0f} %" if total else note))

    with guarded():
        try:
            made = work(progress)
        except RolesNeeded as needed:
            if files is None:
                raise
            session_keys.PENDING_MAPPING.drop()
            session_keys.PENDING_ROLES.set({"questions": needed.questions, "files": files, "how": how or {}})
        except MappingNeeded as needed:
            if files is None:
                raise
            if session_keys.PENDING_MAPPING.get(None) is None:
                pending = {"previews": needed.previews, "files": files, "how": how or {}}
                session_keys.PENDING_MAPPING.set(pending)
        except MappingOffered as refusal:
            offered = refusal
            raise
        finally:
            bar.empty()
    if offered is not None and files is not None:
        all_the_same(hold, {"previews": offered.previews, "files": files, "how": how or {}})
    if made is not None:
        if then is not None:
            with guarded():
                then(made.corpus)
        strangers = {"questions": made.strangers, "files": files, "how": how or {}} if made.strangers else None
        _arrived(
            made.corpus.id, made.already_here, list(made.new_fields), made.not_taken, strangers, said=" ".join(said)
        )
    elif is_asked():
        st.rerun()


def _arrived(
    corpus_id: str,
    already_here: bool,
    new_fields: list[str],
    not_taken: str,
    strangers: dict[str, Any] | None = None,
    *,
    said: str = "",
) -> None:
    session.look_at(corpus_id)
    forget()
    session_keys.CORPUS_SAID.set(
        {
            "corpus": corpus_id,
            "already_here": already_here,
            "new_fields": new_fields,
            "not_taken": not_taken,
            "strangers": strangers,
            "said": said,
        }
    )
    session_keys.CORPUS_GO.set("Report")
    st.rerun()


def _start(workspace: Workspace, request: dict[str, Any], *, title: str) -> None:
    with guarded():
        job = jobs.start(workspace, job_names.APPEND if "corpus" in request else job_names.INGEST, request, title=title)
        session_keys.LOADING_JOB.set(job.id)
        session_keys.LOADING_REQUEST.set(request)
    st.rerun()


def follow_reading(workspace: Workspace) -> None:
    """Draw the progress of the job that reads large files, then open its corpus."""
    job_id = session_keys.LOADING_JOB.get("")
    job = jobs.by_id(workspace, job_id) if job_id else None
    if job is None:
        return
    if job.state == "done":
        session_keys.LOADING_JOB.drop()
        result = dict(job.result or {})
        if "corpus" in result:
            new = list(result.get("new_fields") or result.get("new_columns") or [])
            strangers = strangers_of(workspace, session_keys.LOADING_REQUEST.get({}), result.get("strangers") or [])
            _arrived(
                result["corpus"], bool(result.get("already_here")), new, str(result.get("not_taken", "")), strangers,
                said=str(result.get("said", "")),
            )  # fmt: skip
    request = session_keys.LOADING_REQUEST.get({})
    if job.state == "failed" and job.message.startswith(mapped.UNKNOWN) and not session_keys.PENDING_MAPPING.get(None):
        hold_request(workspace, request)
        if session_keys.PENDING_MAPPING.get(None):
            st.rerun()
    if job.state == "failed" and job.message.startswith(UNKNOWN_ROLES) and not session_keys.PENDING_ROLES.get(None):
        ask_roles_of(workspace, request)
        if session_keys.PENDING_ROLES.get(None):
            st.rerun()
    jobs.follow(workspace, job, key="corpus.job.line")
    if job.state == "failed" and is_refusal(job.message) and not session_keys.PENDING_MAPPING.get(None):
        all_the_same(hold_request, workspace, request)
