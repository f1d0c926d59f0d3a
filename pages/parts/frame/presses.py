"""Presses that no button of the page heard: the user is told, where Streamlit would drop them in silence.

A browser whose connection was renewed shows a page that the server no longer knows: uploads and questions are gone from
the new session, and a button that was drawn for them is not drawn again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

UNHEARD = "That press did nothing: the page has changed since it was drawn. Look at it again, then press once more."


@contextmanager
def heard() -> Iterator[None]:
    """Run the page; a press on a button that it did not draw, or whose callback did not run, is answered aloud."""
    waiting = _pressed()  # button: whether the session knew it before, so that its callback has run
    try:
        yield
    finally:
        if any(_is_lost(widget_id, known=known) for widget_id, known in waiting.items()):
            st.toast(UNHEARD, icon=":material/touch_app:", duration="long")


def _is_lost(widget_id: str, *, known: bool) -> bool:
    metadata = _widgets().get(widget_id)
    if metadata is not None and metadata.callback is not None:
        return not known
    drawn = getattr(getattr(get_script_run_ctx(), "shared", None), "widget_ids_this_run", None)
    return drawn is not None and widget_id not in drawn.snapshot()


def _pressed() -> dict[str, bool]:
    """The buttons whose press the browser has sent with this run, and whether the session knew them before."""
    states, widgets = getattr(_new_state(), "states", {}), _widgets()
    pressed = {}
    for widget_id, state in states.items():
        metadata, value = widgets.get(widget_id), state.value
        if metadata is not None and metadata.value_type == "trigger_value" and value is True:
            pressed[widget_id] = True
        elif getattr(value, "trigger_value", False) is True:  # as it came from the browser
            pressed[widget_id] = metadata is not None
    return pressed


def _widgets() -> Mapping[str, Any]:
    """What Streamlit knows of each widget of the session, by its id."""
    return getattr(_new_state(), "widget_metadata", {})


def _new_state() -> Any:
    """Streamlit's record of what the browser has sent; None where there is none, or a later version keeps another."""
    context = get_script_run_ctx()
    session = getattr(context.session_state, "_state", None) if context is not None else None
    return getattr(session, "_new_widget_state", None)
