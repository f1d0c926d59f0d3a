"""A row and its nearest rows in the space of the embeddings, ringed on the map; a dashed ring: the map misplaces it."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.corpus.row_ids import show_id
from core.counted import counted
from core.features.embedding import load_embeddings
from core.features.nearest_rows import NearestRows, nearest_rows
from core.row_positions import CorpusRow, CorpusRows
from pages.parts.frame import session_keys
from pages.parts.frame.corpus_map import placed
from pages.parts.frame.map_data import MapData
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3
from pages.parts.frame.selection import SelectionState

COUNT = 10


def marks(ctx: Context) -> list[tuple[int, str]]:
    """Rings of the row whose nearest rows are selected, of these rows, and of those that the map misplaces."""
    if (near := _nearest_now(ctx)) is None:
        return []
    row, nearest = near
    kinds = ["far" if misplaced else "near" for misplaced in nearest.misplaced.tolist()]
    return [(row, "self"), *zip(nearest.rows.tolist(), kinds, strict=True)]


def nearest_button(ctx: Context, seen: MapData, row: CorpusRow) -> None:
    """Draw the button that selects the rows nearest to ``row``, and, once pressed, how near they are."""
    chosen = ctx.choice.clustering
    vectors = load_embeddings(
        ctx.corpus_text, chosen.embedder, max_tokens=chosen.max_tokens, precision=chosen.precision
    )
    if vectors is None:
        return
    st.button(
        "Its nearest rows",
        key="clusters-nearest",
        help=f"The {COUNT} nearest by embedding, not by the map.",
        on_click=lambda: _select(ctx, seen, vectors, row),
    )
    if (near := _nearest_now(ctx)) is not None:
        _, nearest = near
        span = f"{figure3(float(nearest.similarity[-1]))} to {figure3(float(nearest.similarity[0]))}"
        lost = int(nearest.misplaced.sum())
        st.caption(
            f"{counted(len(nearest.rows), 'row')} ringed, cosine {span}; "
            f"{'none lies' if not lost else counted(lost, 'of them lies', 'of them lie')} elsewhere on the map"
            f"{' (dashed)' if lost else ''}."
        )


def _select(ctx: Context, seen: MapData, vectors: NDArray[np.float32], row: CorpusRow) -> None:
    nearest = nearest_rows(vectors, placed(seen.layout).shares, row, count=COUNT)
    state = SelectionState(ctx.corpus)
    state.select(CorpusRows(np.sort(np.append(nearest.rows, row))), f"nearest to {show_id(int(ctx.corpus.ids[row]))}")
    if state.now is not None:
        session_keys.NEAREST.set((state.now, int(row), nearest))


def _nearest_now(ctx: Context) -> tuple[int, NearestRows] | None:
    """The row and its nearest rows, as long as they are what is selected."""
    kept, now = session_keys.NEAREST.get(None), SelectionState(ctx.corpus).now
    return (kept[1], kept[2]) if kept is not None and now is not None and kept[0] is now else None
