"""The notice on a page when the corpus of a link or of the session no longer exists."""

from __future__ import annotations

import streamlit as st

from core.corpus.store import Corpus
from core.workspace import trash
from core.workspace.artefacts import Workspace
from pages.parts.frame import session, session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.links import link


def note_gone(asked: str, shown: str | None) -> None:
    """Note in the session that the corpus ``shown`` is shown instead of ``asked``, for later runs too."""
    session_keys.GONE.set((asked, shown))


def gone_notice(workspace: Workspace, opened: Corpus | None) -> None:
    """Draw which corpus is shown instead and offer to restore, until another corpus is opened or it is dismissed."""
    gone = session_keys.GONE.get(None)
    if gone is None:
        return
    asked, shown = gone
    if shown != (opened.id if opened else None):
        session_keys.GONE.drop()
        return
    deletion = next((candidate for candidate in trash.deletions(workspace) if _holds(candidate, asked)), None)
    name = next((item.name for item in deletion.items if item.key == asked), "") if deletion else ""
    instead = f" This is {opened.name}." if opened else ""
    with st.container(border=True, key="gone-corpus"):
        if deletion:
            st.text(f"That corpus{f' ({name})' if name else ''} is in the trash.{instead}")
        else:
            st.text(f"The corpus {asked[:40]} is no longer in the workspace.{instead}")
        with st.container(horizontal=True, vertical_alignment="center"):
            if deletion and st.button("Bring it back", key="gone.restore", icon=":material/undo:"):
                with guarded():
                    trash.restore(workspace, deletion.stamp)
                    session.look_at(asked)
                    session_keys.GONE.drop()
                    st.rerun()
            if deletion:
                link("activity", "The trash is under Activity", icon=":material/pending_actions:")
            if st.button("Dismiss", key="gone.dismiss", type="tertiary"):
                session_keys.GONE.drop()
                st.rerun()


def _holds(deletion: trash.Deletion, corpus_id: str) -> bool:
    return any(item.kind == "corpora" and item.key == corpus_id for item in deletion.items)
