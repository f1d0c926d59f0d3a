"""Many views of a page in one line: groups of them, and beside these the views of the chosen group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from pages.parts.frame.address import Selected
from pages.parts.frame.bound_select import bound_segments, standing
from pages.parts.frame.session_keys import Key

Groups = Mapping[str, Mapping[str, str]]


def grouped_view(
    groups: Groups, *, parameter: Selected, group_key: Key[str], default: str, about: str, widths: Sequence[float]
) -> str:
    """Draw the groups and the views of the chosen one; returns the chosen view.

    ``groups`` maps each group's label to its views, and these to their labels. The address holds the view alone, in
    ``parameter``; the group, which the session has under ``group_key``, follows from it. A group opens at its first
    view. ``about`` says to a screen reader what the groups are; ``widths`` are those of groups and views.
    """
    every = [view for views in groups.values() for view in views]
    group = group_of(groups, standing(parameter, every, default=default))
    group_key.set(group)
    left, right = st.columns(widths, gap="small")
    left.segmented_control(
        about, list(groups), required=True, key=group_key.name, label_visibility="collapsed",
        on_change=partial(_turned, groups, parameter, group_key),
    )  # fmt: skip
    return bound_segments(right, "View", groups[group], parameter=parameter, default=default, hide_label=True)


def group_of(groups: Groups, view: str) -> str:
    """The group that ``view`` belongs to."""
    return next(group for group, views in groups.items() if view in views)


def _turned(groups: Groups, parameter: Selected, group_key: Key[str]) -> None:
    """Open the first view of the chosen group."""
    parameter.turn_to(next(iter(groups[group_key.value])))
