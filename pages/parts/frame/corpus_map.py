"""The map of a corpus: the user chooses its colours and picks rows by lasso, box or click."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from core.corpus.row_ids import show_id
from core.features.projection import Layout
from core.figures import maps
from core.figures.colouring import Colouring
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.frame.session_keys import Version

WAYS = {"lasso": "Lasso", "select": "Box", "pan": "Click"}  # Plotly's drag modes

Labels = Sequence[tuple[str, float, float]]  # name, x, y


@dataclass(frozen=True)
class Pick:
    """What was picked on a map: ``rows`` (picked,) int64, indices of the rows that are drawn.

    ``drawn``: whether a box or a lasso is drawn, even if no row lies in it.
    """

    rows: NDArray[np.int64]
    drawn: bool


@dataclass(frozen=True, kw_only=True)
class MapContents:
    """What a page shows on the map of its corpus.

    ``colours`` are offered by name, initially the first; ``labels`` gives the labels on the map for a colouring.
    ``named`` names everything that these two depend on besides corpus, component, tokenizer and layout. ``columns``,
    (rows,) each, are added to the CSV.
    """

    layout: Layout
    embedder: str
    colours: Mapping[str, Callable[[], Colouring]]
    labels: Callable[[str], Labels] = lambda colour: ()
    named: str = ""
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def explore_map(
    ctx: Context,
    contents: MapContents,
    *,
    key: str,
    name: str,
    colour_key: str,
    drawing: Version,
    on_pick: Callable[[], None],
    on_clear: Callable[[], None],
    clearable: bool = False,
) -> Pick:
    """Draw the choice of colours, the three modes of the mouse, Clear, and the map; returns what is picked on it.

    ``drawing`` is the version of the map's widget, which ``on_clear`` renews: otherwise the next drag would move an old
    box. ``clearable``: something is picked elsewhere that Clear also clears. ``colour_key`` is the key of the colours'
    widget; another key lets other colours come first. ``name`` is the stem of downloaded files.
    """
    head, ways, clear = st.columns([2, 1.45, 0.9], vertical_alignment="center")
    colour = head.selectbox(
        "Colour by",
        list(contents.colours),
        key=colour_key,
        format_func=lambda name: f"Colour by {name[:1].lower()}{name[1:]}",
        label_visibility="collapsed",
    )
    # Streamlit ignores clicks in the modes in which a drag draws, so clicking is a mode of its own.
    drag = ways.segmented_control(
        "Mouse",
        list(WAYS),
        default="lasso",
        required=True,
        format_func=WAYS.__getitem__,
        key=f"{key}.drag",
        label_visibility="collapsed",
    )
    pick = draw_map(
        _figure_of(ctx, contents, colour),
        contents.layout.coordinates,
        key=f"{key}-map-{drag or 'lasso'}-{drawing.now}",
        name=name,
        drag=drag or "lasso",
        data=map_table(ctx.corpus.ids, contents),
        on_pick=on_pick,
        caption=f"{_origin(contents)} Draw a lasso or a box, or click, to read what lies there.",
    )
    clear.button(
        "Clear",
        icon=":material/close:",
        help="Clear selection",
        on_click=on_clear,
        disabled=not (len(pick.rows) or pick.drawn or clearable),
    )
    return pick


def map_table(ids: NDArray[np.uint64], contents: MapContents) -> pd.DataFrame:
    """The CSV of the map: a line for each row with its id in hexadecimal, its place and the further columns."""
    data = pd.DataFrame(contents.layout.coordinates, columns=["x", "y"]).assign(**contents.columns)
    data.insert(0, "row", [show_id(row_id) for row_id in ids.tolist()])
    return data


def draw_map(
    figure: go.Figure,
    xy: NDArray[np.floating],
    *,
    key: str,
    name: str,
    drag: str = "lasso",
    data: pd.DataFrame | None = None,
    on_pick: Callable[[], None] | None = None,
    caption: str = "",
) -> Pick:
    """Draw ``figure``, made by :func:`core.figures.maps.corpus_map` of the rows at ``xy`` (rows, 2); returns the pick.

    ``on_pick`` runs before the next run of the page whenever something is drawn or clicked.
    """
    event = show(figure, key=key, data=data, name=name, on_select=on_pick or "rerun", drag=drag, caption=caption)
    selection = (event or {}).get("selection") or {}
    drawn = bool(selection.get("box") or selection.get("lasso"))
    return Pick(maps.picked_rows(selection, xy), drawn)


def _origin(contents: MapContents) -> str:
    way = "UMAP" if contents.layout.method == "umap" else "PCA"
    return f"{way} of {rows(len(contents.layout.coordinates))} rows, embedded by {plain(contents.embedder)}."


def _figure_of(ctx: Context, contents: MapContents, colour: str) -> go.Figure:
    named = [ctx.corpus.id, ctx.component, ctx.tokenizer, contents.layout.key, colour, contents.named]
    return go.Figure(_figure("/".join(named), ctx.mode, _ctx=ctx, _contents=contents, _colour=colour))


@st.cache_resource(max_entries=24, show_spinner=False)
def _figure(key: str, mode: str, *, _ctx: Context, _contents: MapContents, _colour: str) -> Any:
    """The figure of everything that ``key`` names, shared by all sessions."""
    return maps.corpus_map(
        _contents.layout.coordinates,
        _contents.colours[_colour](),
        labels=_contents.labels(_colour),
        ids=_ctx.corpus.ids,
        mode=_ctx.mode,
        height=520,
    )
