"""What an action did, said by the run that follows it.

A toast belongs to the run that made it. Where ``st.rerun`` ends that run at once, a busy server sends both runs in one
go, and the browser clears the toast away with the first before it has drawn it. Such words wait here for the end of the
next run of the whole page.
"""

from __future__ import annotations

import streamlit as st

from pages.parts.frame import session_keys


def tell_after_rerun(text: str) -> None:
    """Keep a message, Markdown already made plain, for the run that ``st.rerun`` starts."""
    session_keys.TOLD.start([]).append(text)


def tell_now() -> None:
    """Say what waits; called once a run, when the whole page is drawn."""
    for text in session_keys.TOLD.pop([]):
        st.toast(text)
