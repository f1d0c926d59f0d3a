"""The map and what is read from it: colours, lasso and click, the reading card, the clusters' table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from core.corpus.row_ids import show_id
from core.features.clusters import Clusters
from core.features.keywords import Keyword
from core.features.projection import Layout
from core.features.tokens import load_tokens
from core.figures.cluster_sizes import cluster_sizes
from core.figures.colouring import Colouring, by_category, by_cluster, by_membership, by_number
from core.figures.maps import corpus_map, label_places, picked_rows
from core.figures.theme import level_colour
from core.row_positions import CorpusRow, CorpusRows
from core.selection.registry import strategy
from core.workbench.subsets import Subset, list_subsets
from pages.parts.frame import session_keys
from pages.parts.frame.figures import show
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.frame.reading_card import reading_card
from pages.parts.frame.session_keys import Key

LISTED = 500  # picked rows in the table
WAYS = {"lasso": "Lasso", "select": "Box", "pan": "Click"}  # Plotly's drag modes


@dataclass(frozen=True)
class MapData:
    """What the map is drawn from. ``labels`` (rows,) hold what became of noise; None before there are clusters."""

    layout: Layout
    clusters: Clusters | None
    labels: NDArray[np.int32] | None
    noise: str
    words: list[list[Keyword]] | None
    embedder: str

    def name(self, cluster: int) -> str:
        """A cluster in words: its number and what tells it from the others."""
        if self.clusters is None or cluster < 0:
            return "noise"
        if cluster >= len(self.clusters.sizes):
            return "noise, as one cluster"
        if self.clusters.names:
            return self.clusters.names[cluster]
        keywords = self.words[cluster] if self.words and cluster < len(self.words) else []
        return " · ".join([str(cluster), *(keyword.word for keyword in keywords[:3])])


@st.fragment
def explore(ctx: Context, seen: MapData) -> None:
    """The map, and beside it the clusters or, once something is picked, the rows; a pick runs this part alone."""
    with guarded():
        left, right = st.columns([1.7, 1], gap="medium")
        with left:
            head, ways, clear = st.columns([2, 1.45, 0.9], vertical_alignment="center")
            # One key before and one after there are clusters, so that they are what the map shows first.
            colour = head.selectbox(
                "Colour by",
                list(colours(ctx, seen)),
                key=f"clusters.colour.{seen.clusters is not None}",
                format_func=lambda name: f"Colour by {name[:1].lower()}{name[1:]}",
                label_visibility="collapsed",
            )
            # Streamlit ignores clicks while a drag draws, so clicking is a way of its own.
            drag = ways.segmented_control(
                "Mouse",
                list(WAYS),
                default="lasso",
                required=True,
                format_func=lambda way: WAYS[way],
                key="clusters.drag",
                label_visibility="collapsed",
            )
            event = _map(ctx, seen, colour, drag or "lasso")
        xy = seen.layout.coordinates
        picked = CorpusRows(picked_rows(event.get("selection") or {}, xy))
        drawn = bool(event.get("selection") and any((event["selection"].get("box"), event["selection"].get("lasso"))))
        cluster = session_keys.CLUSTER.get(None)
        if not len(picked) and not drawn and cluster is not None and seen.labels is not None:
            picked = CorpusRows(np.flatnonzero(seen.labels == cluster))
        clear.button(
            "Clear",
            icon=":material/close:",
            help="Clear selection",
            on_click=_clear,
            disabled=not (len(picked) or drawn),
        )
        if drawn and not len(picked):
            right.info("**No row lies in there.** Draw again, or clear the selection.")
        with right:
            if len(picked):
                _read(ctx, seen, picked)
            elif seen.clusters is not None and len(seen.clusters.sizes):
                _table(ctx, seen, seen.clusters)
            else:
                st.info("**Nothing is picked yet.** Click on the map, or draw a box or a lasso, to read rows.")
        if len(picked):
            _list(ctx, seen, picked)
        elif seen.clusters is not None and len(seen.clusters.sizes):
            _sizes(ctx, seen, seen.clusters)


def colours(ctx: Context, seen: MapData) -> dict[str, Callable[[], Colouring]]:
    """What the map can be coloured by, each with the function that makes the colours."""
    found: dict[str, Callable[[], Colouring]] = {}
    if seen.labels is not None and seen.clusters is not None:
        found["Cluster"] = partial(by_cluster, seen.labels)
    first = [name for name in ("source", "category") if name in ctx.corpus.columns]
    found |= {name.capitalize(): partial(_by_column, ctx, name) for name in first}
    found["Length"] = partial(_by_length, ctx)
    for subset in list_subsets(ctx.workspace, ctx.corpus.id):
        found[f"Subset: {subset.name}"] = partial(_by_subset, ctx, subset)
    others = [name for name in ctx.corpus.columns if name not in first]
    return found | {f"Column: {name}": partial(_by_column, ctx, name) for name in others}


def _by_subset(ctx: Context, subset: Subset) -> Colouring:
    colour = level_colour(strategy(subset.recipe.strategy).level)
    inside = np.zeros(len(ctx.corpus), dtype=bool)
    inside[ctx.corpus.positions_of(subset.ids)] = True
    return by_membership(inside, colour=colour)


def _by_length(ctx: Context) -> Colouring:
    tokens = load_tokens(ctx.workspace, ctx.corpus, ctx.component, ctx.tokenizer)
    if tokens is not None:
        return by_number(tokens.lengths, title=f"tokens ({ctx.tokenizer})", logarithmic=True)
    lengths = np.array([len(text) for text in ctx.corpus.text(ctx.component)])
    return by_number(lengths, title="characters", logarithmic=True)


def _by_column(ctx: Context, column: str) -> Colouring:
    values = ctx.corpus.column(column)
    if values.dtype.kind == "f":
        return by_number(values, title=column)
    return by_category(values, title=column)


def _map(ctx: Context, seen: MapData, colour: str, drag: str) -> Any:
    words = "named" if seen.words else "numbered"
    key = "/".join(
        [ctx.corpus.id, ctx.component, ctx.tokenizer, seen.layout.key, colour, words]
        + ([seen.clusters.key, seen.noise] if seen.clusters is not None else [])
    )
    figure = _figure(key, ctx.mode, _ctx=ctx, _seen=seen, _colour=colour)
    data = pd.DataFrame(seen.layout.coordinates, columns=["x", "y"])
    data.insert(0, "row", ctx.corpus.ids.astype(str))
    if seen.labels is not None:
        data["cluster"] = seen.labels
    return show(
        go.Figure(figure),  # the cached one is shared by all sessions
        key=f"clusters-map-{drag}-{session_keys.MAP_DRAWING.now}",
        data=data,
        name="cluster-map",
        on_select=_drawn,
        drag=drag,
        caption=_told(seen),
    )


def _told(seen: MapData) -> str:
    way = "UMAP" if seen.layout.method == "umap" else "PCA"
    return (
        f"{way} of {rows(len(seen.layout.coordinates))} rows, embedded by {plain(seen.embedder)}. "
        "Draw a lasso or a box, or click, to read what lies there."
    )


@st.cache_resource(max_entries=24, show_spinner=False)
def _figure(key: str, mode: str, *, _ctx: Context, _seen: MapData, _colour: str) -> Any:
    """The figure of everything that ``key`` names."""
    xy, labels = _seen.layout.coordinates, _seen.labels
    places: list[tuple[str, float, float]] = []
    if (
        _colour == "Cluster"
        and labels is not None
        and _seen.clusters is not None
        and (_seen.words or _seen.clusters.names)
    ):
        names = [_seen.name(number) for number in range(len(_seen.clusters.sizes))]
        places = label_places(xy, _seen.clusters.labels, names)
    colouring = colours(_ctx, _seen)[_colour]()
    return corpus_map(xy, colouring, labels=places, ids=_ctx.corpus.ids, mode=_ctx.mode, height=520)


def _drawn() -> None:
    """Something was drawn or clicked on the map: it replaces a cluster that was picked in the table."""
    session_keys.CLUSTER.set(None)


def _clear() -> None:
    """Forget what was picked; new keys, because an old box would be moved by the next drag."""
    session_keys.CLUSTER.set(None)
    session_keys.MAP_DRAWING.renew()
    session_keys.CLUSTER_LIST_VERSION.renew()


def _pick_cluster(key: Key[Any]) -> None:
    chosen = key.value.selection.rows
    _clear()
    session_keys.CLUSTER.set(int(chosen[0]) if chosen else None)


def _table(ctx: Context, seen: MapData, clusters: Clusters) -> None:
    """Every cluster with its rows and keywords; choosing one reads its rows."""
    words = [[word.word for word in row] for row in seen.words] if seen.words else None
    table = pd.DataFrame({"Cluster": np.arange(len(clusters.sizes)), "Rows": clusters.sizes})
    table["Share"] = 100 * clusters.sizes / max(1, len(clusters.labels))
    if clusters.names:
        table.insert(1, "Name", list(clusters.names))
    if words:  # four fit beside the numbers
        table["Keywords"] = [", ".join(row[:4]) for row in words]
        table["More"] = [", ".join(row[4:10]) for row in words]
    key = session_keys.CLUSTER_LIST.of(session_keys.CLUSTER_LIST_VERSION.now)
    st.dataframe(
        table,
        key=key.name,
        hide_index=True,
        height=38 + 35 * min(len(table), 15),
        on_select=lambda: _pick_cluster(key),
        selection_mode="single-row",
        column_config={
            "Cluster": st.column_config.NumberColumn(width=56),
            "Rows": st.column_config.NumberColumn(format="localized", width=56),
            "Share": st.column_config.NumberColumn(format="%.1f %%", width=60),
            "Keywords": st.column_config.TextColumn(width=190),
        },
    )
    st.caption("Choose a cluster to read its rows. Keywords by c-TF-IDF." if words else "Keywords are on their way.")


def _read(ctx: Context, seen: MapData, picked: CorpusRows) -> None:
    """The reading card of the row that is chosen in the list, else of the first."""
    table = session_keys.PICKED_ROWS.get(None) or {}
    chosen = table.get("selection", {}).get("rows", [])
    place = min(chosen[0], min(len(picked), LISTED) - 1) if chosen else 0
    position = CorpusRow(int(picked[place]))
    said = f"**{rows(len(picked))}** {'row' if len(picked) == 1 else 'rows'} picked · number {place + 1}"
    if seen.labels is not None:
        said += f" · cluster {plain(seen.name(int(seen.labels[position])))}"
    st.markdown(said)
    reading_card(ctx.corpus, position, key="clusters-card", height=525)


def _list(ctx: Context, seen: MapData, picked: CorpusRows) -> None:
    """The picked rows, one line each; choosing one puts it on the card."""
    shown = picked[:LISTED]
    texts = ctx.corpus.text(ctx.component)
    table = pd.DataFrame({"Text": [texts[at][:240] for at in shown]})
    if "source" in ctx.corpus.columns:
        table["Source"] = ctx.corpus.column("source")[shown]
    if seen.labels is not None:
        table["Cluster"] = [seen.name(int(label)) for label in seen.labels[shown]]
    table["Id"] = [show_id(row_id) for row_id in ctx.corpus.ids[shown].tolist()]
    st.dataframe(
        table,
        key=session_keys.PICKED_ROWS.name,
        hide_index=True,
        height=min(300, 40 + 35 * len(shown)),
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Text": st.column_config.TextColumn(width="large"),
            "Cluster": st.column_config.TextColumn(width="medium"),
        },
    )
    if len(picked) > LISTED:
        st.caption(f"The first {rows(LISTED)} of {rows(len(picked))} picked rows.")


def _sizes(ctx: Context, seen: MapData, clusters: Clusters) -> None:
    names = [seen.name(number) for number in range(len(clusters.sizes))]
    data = pd.DataFrame({"cluster": np.arange(len(clusters.sizes)), "rows": clusters.sizes, "keywords": names})
    st.markdown("**Cluster sizes**")
    show(
        cluster_sizes(clusters.sizes, names=names, mode=ctx.mode, height=240),
        key="cluster-sizes",
        data=data,
        name="cluster-sizes",
    )
