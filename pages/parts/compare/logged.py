"""The message on the scores that were just logged, shown once, at the next run of the page."""

from __future__ import annotations

import streamlit as st

from core.counted import counted
from core.evidence.ledger import Clashes
from pages.parts.frame import session_keys
from pages.parts.frame.plain_text import plain, rows


def tell_next(text: str) -> None:
    """Let the next run show ``text``."""
    session_keys.COMPARE_SAID.set(text)


def show_told() -> None:
    """Show the message that the previous run left, once."""
    text = session_keys.COMPARE_SAID.pop("")
    if text:
        st.success(text)


def outcome(clashes: Clashes, *, replaced: bool = False) -> str:
    """How many scores were logged, were there already, or contradict a logged value, in words."""
    parts = [f"{counted(len(clashes.new), 'score')} logged"]
    if clashes.repeated:
        parts.append(f"{rows(len(clashes.repeated))} were there already")
    if clashes.conflicting:
        verb = "replaced a logged value" if replaced else "contradict a logged value and were not logged"
        parts.append(f"{rows(len(clashes.conflicting))} {verb}")
    return plain(", ".join(parts) + ". Undo: under Ledger.")
