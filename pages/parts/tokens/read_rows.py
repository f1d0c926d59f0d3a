"""A list of rows on the Tokens page, and the row chosen in it with its tokens coloured."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.bands import Band
from core.counted import counted
from core.features.bands import stretches
from core.features.tokenizers import Tokenizer
from core.row_positions import CorpusRows
from core.view import TokenRows
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import rows
from pages.parts.tokens.coloured_text import coloured_text

LISTED = 200  # rows listed for reading
LONG = 12_000  # characters of a row that are coloured


def read_rows(
    ctx: Context,
    places: CorpusRows,
    numbers: Mapping[str, NDArray[np.int64]],
    *,
    band: Band,
    tokens: TokenRows,
    tokenizer: Tokenizer,
    key: str,
    wanted: Collection[int] = (),
    wanted_as: str = "looked for",
) -> None:
    """Draw the first rows of ``places`` beside ``numbers`` (title: one for each place), and the chosen row's text.

    Tokens that are ``wanted`` are marked in the text; the legend calls them ``wanted_as``. ``key`` tells this list's
    widgets from those of others.
    """
    listed = CorpusRows(places[:LISTED])
    texts = ctx.corpus.texts_at(ctx.component, listed)
    left, right = st.columns([2, 3])
    with left:
        table = pd.DataFrame(
            {
                **{title: values[:LISTED] for title, values in numbers.items()},
                "Tokens": tokens.lengths[listed],
                "Text": [text[:160] for text in texts],
            }
        )
        event = st.dataframe(
            table,
            hide_index=True,
            height=420,
            on_select="rerun",
            selection_mode="single-row",
            key=f"tokens.rows.{key}",
            column_config={
                **{title: st.column_config.NumberColumn(format="localized") for title in (*numbers, "Tokens")},
                "Text": st.column_config.TextColumn(width="large"),
            },
        )
        if len(places) > LISTED:
            st.caption(f"The first {rows(LISTED)} of {counted(len(places), 'row')}.")
    chosen = event.selection.rows or [0]
    text = texts[min(chosen[0], len(listed) - 1)]
    with right:
        if not text:
            st.info("This row's text is empty.")
            return
        legend = [("mid band", "mid"), ("high band", "high"), ("low band", "low"), ("hover: how often it occurs", "")]
        if wanted:
            legend.insert(0, (wanted_as, "wanted"))
        pieces = stretches(band, text[:LONG], tokens.frequency, tokenizer, wanted=frozenset(wanted))
        coloured_text(pieces, legend=legend, key="tokens.text")
        if len(text) > LONG:
            st.caption(f"The first {rows(LONG)} of {rows(len(text))} characters.")
