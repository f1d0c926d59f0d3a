"""The subset on the map of its corpus."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.counted import counted
from core.features.projection import load_map
from core.figures.colouring import by_membership
from core.figures.maps import corpus_map
from core.figures.theme import level_colour
from core.row_positions import PoolRows
from core.selection.registry import strategy
from core.workbench.build import Built
from pages.parts.frame import session_keys
from pages.parts.frame.corpus_map import draw_map
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import rows


def subset_map(ctx: Context, built: Built) -> PoolRows | None:
    """Draw the pool in grey and the subset in its level's colour; returns pool positions inside a box or lasso.

    None when nothing is selected. Without embeddings of the component there is no map, and a line says so.
    """
    layout = load_map(ctx.corpus_text, ctx.choice.clustering)
    if layout is None:
        st.caption("The map appears once the rows are embedded: press Embed on the Clusters page.")
        return None
    xy = np.asarray(layout.coordinates)[built.corpus_view.positions]  # (pool rows, 2)
    chosen = built.chosen
    colouring = by_membership(chosen, colour=level_colour(strategy(built.recipe.strategy).level))
    figure = corpus_map(xy, colouring, ids=built.corpus_view.pool.ids, mode=ctx.mode, height=420)
    pick = draw_map(
        figure,
        xy,
        key=session_keys.SUBSET_MAP.name,
        name="subset-on-map",
        caption=f"{layout.method.upper()} of the {ctx.component}. A box or a lasso lists only the rows inside it.",
    )
    inside = PoolRows(pick.rows)
    if not len(inside):
        return None
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.caption(
        f"{counted(len(inside), 'row')} inside the selection, {rows(int(chosen[inside].sum()))} of them in the subset."
    )
    if right.button("Clear selection", key="subset-map-clear", width="stretch"):
        session_keys.SUBSET_MAP.drop()
        st.rerun(scope="fragment")
    return inside
