"""Why a row is in or out: what the plan says of it, and the kept row nearest to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from core.selection.nearest import nearest_kept
from core.selection.plan import Reason
from core.workbench.build import Built
from pages.parts.plain import figure3


def why_panel(built: Built, picked: int) -> None:
    """The facts about the pool's row ``picked``, most important first."""
    reason = built.plan.why(picked, built.answer)
    with st.container(border=True):
        st.markdown("**Why it is in**" if reason.chosen else "**Why it is not in**")
        for name, value in reason.facts:
            st.text(f"{name}: {_told(built, name, value)}")
        near = nearest(built, picked)
        if near is not None:
            position, distance = near
            st.text(f"nearest kept row: {row_id(built, position)}, cosine distance {figure3(distance)}")


def nearest(built: Built, picked: int) -> tuple[int, float] | None:
    """(pool position, cosine distance) of the kept row nearest to ``picked``, other than itself.

    None without embeddings of the component, or when nothing else is kept.
    """
    opened = built.opened
    if not opened.whole.has("embeddings"):
        return None
    found = nearest_kept(int(opened.positions[picked]), built.positions, embeddings=opened.whole.embeddings)
    if found is None:
        return None
    return int(np.searchsorted(opened.positions, found[0])), found[1]


def covering(reason: Reason) -> int | None:
    """The pool position of the kept row that covers a dropped one, where the plan names it."""
    for name, value in reason.facts:
        if name == "covered by" and isinstance(value, (int, np.integer)):
            return int(value)
    return None


def row_id(built: Built, row: int) -> str:
    """The id of the row at position ``row`` of the pool, in hexadecimal."""
    return f"{int(built.opened.pool.ids[row]):016x}"


def _told(built: Built, name: str, value: Any) -> str:
    if name == "covered by" and isinstance(value, (int, np.integer)):
        return f"row {row_id(built, int(value))}"
    if isinstance(value, (list, tuple)):
        shown = ", ".join(str(item) for item in list(value)[:12])
        return f"{shown}{' …' if len(value) > 12 else ''}" if len(value) else "none"
    return figure3(value) if isinstance(value, float) else str(value)
