"""The clusters as a table, in which a cluster can be picked to read its rows, and their sizes as a figure."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.features.clusters import Clusters
from core.figures.cluster_sizes import cluster_sizes
from pages.parts.clusters.map_data import MapData
from pages.parts.frame import session_keys
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.session_keys import Key


def picked_cluster(clusters: Clusters | None) -> int | None:
    """The cluster picked in the table of these ``clusters``, or None.

    A pick belongs to one clustering: in another one the same number names other rows, so the pick is dropped.
    """
    picked = session_keys.CLUSTER.get(None)
    if picked is None or clusters is None or picked[0] != clusters.key:
        return None
    return picked[1]


def forget_cluster() -> None:
    """Clear the picked cluster, because rows were picked on the map instead."""
    session_keys.CLUSTER.set(None)


def clear_pick() -> None:
    """Clear what was picked on the map and in the table, by new keys of their widgets."""
    session_keys.CLUSTER.set(None)
    session_keys.MAP_DRAWING.renew()
    session_keys.CLUSTER_LIST_VERSION.renew()


def cluster_table(seen: MapData, clusters: Clusters) -> None:
    """Draw the table of clusters with their rows and keywords; choosing a cluster shows its rows."""
    words = [[word.word for word in row] for row in seen.words] if seen.words else None
    table = pd.DataFrame({"Cluster": range(len(clusters.sizes)), "Rows": clusters.sizes})
    table["Share"] = clusters.percentages
    if clusters.names:
        table.insert(1, "Name", list(clusters.names))
    if words:  # four keywords fit beside the numbers
        table["Keywords"] = [", ".join(row[:4]) for row in words]
        table["More"] = [", ".join(row[4:10]) for row in words]
    key = session_keys.CLUSTER_LIST.of(clusters.key, session_keys.CLUSTER_LIST_VERSION.now)
    st.dataframe(
        table,
        key=key.name,
        hide_index=True,
        height=38 + 35 * min(len(table), 15),
        on_select=lambda: _pick_cluster(key, clusters.key),
        selection_mode="single-row",
        column_config={
            "Cluster": st.column_config.NumberColumn(width=56),
            "Rows": st.column_config.NumberColumn(format="localized", width=56),
            "Share": st.column_config.NumberColumn(format="%.1f %%", width=60),
            "Keywords": st.column_config.TextColumn(width=190),
        },
    )
    st.caption("Choose a cluster to read its rows. Keywords by c-TF-IDF." if words else "Keywords are on their way.")


def sizes(ctx: Context, seen: MapData, clusters: Clusters) -> None:
    """Draw the number of rows of each cluster as bars."""
    names = [seen.name(number) for number in range(len(clusters.sizes))]
    data = pd.DataFrame({"cluster": range(len(clusters.sizes)), "rows": clusters.sizes, "keywords": names})
    st.markdown("**Cluster sizes**")
    show(
        cluster_sizes(clusters.sizes, names=names, mode=ctx.mode, height=240),
        key="cluster-sizes",
        data=data,
        name="cluster-sizes",
    )


def _pick_cluster(key: Key[Any], clustering: str) -> None:
    chosen = key.value.selection.rows
    clear_pick()
    session_keys.CLUSTER.set((clustering, int(chosen[0])) if chosen else None)
