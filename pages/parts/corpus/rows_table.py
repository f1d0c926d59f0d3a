"""The table of rows with a histogram above each column, as a component: what it is sent, and what it sends back.

Texts reach the browser as text, hits as places in it; the script makes nodes of them, never HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.corpus.column_histograms import Histogram
from core.corpus.hits import Spans
from core.counted import figure3
from pages.parts.frame.map.served import mounting
from pages.parts.frame.plain_text import sendable
from pages.parts.frame.session_keys import Key

Cell = tuple[str, Spans]


def show_rows(
    *,
    columns: Sequence[Mapping[str, Any]],
    lines: Sequence[tuple[int, Sequence[Cell]]],
    read: int | None,
    page: str,
    height: int,
    key: Key[Any],
    on_event: Callable[[], None],
) -> None:
    """Draw ``columns`` (of :func:`head`) over ``lines``: the position of a row and a cell for each column.

    ``read`` is the row that is marked. ``page`` names what is shown: the table scrolls up when it changes. ``on_event``
    runs before the next run when a hand pressed something: see :func:`event`.
    """
    rows = [
        {
            "row": row,
            "cells": [{"text": sendable(text), "marks": [list(span) for span in spans]} for text, spans in cells],
        }
        for row, cells in lines
    ]
    data = {"columns": list(columns), "rows": rows, "read": read, "page": page, "height": height}
    st.components.v2.component("diverscope_rows", js=mounting("rows.js"))(
        data=data, key=key.name, on_event_change=on_event, height="content"
    )


def event(key: Key[Any]) -> Mapping[str, Any]:
    """What the hand did: {"row"}, {"column", "first", "last", "add"} or {"column", "clear"}; {} for nothing."""
    sent = getattr(key.get(None), "event", None)
    return sent if isinstance(sent, Mapping) else {}


def head(
    title: str,
    *,
    wide: bool,
    histogram: Histogram | None,
    kept: NDArray[np.int64] | None,
    wanted: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """What the browser draws above a column: its bins with all rows and those of ``kept``, and the bins filtered by.

    ``kept`` (bins,) are the rows that pass every filter but the column's own; None for all.
    """
    drawn: dict[str, Any] = {"title": sendable(title), "wide": wide, "column": "", "bins": [], "numbers": True}
    if histogram is None or not len(histogram.counts):
        return drawn
    numbers = histogram.kind == "numbers"
    labels = _spans(histogram) if numbers else [sendable(name) for name in histogram.names]
    shown = histogram.counts if kept is None else kept
    inside = _inside(histogram, wanted)
    bins = [
        {"label": label, "all": int(every), "kept": int(here), "inside": within}
        for label, every, here, within in zip(labels, histogram.counts, shown, inside, strict=True)
    ]
    return drawn | {
        "column": sendable(histogram.column),
        "bins": bins,
        "numbers": numbers,
        "filtered": wanted is not None,
        "narrowed": kept is not None,
        "low": labels[0].split(" – ")[0],
        "high": labels[-1].split(" – ")[-1],
        "others": f"+ {histogram.others:,} more" if histogram.others else "",
    }


def _spans(histogram: Histogram) -> list[str]:
    return [
        number(low) if low == high else f"{number(low)} – {number(high)}"
        for low, high in zip(histogram.lows, histogram.highs, strict=True)
    ]


def number(value: float) -> str:
    """A number as a table shows it: whole ones in full, others with three digits."""
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else figure3(value)


def _inside(histogram: Histogram, wanted: Mapping[str, Any] | None) -> list[bool]:
    """(bins,) whether the filter lets rows of the bin pass."""
    if wanted is None:
        return [True] * len(histogram.counts)
    if histogram.kind == "words":
        return [name in wanted.get("values", ()) for name in histogram.names]
    low, high = wanted.get("from"), wanted.get("to")
    return [
        (low is None or last >= low) and (high is None or first <= high)
        for first, last in zip(histogram.lows, histogram.highs, strict=True)
    ]
