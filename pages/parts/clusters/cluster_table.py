"""The clusters as a table and as bars, in both of which clusters are selected; each says how much of it is selected."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.counted import counted
from core.features.clusters import Clusters
from core.figures.cluster_sizes import cluster_sizes
from core.jobs import job_names
from core.row_positions import CorpusRows
from pages.parts.clusters.preview import request_of
from pages.parts.frame import jobs, session_keys
from pages.parts.frame.figures import show
from pages.parts.frame.map_data import MapData
from pages.parts.frame.page import Context
from pages.parts.frame.selection import SelectionState
from pages.parts.frame.session_keys import Key


def selected_in(labels: NDArray[np.int32], picked: CorpusRows, clusters: int) -> NDArray[np.int64]:
    """(clusters,) how many of the ``picked`` rows each cluster has; ``labels`` (rows,), −1 for noise."""
    inside = labels[picked]
    return np.bincount(inside[(inside >= 0) & (inside < clusters)], minlength=clusters)


def rows_of(labels: NDArray[np.int32], clusters: Sequence[int]) -> CorpusRows:
    """The rows of several clusters, ascending."""
    return CorpusRows(np.flatnonzero(np.isin(labels, np.asarray(clusters, dtype=np.int64))))


def cluster_table(ctx: Context, seen: MapData, clusters: Clusters) -> None:
    """Draw the table of clusters with their rows and keywords; the rows of ticked clusters are selected."""
    state, words = SelectionState(ctx.corpus), [[word.word for word in row] for row in seen.words or []]
    table = pd.DataFrame({"Cluster": range(len(clusters.sizes)), "Rows": clusters.sizes})
    table["Share"] = clusters.percentages
    if clusters.names:
        table.insert(1, "Name", list(clusters.names))
    if state.now is not None and seen.labels is not None:
        table.insert(2 + bool(clusters.names), "Selected", selected_in(seen.labels, state.rows, len(clusters.sizes)))
    if words:  # four keywords fit beside the numbers
        table["Keywords"] = [", ".join(row[:4]) for row in words]
        table["More"] = [", ".join(row[4:10]) for row in words]
    if session_keys.CLUSTER_PICK.get(None) is not state.now:  # something else was selected: no tick is true any more
        session_keys.CLUSTER_PICK.set(state.now)
        session_keys.CLUSTER_LIST_VERSION.renew()
    key = session_keys.CLUSTER_LIST.of(clusters.key, session_keys.CLUSTER_LIST_VERSION.now)
    st.dataframe(
        table,
        key=key.name,
        hide_index=True,
        height=38 + 35 * min(len(table), 14),
        on_select=partial(_tick, ctx, seen, key),
        selection_mode="multi-row",
        column_config={
            "Cluster": st.column_config.NumberColumn(width=56),
            "Rows": st.column_config.NumberColumn(format="localized", width=56),
            "Selected": st.column_config.NumberColumn(format="localized", width=64),
            "Share": st.column_config.NumberColumn(format="%.1f %%", width=60),
            "Keywords": st.column_config.TextColumn(width=190),
        },
    )
    st.caption(_under(words=bool(words), named=bool(clusters.names)))
    if clusters.names and not words:
        _keywords_asked(ctx, clusters)


def _keywords_asked(ctx: Context, clusters: Clusters) -> None:
    """Draw the button that counts the keywords of clusters with names, or how far that is: below the table, as only
    clusters without names wait for their keywords."""
    request = request_of(ctx, clusters.clustering)  # names the column's present values too
    job = jobs.latest(ctx.workspace, job_names.KEYWORDS, request)
    if job is not None and job.state != "done":
        jobs.follow(ctx.workspace, job, key="clusters.words.asked", alone=False)
    elif st.button("Count their keywords", type="tertiary", icon=":material/match_word:", key="clusters.words.count"):
        jobs.start(ctx.workspace, job_names.KEYWORDS, request, title=f"Keywords of the clusters of {ctx.corpus.name}")
        st.rerun(scope="app")


def _under(*, words: bool, named: bool) -> str:
    """What is said under the table: what a tick does, and where keywords come from."""
    if not words and not named:
        return "Keywords are on their way."
    said = "Tick clusters to select their rows."
    return f"{said} Keywords: words frequent in a cluster and rare in others (c-TF-IDF)." if words else said


def sizes(ctx: Context, seen: MapData, clusters: Clusters) -> None:
    """Draw the number of rows of each cluster as bars, and how many are selected; a click selects a cluster."""
    state = SelectionState(ctx.corpus)
    names = [seen.name(number) for number in range(len(clusters.sizes))]
    data = pd.DataFrame({"cluster": range(len(clusters.sizes)), "rows": clusters.sizes, "keywords": names})
    inside = None
    if state.now is not None and seen.labels is not None:
        inside = data["selected"] = selected_in(seen.labels, state.rows, len(clusters.sizes))
    st.markdown("**Cluster sizes**")
    show(
        cluster_sizes(clusters.sizes, names=names, selected=inside, mode=ctx.mode, height=240),
        key=session_keys.CLUSTER_BARS.name,
        data=data,
        name="cluster-sizes",
        on_select=partial(_press, ctx, seen),
        selection_mode=("points",),
    )


def _tick(ctx: Context, seen: MapData, key: Key[Any]) -> None:
    _select(ctx, seen, [int(row) for row in key.value.selection.rows])


def _press(ctx: Context, seen: MapData) -> None:
    points = (session_keys.CLUSTER_BARS.get(None) or {}).get("selection", {}).get("points", [])
    if points:  # bars stand at the numbers of their clusters
        _select(ctx, seen, sorted({round(float(point["x"])) for point in points}))


def _select(ctx: Context, seen: MapData, clusters: Sequence[int]) -> None:
    """Select the rows of ``clusters``; of none, nothing is selected any more."""
    state = SelectionState(ctx.corpus)
    if not clusters or seen.labels is None:
        state.clear()
    else:
        named = f"cluster {seen.name(clusters[0])}" if len(clusters) == 1 else counted(len(clusters), "cluster")
        state.select(rows_of(seen.labels, clusters), named)
    session_keys.CLUSTER_PICK.set(state.now)
