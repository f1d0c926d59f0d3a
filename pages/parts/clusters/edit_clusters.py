"""Clusters are renamed, merged and split by hand; the edited ones are a column that then partitions the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.corpus import cluster_edits as edits
from core.counted import counted
from core.errors import DiverscopeError, FeatureMissing, InputError
from core.features.cluster_naming import titles_of
from core.features.embedding import load_embeddings
from core.features.partition import kmeans_labels
from pages.parts.clusters.edited_column import use_names
from pages.parts.clusters.name_by_model import name_tab
from pages.parts.frame import session_keys
from pages.parts.frame.map_data import MapData
from pages.parts.frame.page import Context
from pages.parts.frame.selection import SelectionState

MOST_TICKED = 10  # clusters that a selection proposes


def edit_popover(ctx: Context, seen: MapData) -> None:
    """Draw the menu of edits; each makes another version of the column of edited clusters, which Undo takes back."""
    if seen.clusters is None:
        return
    shown = titles_of(seen.clusters, seen.words)
    edited = session_keys.CLUSTERS_EDITED.now  # an edit closes the menu and empties its name: both are new widgets
    # The session keeps whether it is open, so that it stays open when a message above it moves it.
    menu = session_keys.CLUSTER_EDITS.of(edited).name
    with st.popover(
        "Edit clusters",
        icon=":material/edit:",
        key=menu,
        on_change="rerun",
        help="The clusters as they were computed stay; the edited ones become the partition “a column”.",
    ) as popover:
        ticked = _ticked(SelectionState(ctx.corpus), seen, shown)
        # A key for each proposal: a widget that is there keeps what it had, whatever its default becomes.
        picked = session_keys.CLUSTERS_PICKED.of(seen.clusters.key, "/".join(ticked))
        chosen = st.multiselect("Clusters", shown, default=ticked, key=picked.name, placeholder="Choose clusters")
        with st.container(key="cluster-edits-form"):
            by_hand, by_model = st.tabs(["By hand", "Name by a model"])
        with by_hand:
            _by_hand(ctx, seen, shown, picked)
        with by_model:
            numbers = [shown.index(name) for name in chosen if name in shown]
            name_tab(ctx, seen, numbers, priced=bool(popover.open))


def _by_hand(ctx: Context, seen: MapData, shown: Sequence[str], picked: session_keys.Key[list[str]]) -> None:
    """Draw the edits by hand of the clusters ``picked``, which are called as in ``shown``."""
    clusters, state = seen.clusters, SelectionState(ctx.corpus)
    if clusters is None:
        return
    values, chosen = edits.values_of(clusters.labels, shown), picked.get([])
    typed, parts = session_keys.CLUSTER_NAME.of(session_keys.CLUSTERS_EDITED.now), session_keys.CLUSTER_PARTS
    # The edits read the session when they are pressed: a name typed just before has not been through a run yet.
    name_at, rename_at, merge_at = st.columns([2.2, 1, 1], vertical_alignment="bottom")
    name_at.text_input("Name", key=typed.name, placeholder="of the renamed or merged cluster")
    rename_at.button(
        "Rename",
        disabled=len(chosen) != 1,
        width="stretch",
        on_click=_tried(ctx, lambda: f"Renamed {_only(picked.value)}",
                        lambda: edits.renamed(values, _only(picked.value), typed.value)),
    )  # fmt: skip
    merge_at.button(
        "Merge",
        disabled=len(chosen) < 2,
        width="stretch",
        on_click=_tried(ctx, lambda: f"Merged {counted(len(picked.value), 'cluster')}",
                        lambda: edits.merged(values, picked.value, typed.value or "".join(picked.value[:1]))),
    )  # fmt: skip
    apart_at, parts_at, split_at = st.columns([2.2, 1, 1], vertical_alignment="bottom")
    apart_at.button(
        "Make the selection a cluster",
        disabled=not len(state.rows),
        width="stretch",
        help="The selected rows leave their clusters and become one, with the name above.",
        on_click=_tried(ctx, lambda: "Made the selection a cluster",
                        lambda: edits.set_apart(values, state.rows, typed.value)),
    )  # fmt: skip
    parts_at.number_input("Parts", 2, 20, 2, key=parts.name)
    split_at.button(
        "Split",
        disabled=len(chosen) != 1,
        width="stretch",
        help="By k-means on the embeddings of its rows.",
        on_click=_tried(ctx, lambda: f"Split {_only(picked.value)}",
                        lambda: _split(ctx, values, _only(picked.value), int(parts.value))),
    )  # fmt: skip


def _ticked(state: SelectionState, seen: MapData, shown: Sequence[str]) -> list[str]:
    """The clusters that the selection holds whole, where it holds nothing else."""
    if seen.clusters is None or not len(state.rows):
        return []
    inside = np.bincount(seen.clusters.labels[state.rows] + 1, minlength=len(shown) + 1)  # noise first
    touched = np.flatnonzero(inside[1:])
    whole = inside[0] == 0 and len(touched) <= MOST_TICKED
    whole = whole and bool((inside[1:] == seen.clusters.sizes)[touched].all())
    return [shown[number] for number in touched] if whole else []


def _split(ctx: Context, values: NDArray[Any], name: str, parts: int) -> NDArray[Any]:
    chosen = ctx.choice.clustering
    vectors = load_embeddings(
        ctx.corpus_text, chosen.embedder, max_tokens=chosen.max_tokens, precision=chosen.precision
    )
    if vectors is None:
        raise FeatureMissing("embeddings", remedy="A cluster is split by embedding: press Embed on this page first.")
    rows = np.flatnonzero(values == name)
    if len(rows) < parts:
        raise InputError(f"The cluster has {counted(len(rows), 'row')}.", remedy="Ask for fewer parts.")
    return edits.split(values, name, kmeans_labels(np.asarray(vectors[rows]), groups=parts, seed=chosen.seed))


def _only(names: list[str]) -> str:
    """The one name among ``names``. Raises :class:`InputError` if there are none or several."""
    if len(names) != 1:
        raise InputError(f"{counted(len(names), 'cluster')} are chosen.", remedy="Choose one.")
    return names[0]


def _tried(ctx: Context, say: Callable[[], str], edit: Callable[[], NDArray[Any]]) -> Callable[[], None]:
    """The edit as a callback: its names become the column of edited clusters, and the column the partition."""

    def run() -> None:
        try:
            use_names(ctx, edit(), say())
        except DiverscopeError as error:
            session_keys.SELECTION_SAID.set(("error", str(error)))

    return run
