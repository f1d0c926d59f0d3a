"""The map with its clusters: what is selected on it, in the table or by a bar is selected in all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from core.component_words import component_title
from core.corpus.corpus_text import CorpusText
from core.figures.colouring import Colouring
from core.figures.label_places import label_places
from core.row_positions import CorpusRows
from core.workbench.inspections.map_colours import map_colours
from core.workbench.inspections.row_contributions import contribution_colours
from core.workbench.row_selection import facts_of
from core.workbench.subsets import list_subsets
from pages.parts.clusters.cluster_table import cluster_table, sizes
from pages.parts.clusters.edit_clusters import edit_popover
from pages.parts.clusters.map_search import map_search
from pages.parts.clusters.nearest import marks, nearest_button
from pages.parts.frame import address, session_keys
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.corpus_map import MapContents, draw_map, map_caption, pick_colour, placed
from pages.parts.frame.guard import guarded
from pages.parts.frame.map.component import Labels
from pages.parts.frame.map_data import MapData, stored_map
from pages.parts.frame.page import Context
from pages.parts.frame.picked_rows import list_picked, read_picked
from pages.parts.frame.selection import SelectionState
from pages.parts.frame.selection_bar import selection_bar

BY_CLUSTER = "Cluster"
HEIGHT = "clamp(290px, calc(100vh - 510px), 900px)"  # the map, its legend and what is above it fill the window
HINT = "Draw a lasso or a box on the map, click, or tick clusters. Shift adds, Alt takes away; the wheel zooms."


@st.fragment
def explore(ctx: Context, seen: MapData) -> None:
    """Draw what is selected, the map and, beside it, the clusters; below, the selected rows and one of them in full."""
    with guarded():
        contents = cluster_contents(ctx, seen)
        others = _others(ctx, seen)
        above = st.container()
        head = st.columns([2, 2.2, 1.1, 1.7], vertical_alignment="center")
        colour = pick_colour(contents, head[0])
        map_search(ctx, head[1], head[2])
        with above:  # drawn after the search, which selects what it has found
            selection_bar(
                ctx, facts=partial(_facts, ctx, seen), key="clusters", more=partial(edit_popover, ctx, seen), hint=HINT
            )
        beside = bound_select(
            head[3],
            "Beside it",
            ["", *others],
            parameter=address.MAP_BESIDE,
            default="",
            format_func=lambda component: (
                f"Beside it: the {component_title(component).lower()}" if component else "One map"
            ),
            help="Another component's map of the same rows, with the same selection.",
            hide_label=True,
            disabled=not others,
        )
        clustered = seen.clusters is not None and len(seen.clusters.sizes) > 0
        left, right = st.columns(2 if beside else [1.7, 1], gap="medium")
        with left:
            draw_map(ctx, contents, colour, name="clusters", marks=marks(ctx), height=HEIGHT)
            map_caption(contents)
        with right:
            if beside:
                _second(ctx, others[beside], beside, colour)
            elif seen.clusters is not None and clustered:
                cluster_table(ctx, seen, seen.clusters)
            else:
                st.info("**There are no clusters yet.** Click on the map, or draw a box or a lasso, to read rows.")
        if beside and seen.clusters is not None and clustered:
            cluster_table(ctx, seen, seen.clusters)
        picked = SelectionState(ctx.corpus).rows
        if len(picked):
            _rows(ctx, seen, picked)
        if seen.clusters is not None and clustered:
            sizes(ctx, seen, seen.clusters)


def _others(ctx: Context, seen: MapData) -> dict[str, MapData]:
    """The maps of the corpus's other components that are stored, by component."""
    clustering = replace(ctx.choice.clustering, embedder=seen.embedder)
    found = {}
    for component in ctx.corpus.components:
        if component != ctx.component and (
            stored := stored_map(CorpusText(ctx.corpus, component), clustering, noise=ctx.choice.noise)
        ):
            found[component] = stored
    return found


def _second(ctx: Context, seen: MapData, component: str, colour: str) -> None:
    """Draw the map of another component: its own clusters' names, the colours and the selection of the first map."""
    other = replace(ctx, choice=ctx.choice.with_(component=component))
    contents = cluster_contents(other, seen)
    shown = colour if colour in contents.colours else next(iter(contents.colours))
    draw_map(other, contents, shown, name="beside", height=HEIGHT)
    map_caption(contents)


def _rows(ctx: Context, seen: MapData, picked: CorpusRows) -> None:
    left, right = st.columns([1.7, 1], gap="medium")
    with right:
        row = read_picked(ctx, picked, table=session_keys.PICKED_ROWS, key="clusters-card", note=seen.note)
        nearest_button(ctx, seen, row)
    with left:
        column = "" if seen.labels is None else "Cluster"
        list_picked(ctx, picked, table=session_keys.PICKED_ROWS, column=column, values=partial(_names, seen))


def cluster_contents(ctx: Context, seen: MapData) -> MapContents:
    """The map in every colouring, the clusters first; their names are written on it if it is coloured by them."""
    colours: dict[str, Callable[[], Colouring]] = {}
    if seen.labels is not None and seen.clusters is not None:
        colours[BY_CLUSTER] = seen.by_cluster
    projection, sides = replace(ctx.choice.clustering, embedder=seen.embedder), _sides(ctx)
    return MapContents(
        layout=seen.layout,
        embedder=seen.embedder,
        colours=colours
        | map_colours(
            ctx.corpus_text,
            tokenizer=ctx.tokenizer,
            tagging=ctx.choice.tagging,
            edits=ctx.choice.tag_edits,
            sides=sides,
        )
        | contribution_colours(ctx.corpus_text, tokenizer=ctx.tokenizer, band=ctx.choice.band, projection=projection),
        labels=partial(_labels, seen),
        named=f"{seen.name_key}/{ctx.choice.tagging}/{ctx.choice.tag_edits}/{ctx.choice.band}/{sides}",
        columns={} if seen.labels is None else {"cluster": seen.labels},
        note=seen.note,
    )


def _sides(ctx: Context) -> tuple[str, str] | None:
    """The keys of the saved subsets that are A and B on Inspect; without them, of the last two; None with fewer."""
    keys = [subset.key for subset in list_subsets(ctx.workspace, ctx.corpus.id)]
    a, b = (side.chosen.get("") for side in (address.CONTRAST_A, address.CONTRAST_B))
    if a in keys and b in keys and a != b:
        return a, b
    return (keys[1], keys[0]) if len(keys) > 1 else None


def _facts(ctx: Context, seen: MapData, picked: CorpusRows) -> list[str]:
    return facts_of(ctx.corpus_text, picked, tokenizer=ctx.tokenizer, labels=seen.labels, name_of=seen.name)


def _labels(seen: MapData, colour: str) -> Labels:
    if colour != BY_CLUSTER or seen.clusters is None or not (seen.words or seen.clusters.names):
        return ()
    return _label_places(f"{seen.layout.key}/{seen.clusters.key}/{seen.words is not None}", seen)


@st.cache_resource(max_entries=8, show_spinner=False)
def _label_places(key: str, _seen: MapData) -> Labels:
    clusters = _seen.clusters
    if clusters is None:
        return ()
    names = [_seen.name(number) for number in range(len(clusters.sizes))]
    return label_places(placed(_seen.layout), clusters.labels, names)


def _names(seen: MapData, rows: CorpusRows) -> list[str]:
    return [] if seen.labels is None else [seen.name(int(label)) for label in seen.labels[rows]]
