"""A filter on a score: rows selected by dragging over its histogram, or by two numbers."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.corpus.column_facts import rows_between
from core.counted import figure3
from core.figures.scores import score_table
from core.row_positions import CorpusRows
from core.workbench.row_selection import facts_of
from pages.parts.frame import session_keys
from pages.parts.frame.page import Context
from pages.parts.frame.selection import SelectionState
from pages.parts.frame.selection_bar import selection_bar


def dragged(ctx: Context, name: str, values: NDArray[np.float64]) -> None:
    """The histogram's callback: select the rows of the box; the outer bars stand for everything beyond them."""
    boxes = (session_keys.SCORE_HISTOGRAM.get(None) or {}).get("selection", {}).get("box", [])
    if not boxes:
        return
    low, high = sorted(float(end) for end in boxes[-1]["x"][:2])
    bars = score_table(values)
    if low <= bars["from"].iloc[0]:
        low = -np.inf
    if high >= bars["to"].iloc[-1]:
        high = np.inf
    select_between(ctx, name, values, low, high)


def select_between(ctx: Context, name: str, values: NDArray[np.float64], low: float, high: float) -> None:
    """Select the rows whose value lies from ``low`` to ``high``, and show both ends in the numbers."""
    known = values[np.isfinite(values)]
    low, high = max(low, float(known.min())), min(high, float(known.max()))
    session_keys.SCORE_FROM.of(name).set(low)
    session_keys.SCORE_TO.of(name).set(high)
    rows = CorpusRows(rows_between(values, low, high))
    SelectionState(ctx.corpus).select(rows, _title(name, low, high))


def selected_between(ctx: Context, name: str) -> tuple[float, float] | None:
    """The ends between which rows are selected by this score; None where the selection is of something else."""
    selection = SelectionState(ctx.corpus).now
    low, high = session_keys.SCORE_FROM.of(name).get(None), session_keys.SCORE_TO.of(name).get(None)
    if selection is None or low is None or high is None or selection.said != _title(name, low, high):
        return None
    return low, high


def by_numbers(ctx: Context, name: str, values: NDArray[np.float64]) -> None:
    """Draw the two ends as numbers, for the keyboard and for exact ends."""
    left, middle, right = st.columns([1, 1, 1.2], vertical_alignment="bottom")
    low, high = session_keys.SCORE_FROM.of(name), session_keys.SCORE_TO.of(name)
    left.number_input("From", value=None, format="%.6g", key=low.name, placeholder="lowest")
    middle.number_input("To", value=None, format="%.6g", key=high.name, placeholder="highest")
    right.button(
        "Select these rows", key="scores.select", on_click=partial(_by_numbers, ctx, name, values), width="stretch"
    )


def _by_numbers(ctx: Context, name: str, values: NDArray[np.float64]) -> None:
    low, high = session_keys.SCORE_FROM.of(name).get(None), session_keys.SCORE_TO.of(name).get(None)
    select_between(ctx, name, values, -np.inf if low is None else low, np.inf if high is None else high)


def _title(name: str, low: float, high: float) -> str:
    return f"{name} {figure3(low)} to {figure3(high)}"


def selected(ctx: Context) -> None:
    """Draw what is selected, and the actions on it."""
    facts = partial(facts_of, ctx.corpus_text, tokenizer=ctx.tokenizer)
    selection_bar(ctx, facts=lambda rows: facts(rows), key="scores")
