"""Turning the Compare page to one of its views, as a person does: the question first, then the view."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from pages.parts.compare.chosen_view import GROUPS
from pages.parts.frame import address, session_keys


def turn_to_view(page: AppTest, view: str) -> None:
    """Let ``page`` show ``view`` at its next run; a page that was never run begins there."""
    question = next(question for question, views in GROUPS.items() if view in views)
    for control in page.segmented_control:
        if control.key == session_keys.COMPARE_GROUP.name and control.value != question:
            control.set_value(question).run()
            break
    page.session_state[address.COMPARE_VIEW.widget.name] = view
