"""Turns the Scores page to a way as a person does: to its group first."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from pages.parts.frame import address, session_keys
from pages.parts.frame.grouped_views import group_of
from pages.parts.scores.ways import GROUPS


def turn_to_group(page: AppTest, way: str) -> None:
    """Press the group of ``way``."""
    page.segmented_control(key=session_keys.SCORES_GROUP.name).set_value(group_of(GROUPS, way)).run()


def turn_to(page: AppTest, way: str) -> AppTest:
    """Press the group of ``way``, then the way."""
    turn_to_group(page, way)
    return page.segmented_control(key=address.SCORES_FROM.widget.name).set_value(way).run()
