"""One tag: found by typing, in the bars or in a table; its rows are selected, lit on the map, and listed below."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.figures.tags import BARS, frequencies, frequency_bars
from core.row_positions import CorpusRow, CorpusRows
from core.view import TypeRows
from core.workbench.inspections.map_colours import map_colours
from core.workbench.row_selection import facts_of
from pages.parts.frame import address, session_keys
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.corpus_map import MapContents, draw_map, map_caption, pick_colour
from pages.parts.frame.figures import show
from pages.parts.frame.map_data import MapData
from pages.parts.frame.page import Context
from pages.parts.frame.picked_rows import list_picked, read_picked
from pages.parts.frame.plain_text import rows
from pages.parts.frame.selection import SelectionState
from pages.parts.frame.selection_bar import selection_bar
from pages.parts.frame.session_keys import Key

NONE = ""  # no tag is chosen
DROPPED = "—"  # what a table writes for a tag that was dropped


def choose_tag(ctx: Context, types: TypeRows) -> str:
    """Draw the search for a tag, commonest first; a newly chosen tag's rows are selected. Returns the tag, or ""."""
    counts = types.per_type
    ordered = frequencies(counts, types.names)["tag"].tolist()
    held = dict(zip(types.names, counts.tolist(), strict=True))
    tag = bound_select(
        st,
        "Find a tag, and select its rows",
        [NONE, *ordered],
        parameter=address.TAG,
        default=NONE,
        format_func=lambda name: f"{name} · {rows(held[name])}" if name else "Type to search",
    )
    if tag != session_keys.TAG_SHOWN.get(NONE):
        session_keys.TAG_SHOWN.set(tag)
        if tag:
            SelectionState(ctx.corpus).select(CorpusRows(types.rows_with(tag)), f"tag {tag}")
    return tag


def turn_to_tag(tag: str) -> None:
    """Let the search stand at ``tag`` in the next run; for callbacks."""
    session_keys.TAG_SHOWN.drop()  # so that its rows are selected, even if they were before
    address.TAG.turn_to(tag)


def tag_bars(ctx: Context, types: TypeRows) -> None:
    """Draw the commonest tags as bars; a click on a bar chooses its tag."""
    data = frequencies(types.per_type, types.names)
    named = f"All {rows(len(data))}" if len(data) <= BARS else f"The {BARS} commonest of {rows(len(data))}"
    show(
        frequency_bars(data, total=len(ctx.corpus), mode=ctx.mode),
        key=session_keys.TAG_BARS.name,
        data=data,
        name="tag-frequency",
        caption=f"{named}. Click a bar to select its rows.",
        on_select=partial(_press, data["tag"].head(BARS).tolist()),
        selection_mode=("points",),
    )


def _press(tags: list[str]) -> None:
    points = (session_keys.TAG_BARS.get(None) or {}).get("selection", {}).get("points", [])
    if points:  # the bars stand from the bottom up, the commonest at the top
        turn_to_tag(tags[len(tags) - 1 - round(float(points[0]["y"]))])


def pick_in_table(key: Key[Any], tags: list[str]) -> None:
    """The callback of a table whose lines are ``tags``: the picked line's tag is chosen."""
    picked = key.value.selection.rows
    if picked and picked[0] < len(tags) and tags[picked[0]] != DROPPED:
        turn_to_tag(tags[picked[0]])


def tag_map(ctx: Context, seen: MapData | None) -> None:
    """Draw the map with the selected rows lit, or what brings a map."""
    if seen is None:
        st.info("**No map of this component yet.** The Clusters page makes one; the tag's rows are then lit on it.")
        return
    colours = {} if seen.labels is None else {"Cluster": seen.by_cluster}
    more = map_colours(ctx.corpus_text, tokenizer=ctx.tokenizer, tagging=ctx.choice.tagging, edits=ctx.choice.tag_edits)
    contents = MapContents(
        layout=seen.layout,
        embedder=seen.embedder,
        colours=colours | dict(more),
        named=f"{seen.name_key}/{ctx.choice.tagging}/{ctx.choice.tag_edits}",
        note=seen.note,
    )
    colour = pick_colour(contents, st.container())
    draw_map(ctx, contents, colour, name="tags", height="390px")
    map_caption(contents)


def selected_actions(ctx: Context, seen: MapData | None) -> None:
    """Draw what is selected, and the actions on it."""
    labels, name_of = (None, str) if seen is None or seen.labels is None else (seen.labels, seen.name)
    facts = partial(facts_of, ctx.corpus_text, tokenizer=ctx.tokenizer, labels=labels, name_of=name_of)
    selection_bar(ctx, facts=lambda picked: facts(picked), key="tags")


def selected_rows(ctx: Context, types: TypeRows) -> None:
    """Draw the selected rows, and one of them in full with its tags."""
    picked = SelectionState(ctx.corpus).rows
    if not len(picked):
        return
    left, right = st.columns([1.7, 1], gap="medium")
    with right:
        read_picked(ctx, picked, table=session_keys.TAG_ROWS, key="tags-picked", note=partial(_tags_of, types))
    with left:
        list_picked(
            ctx, picked, table=session_keys.TAG_ROWS, column="Tags",
            values=lambda listed: [_tags_of(types, CorpusRow(int(row))) for row in np.asarray(listed)],
        )  # fmt: skip


def _tags_of(types: TypeRows, row: CorpusRow) -> str:
    return ", ".join(types.names[place] for place in types.matrix[int(row)].indices.tolist())
