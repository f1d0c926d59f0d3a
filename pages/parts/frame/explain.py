"""The "?" beside a number: a popover that says how it is computed, with its source."""

from __future__ import annotations

import streamlit as st

from core.metrics.metric import Metric
from core.metrics.plain_words import in_plain_words
from pages.parts.frame.plain_text import plain

DIRECTIONS = {1: "Higher is more diverse.", -1: "Higher is less diverse.", 0: "Says nothing about diversity by itself."}


def explain(
    title: str,
    *,
    formula: str,
    source: str = "",
    direction: int | None = None,
    notes: str = "",
    meaning: str = "",
    label: str = "",
    key: str | None = None,
) -> None:
    """Draw a small popover: what it means in plain words, its direction, its formula (as plain text), its source."""
    with st.popover(label or "", icon=":material/help:", type="tertiary", key=key, help=f"How is {title} computed?"):
        st.markdown(f"**{title}**")
        if meaning:
            st.text(meaning)
        if direction is not None:
            st.caption(DIRECTIONS[direction])
        st.code(formula, language=None, wrap_lines=True)
        if notes:
            st.caption(notes)
        if source:
            st.caption(f"Source: {source}")


def explain_metric(metric: Metric, *, address: str, key: str) -> None:
    """Draw a metric's popover: its address, what it depends on, its formula and source."""
    notes = [address, f"Work: {metric.cost}."]
    if metric.size_dependent:
        notes.append("Depends on the size: compare at equal size only.")
    if metric.length_dependent:
        notes.append("Depends on the length of the rows.")
    explain(
        metric.title,
        meaning=in_plain_words(metric.name),
        formula=metric.formula,
        source=metric.source,
        direction=metric.direction,
        notes=" ".join(plain(note) for note in notes),
        key=key,
    )
