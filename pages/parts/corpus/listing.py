"""The list of all corpora: open, rename, delete, restore."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.corpus.corpus_list import CorpusInfo, list_corpora, rename_corpus
from core.corpus.store import Corpus
from core.counted import counted
from core.workspace import names, trash
from core.workspace.artefacts import Workspace
from pages.parts.frame import address, session, session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.links import link
from pages.parts.frame.page import corpus_by_id
from pages.parts.frame.plain_text import moment, plain


def corpora(workspace: Workspace, opened: Corpus | None) -> None:
    """Draw a line for each corpus, and the deleted corpora."""
    _just_deleted(workspace)
    for info in list_corpora(workspace):
        _line(workspace, info, is_open=opened is not None and info.id == opened.id)
    if opened is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Scores, clusters or labels of your own for its rows:", width="content")
            link(
                "scores", "Attach columns to the open corpus", icon=":material/add_column_right:",
                query={address.SCORES_FROM: "own"},
            )  # fmt: skip
    _trash(workspace)


def size(count: float) -> str:
    """Bytes in a readable unit."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"


def _line(workspace: Workspace, info: CorpusInfo, *, is_open: bool) -> None:
    # Keys tie an open menu to its corpus: without them the next corpus's menu opens after a corpus is deleted.
    with st.container(border=True, key=f"corpus.line.{info.id}"):
        columns = st.columns([4, 1.2, 1.2, 1.2], vertical_alignment="center")
        columns[0].markdown(f"**{plain(info.name)}**" + (" :blue-badge[open]" if is_open else ""))
        columns[0].caption(
            f"{counted(info.rows, 'row')} · {counted(info.sources, 'source')} · {size(info.size)} · "
            f"{moment(info.made_at)}"
        )
        if columns[1].button("Open", key=f"open.{info.id}", width="stretch", disabled=is_open):
            session.look_at(info.id)
            st.rerun()
        renaming = columns[2].popover("Rename", width="stretch", key=f"renaming.{info.id}")
        with renaming, st.form(f"rename.{info.id}", border=False):
            name = st.text_input("Name", value=info.name, max_chars=names.LONGEST)
            if st.form_submit_button("Rename"):
                with guarded():
                    rename_corpus(workspace, info.id, name, version=info.name_version)
                    corpus_by_id.clear()
                    st.rerun()
        with columns[3].popover("Delete", width="stretch", key=f"deleting.{info.id}"):
            along = trash.dependents(workspace, info.id)
            bytes_held = sum(trash.size_of(artefact.folder) for artefact in along)
            st.text(f"Moves it to the trash with {counted(len(along), 'thing')} computed for it ({size(bytes_held)}).")
            st.caption("Saved subsets keep their ids and recipe. It can be brought back below.")
            if st.button("Delete", key=f"delete.{info.id}", type="primary"):
                with guarded():
                    gone = trash.discard(workspace, "corpora", info.id, along=along)
                    session_keys.DELETED_CORPUS.set((gone.stamp, info.name, info.id if is_open else None))
                    if is_open:
                        session.look_at(None)
                    corpus_by_id.clear()
                    st.rerun()


def _just_deleted(workspace: Workspace) -> None:
    """Draw a message on the corpus that was just deleted, with a button to restore it."""
    stamp, name, was_open = session_keys.DELETED_CORPUS.get(("", "", None))
    if not any(deletion.stamp == stamp for deletion in trash.deletions(workspace)):
        return
    left, right = st.columns([4, 1.4], vertical_alignment="center")
    left.success(f"Deleted {plain(name)}. It waits in the trash.", icon=":material/delete:")
    if right.button("Undo", key=f"undo.{stamp}", icon=":material/undo:", width="stretch"):
        with guarded():
            trash.restore(workspace, stamp)
            if was_open:
                session.look_at(was_open)
            st.rerun()


def _trash(workspace: Workspace) -> None:
    gone = [
        (deletion, [item for item in deletion.items if item.kind == "corpora"])
        for deletion in trash.deletions(workspace)
    ]
    gone = [(deletion, items) for deletion, items in gone if items]
    if not gone:
        return
    with st.expander(f"Deleted corpora ({len(gone)})", icon=":material/delete:", expanded=True):
        for deletion, items in gone:
            left, right = st.columns([4, 1.4], vertical_alignment="center")
            titles = ", ".join(item.name or item.key for item in items)
            left.text(f"{titles} · {size(deletion.size)} · {moment(deletion.at)}")
            if right.button("Bring back", key=f"corpus.restore.{deletion.stamp}", width="stretch"):
                with guarded():
                    trash.restore(workspace, deletion.stamp)
                    st.rerun()


def disk_line(workspace: Workspace) -> str:
    """One line on the disk space that the workspace takes."""
    uses = pd.Series({use.kind: use.size for use in trash.disk_use(workspace)})
    shown = " · ".join(f"{kind} {size(bytes_held)}" for kind, bytes_held in uses[uses > 0].items())
    return f"On the disk: {size(float(uses.sum()))} ({shown})" if shown else "Nothing is on the disk yet."
