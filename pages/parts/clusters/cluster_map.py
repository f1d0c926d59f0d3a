"""The map with its clusters: rows picked on it, or in the table of clusters, are shown beside and below it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from core.figures.colouring import Colouring, by_cluster
from core.figures.maps import label_places
from core.row_positions import CorpusRow, CorpusRows
from core.workbench.inspections.map_colours import map_colours
from pages.parts.clusters.cluster_table import clear_pick, cluster_table, forget_cluster, picked_cluster, sizes
from pages.parts.clusters.map_data import MapData
from pages.parts.frame import session_keys
from pages.parts.frame.corpus_map import Labels, MapContents, explore_map
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.picked_rows import list_picked, read_picked

BY_CLUSTER = "Cluster"


@st.fragment
def explore(ctx: Context, seen: MapData) -> None:
    """Draw the map and, beside it, the clusters or the picked rows; a pick runs only this part again."""
    with guarded():
        left, right = st.columns([1.7, 1], gap="medium")
        cluster_rows = _rows_of(seen, picked_cluster(seen.clusters))
        with left:
            pick = explore_map(
                ctx,
                _contents(ctx, seen),
                key="clusters",
                name="cluster-map",
                # One key before there are clusters and one after, so that the map then shows the clusters first.
                colour_key=f"clusters.colour.{seen.clusters is not None}",
                drawing=session_keys.MAP_DRAWING,
                on_pick=forget_cluster,
                on_clear=clear_pick,
                clearable=len(cluster_rows) > 0,
            )
        picked = CorpusRows(pick.rows) if len(pick.rows) or pick.drawn else cluster_rows
        if pick.drawn and not len(picked):
            right.info("**No row lies in there.** Draw again, or clear the selection.")
        with right:
            if len(picked):
                read_picked(ctx, picked, table=session_keys.PICKED_ROWS, key="clusters-card", note=partial(_note, seen))
            elif seen.clusters is not None and len(seen.clusters.sizes):
                cluster_table(seen, seen.clusters)
            else:
                st.info("**Nothing is picked yet.** Click on the map, or draw a box or a lasso, to read rows.")
        if len(picked):
            column = "" if seen.labels is None else "Cluster"
            list_picked(ctx, picked, table=session_keys.PICKED_ROWS, column=column, values=partial(_names, seen))
        elif seen.clusters is not None and len(seen.clusters.sizes):
            sizes(ctx, seen, seen.clusters)


def _contents(ctx: Context, seen: MapData) -> MapContents:
    """The map in every colouring, the clusters first; their names are written on it if it is coloured by them."""
    colours: dict[str, Callable[[], Colouring]] = {}
    if seen.labels is not None and seen.clusters is not None:
        colours[BY_CLUSTER] = partial(by_cluster, seen.labels)
    named = ["named" if seen.words else "numbered"]
    named += [seen.clusters.key, seen.noise] if seen.clusters is not None else []
    return MapContents(
        layout=seen.layout,
        embedder=seen.embedder,
        colours=colours | map_colours(ctx.corpus_text, tokenizer=ctx.tokenizer),
        labels=partial(_labels, seen),
        named="/".join(named),
        columns={} if seen.labels is None else {"cluster": seen.labels},
    )


def _labels(seen: MapData, colour: str) -> Labels:
    if colour != BY_CLUSTER or seen.clusters is None or not (seen.words or seen.clusters.names):
        return ()
    names = [seen.name(number) for number in range(len(seen.clusters.sizes))]
    return label_places(seen.layout.coordinates, seen.clusters.labels, names)


def _rows_of(seen: MapData, cluster: int | None) -> CorpusRows:
    """The rows of a cluster; no rows if no cluster is picked or there are none."""
    if cluster is None or seen.labels is None:
        return CorpusRows(np.empty(0, dtype=np.int64))
    return CorpusRows(np.flatnonzero(seen.labels == cluster))


def _note(seen: MapData, row: CorpusRow) -> str:
    return "" if seen.labels is None else f"cluster {seen.name(int(seen.labels[row]))}"


def _names(seen: MapData, rows: CorpusRows) -> list[str]:
    return [] if seen.labels is None else [seen.name(int(label)) for label in seen.labels[rows]]
