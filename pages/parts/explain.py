"""The "?" beside a number: what it is, how it is computed, who says so."""

from __future__ import annotations

import streamlit as st

DIRECTIONS = {1: "Higher is more diverse.", -1: "Higher is less diverse.", 0: "Says nothing about diversity by itself."}


def explain(
    title: str,
    *,
    formula: str,
    source: str = "",
    direction: int | None = None,
    notes: str = "",
    label: str = "",
    key: str | None = None,
) -> None:
    """A small popover with the formula (shown as plain text), its source, and which way it points."""
    with st.popover(label or "", icon=":material/help:", type="tertiary", key=key, help=f"How is {title} computed?"):
        st.markdown(f"**{title}**")
        st.code(formula, language=None, wrap_lines=True)
        if direction is not None:
            st.caption(DIRECTIONS[direction])
        if notes:
            st.caption(notes)
        if source:
            st.caption(f"Source: {source}")
