"""The message on the scores that were just logged, shown once, at the next run of the page."""

from __future__ import annotations

import streamlit as st

from core.counted import counted
from core.evidence.ledger import Clashes
from pages.parts.compare.state import State
from pages.parts.frame import session_keys
from pages.parts.frame.plain_text import plain, rows


def tell_next(text: str) -> None:
    """Let the next run show ``text``."""
    session_keys.COMPARE_SAID.set(text)


def show_told(state: State) -> None:
    """Show once what the previous run left, with a button to the scores, and always what still waits for a subset."""
    text = session_keys.COMPARE_SAID.pop("")
    if text:
        st.success(text)
    waiting = len(state.ledger.unmatched(subset.digest for subset in state.subsets))
    with st.container(horizontal=True):
        if text and len(state.frame):
            st.button("See them beside the metrics", type="primary", icon=":material/query_stats:", key="logged-see",
                      on_click=_turn_to, args=("scatter",))  # fmt: skip
        if waiting:
            verb, them = ("waits", "it") if waiting == 1 else ("wait", "them")
            st.button(f"{counted(waiting, 'score')} {verb} for a subset: match {them}", icon=":material/link:",
                      key="logged-match", on_click=_turn_to, args=("ledger",))  # fmt: skip


def _turn_to(view: str) -> None:
    session_keys.COMPARE_GO.set(view)


def outcome(clashes: Clashes, *, replaced: bool = False) -> str:
    """How many scores were logged, were there already, or contradict a logged value, in words."""
    parts = [f"{counted(len(clashes.new), 'score')} logged"]
    if clashes.repeated:
        parts.append(f"{rows(len(clashes.repeated))} were there already")
    if clashes.conflicting:
        verb = "replaced a logged value" if replaced else "contradict a logged value and were not logged"
        parts.append(f"{rows(len(clashes.conflicting))} {verb}")
    return plain(", ".join(parts) + ". Undo: under Ledger.")
