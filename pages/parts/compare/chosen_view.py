"""The views of the Compare page by the question that they answer: twelve in one line, four at a time."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.parts.frame import address, session, session_keys
from pages.parts.frame.bound_select import bound_segments

# The views by the question that they answer.
GROUPS = {
    "Does it predict?": ("scatter", "correlations", "slopes", "size"),
    "Which to pick?": ("best-pick", "decision"),
    "More evidence": ("metrics", "mixture", "published", "more"),
    "Scores": ("log", "ledger"),
}


def chosen_view(titles: Mapping[str, str]) -> str:
    """Draw the questions and, beside them, the views that answer the chosen one; returns the name of the chosen view.

    ``titles`` says what each view is called. The address holds the view alone; the question follows from it.
    """
    parameter = address.COMPARE_VIEW
    asked = None if session.came_back() else parameter.widget.get(None)
    named = (asked, parameter.asked, None if session.came_back() else parameter.chosen.get(None), "scatter")
    now = next(view for view in named if view is not None)
    group_key = session_keys.COMPARE_GROUP
    group_key.set(next((group for group, views in GROUPS.items() if now in views), "Does it predict?"))
    left, right = st.columns([1, 1], gap="small")
    left.segmented_control(
        "Question", list(GROUPS), required=True, key=group_key.name, label_visibility="collapsed", on_change=_turn
    )
    shown = {name: titles[name] for name in GROUPS[group_key.value]}
    return bound_segments(right, "View", shown, parameter=parameter, default="scatter", hide_label=True)


def _turn() -> None:
    """Open the first view of the chosen question."""
    address.COMPARE_VIEW.turn_to(GROUPS[session_keys.COMPARE_GROUP.value][0])
