"""Rows that were picked: a list with a line for each, and the row chosen in it in full on a reading card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from core.corpus.row_ids import show_id
from core.row_positions import CorpusRow, CorpusRows
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.frame.reading_card import reading_card
from pages.parts.frame.reading_steps import reading_on
from pages.parts.frame.session_keys import Key

LISTED = 500  # picked rows in the list


def read_picked(
    ctx: Context, picked: CorpusRows, *, table: Key[Any], key: str, note: Callable[[CorpusRow], str] = lambda row: ""
) -> CorpusRow:
    """Draw the reading card of the row chosen in the list with the key ``table``, else of the first; returns the row.

    ``note`` gives a text about a row, which is written above its card.
    """
    chosen = (table.get(None) or {}).get("selection", {}).get("rows", [])
    place = min(chosen[0], min(len(picked), LISTED) - 1) if chosen else 0
    reading = reading_on(picked, CorpusRow(int(picked[place])), key=key)
    position = reading.row
    told = [f"**{rows(len(picked))}** {'row' if len(picked) == 1 else 'rows'} picked"]
    if more := note(position):
        told.append(plain(more))
    st.markdown(" · ".join(told))
    reading_card(ctx.corpus, position, key=key, height=525, reading=reading)
    return position


def list_picked(
    ctx: Context,
    picked: CorpusRows,
    *,
    table: Key[Any],
    column: str = "",
    values: Callable[[CorpusRows], list[str]] = lambda rows: [],
) -> None:
    """Draw the picked rows, a line for each with its text, source and id; the chosen row is shown on the card.

    ``column`` is the title of a further column, for which ``values`` gives the values of the listed rows; "" for none.
    """
    listed = CorpusRows(picked[:LISTED])
    lines = pd.DataFrame({"Text": [text[:240] for text in ctx.corpus.texts_at(ctx.component, listed)]})
    if "source" in ctx.corpus.columns:
        lines["Source"] = ctx.corpus.column("source")[listed]
    if column:
        lines[column] = values(listed)
    lines["Id"] = [show_id(row_id) for row_id in ctx.corpus.ids[listed].tolist()]
    st.dataframe(
        lines,
        key=table.name,
        hide_index=True,
        height=min(300, 40 + 35 * len(listed)),
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Text": st.column_config.TextColumn(width="large"),
            **({column: st.column_config.TextColumn(width="medium")} if column else {}),
        },
    )
    if len(picked) > LISTED:
        st.caption(f"The first {rows(LISTED)} of {rows(len(picked))} picked rows.")
