"""Why a row is in or out: the plan's facts, and the kept row nearest to it."""

from __future__ import annotations

import streamlit as st

from core.counted import figure3
from core.row_positions import PoolRow
from core.selection.reason import Reason
from core.workbench.build import Built
from core.workbench.inspections.why import nearest, nearness, why
from core.workbench.inspections.why_words import row_id, told


def why_panel(built: Built, picked: PoolRow) -> Reason:
    """Draw the facts about the pool's row ``picked``, most important first, and return them."""
    reason = why(built, picked)
    with st.container(border=True):
        st.markdown("**Why it is in**" if reason.chosen else "**Why it is not in**")
        for heading, value in told(built, reason):
            st.text(f"{heading}: {value}")
        near = nearest(built, picked)
        if near is not None:
            neighbour, distance = near
            st.text(f"nearest kept row: {row_id(built, neighbour)}, {nearness(built)} {figure3(distance)}")
    return reason
