"""The map of a corpus on a page: its colours, its labels, and what a hand does on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from core.corpus.corpus_text import CorpusText
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.counted import counted
from core.errors import DiverscopeError
from core.features.embedders import embedder_title
from core.features.projection import Layout
from core.figures.colouring import Colouring
from core.figures.map_points import Manner, MapPoints, combined, drawn_rows, legend_rows, map_points
from core.row_positions import CorpusRow, CorpusRows
from core.workbench.inspections.map_colours import COLUMN, SUBSET, TAG
from core.workbench.inspections.row_contributions import ADDS
from core.workspace.digests import digest
from pages.parts.frame import address, session_keys
from pages.parts.frame.address import Selected
from pages.parts.frame.bound_select import bound_select, follow_default
from pages.parts.frame.figures import csv
from pages.parts.frame.map.component import HEIGHT, Labels, Painted, Shown, event, painted, show_map
from pages.parts.frame.map.served import MapSource, answer_for
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows, sendable
from pages.parts.frame.selection import SelectionState

LINE = 160  # characters of a row's text under the cursor


@dataclass(frozen=True)
class ManyColours:
    """Colourings of which there are many: how their names begin, their entry in the list, the field that asks which."""

    begins: str
    title: str
    label: str
    parameter: Selected


MANY = {  # by what the address calls them
    "column": ManyColours(COLUMN, "a column", "Which column", address.MAP_COLUMN),
    "tag": ManyColours(TAG, "a tag", "Which tag", address.MAP_TAG),
    "subset": ManyColours(SUBSET, "a saved subset", "Which subset", address.MAP_SUBSET),
    "adds": ManyColours(ADDS, "what a row adds to", "Which metric", address.MAP_ADDS),
}


@dataclass(frozen=True, kw_only=True)
class MapContents:
    """What a page shows on the map of its corpus.

    ``colours`` are offered by name, initially the first; ``labels`` gives the labels on the map for a colouring.
    ``named`` names everything that these two depend on besides corpus, component, tokenizer and layout. ``columns``,
    (rows,) each, are added to the CSV. ``note`` is a line about a row, beside its source and its text.
    """

    layout: Layout
    embedder: str
    colours: Mapping[str, Callable[[], Colouring]]
    labels: Callable[[str], Labels] = lambda colour: ()
    named: str = ""
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    note: Callable[[CorpusRow], str] = lambda row: ""


def pick_colour(contents: MapContents, at: DeltaGenerator) -> str:
    """Draw the choice of colours, the first of them at the start.

    Of columns, tags, subsets and metrics there may be many: each kind is one entry of the list, with a field of its own
    for which. The address carries both.
    """
    many = {kind: [name for name in contents.colours if name.startswith(MANY[kind].begins)] for kind in MANY}
    single = [name for name in contents.colours if not any(name in names for names in many.values())]
    kinds = [*single, *(kind for kind, names in many.items() if names)]
    follow_default(address.MAP_COLOUR, kinds[0])  # once there are clusters the map shows them first
    with at.container(horizontal=True, gap="small"):
        kind = bound_select(
            st,
            "Colour by",
            kinds,
            parameter=address.MAP_COLOUR,
            default=kinds[0],
            format_func=_entry,
            hide_label=True,
        )
        if kind not in MANY:
            return kind
        begins = MANY[kind].begins
        names = [name.removeprefix(begins) for name in many[kind]]
        which = bound_select(
            st, MANY[kind].label, names, parameter=MANY[kind].parameter, default=names[0], hide_label=True
        )
    return f"{begins}{which}"


def _entry(kind: str) -> str:
    """An entry of the list of colours; short where the field for which of many stands beside it."""
    return f"By {MANY[kind].title}" if kind in MANY else f"Colour by {kind[:1].lower()}{kind[1:]}"


def map_caption(contents: MapContents) -> None:
    """Draw where the map comes from, and what a hand can do on it."""
    points = placed(contents.layout)
    outside = f" {counted(points.outside, 'far row')} at the rim." if points.outside else ""
    st.caption(
        f"{_origin(contents)}{outside} Draw a lasso or a box, or click. Shift adds, Alt takes away; the wheel zooms."
    )


def draw_map(
    ctx: Context,
    contents: MapContents,
    colour: str,
    *,
    name: str,
    marks: Sequence[tuple[int, str]] = (),
    pool: NDArray[np.bool_] | None = None,
    height: str = HEIGHT,
) -> None:
    """Draw the map of ``contents`` in one of its colours; what is picked on it becomes the session's selection.

    ``name`` is the stem of downloaded files and tells this map from others. ``marks`` are rows to ring; rows outside
    ``pool`` are faint.
    """
    points = placed(contents.layout)
    selected = SelectionState(ctx.corpus).now
    source = digest(["map", ctx.corpus.id, ctx.component, contents.layout.key, contents.named])
    answer_for(source, _source(ctx, contents))
    key = session_keys.MAP_EVENTS.of(name)
    shape = selected.shape if selected is not None and selected.layout == contents.layout.key else None
    paint = _painted(_names(ctx, contents, colour), _contents=contents, _colour=colour)
    show_map(
        Shown(
            layout=contents.layout.key,
            points=points,
            painted=paint,
            source=source,
            name=name,
            said=f"Map of {rows(len(points.places))} rows. Arrows move it, + and − zoom, Enter picks its middle.",
            labels=_labels(contents, colour, points),
            selected=None if selected is None else selected.rows,
            shape=shape,
            pool=pool,
            marks=marks,
            height=height,
        ),
        key=key,
        on_event=partial(_picked, ctx.corpus, contents.layout, points, paint.colouring, key),
        mode=ctx.mode,
    )


def map_table(ids: NDArray[np.uint64], contents: MapContents) -> pd.DataFrame:
    """The CSV of the map: a line for each row with its id in hexadecimal, its place and the further columns."""
    data = pd.DataFrame(contents.layout.coordinates, columns=["x", "y"]).assign(**contents.columns)
    data.insert(0, "row", [show_id(row_id) for row_id in ids.tolist()])
    return data


def selection_after(
    sent: Mapping[str, Any], before: CorpusRows, points: MapPoints, colouring: Colouring
) -> tuple[CorpusRows, str] | None:
    """The rows that are selected after what a map has sent, and how in a few words; None where nothing is selected.

    ``before`` are the rows that were. Raises :class:`core.errors.InputError` for a line that is none.
    """
    kind = sent.get("kind")
    manner: Manner = sent["manner"] if sent.get("manner") in ("add", "remove") else "replace"
    if kind in ("lasso", "box"):
        picked, said = drawn_rows(sent, points), f"inside a {kind}"
    elif kind == "click" and isinstance(row := sent.get("row"), int) and 0 <= row < len(points.places):
        picked, said = np.array([row], dtype=np.int64), "by a click"
    elif kind == "legend" and isinstance(entry := sent.get("entry"), int):
        picked = legend_rows(colouring, entry)
        if not len(picked):
            return None
        name = colouring.legend[entry][0]
        said = name if name.startswith(colouring.title) else f"{colouring.title} {name}"
    else:
        return None
    return CorpusRows(combined(before, picked, manner)), said if manner == "replace" else f"{manner} {said}"


def _picked(
    corpus: Corpus, layout: Layout, points: MapPoints, colouring: Colouring, key: session_keys.Key[Any]
) -> None:
    """Let the session select what the map has sent."""
    sent, state = event(key), SelectionState(corpus)
    if sent.get("kind") == "clear":
        state.clear()
        return
    try:
        after = selection_after(sent, state.rows, points, colouring)
    except DiverscopeError as error:
        session_keys.SELECTION_SAID.set(("error", str(error)))
        return
    if after is not None:
        drawn = sent.get("kind") in ("lasso", "box")
        shape = {name: sent[name] for name in ("kind", "x", "y")} if drawn else None
        state.select(*after, shape=shape, layout=layout.key)


def placed(layout: Layout) -> MapPoints:
    """The places of the layout's rows, shared by all sessions."""
    return _placed(layout.key, layout)


@st.cache_resource(max_entries=8, show_spinner=False)
def _placed(key: str, _layout: Layout) -> MapPoints:
    return map_points(_layout.coordinates)


@st.cache_resource(max_entries=32, show_spinner=False)
def _colouring(key: str, *, _contents: MapContents, _colour: str) -> Colouring:
    """The colouring of everything that ``key`` names, shared by all sessions."""
    return _contents.colours[_colour]()


def _painted(key: str, *, _contents: MapContents, _colour: str) -> Painted:
    return painted(_colouring(key, _contents=_contents, _colour=_colour))


def _names(ctx: Context, contents: MapContents, colour: str) -> str:
    from core.corpus.columns import columns_digest

    columns = columns_digest(ctx.corpus) if colour.startswith("Column") else ""
    named = [ctx.corpus.id, ctx.component, ctx.tokenizer, contents.layout.key, colour, contents.named, columns]
    return "/".join(named)


def _labels(contents: MapContents, colour: str, points: MapPoints) -> Labels:
    return [(sendable(name), x, y) for name, x, y in contents.labels(colour)]


def _source(ctx: Context, contents: MapContents) -> MapSource:
    return MapSource(
        len(ctx.corpus),
        partial(row_lines, ctx.corpus_text, contents.note),
        partial(_csv, ctx.corpus.ids, contents),
    )


def row_lines(text: CorpusText, note: Callable[[CorpusRow], str], row: int) -> list[str]:
    """What is said of the row under the cursor: its note (its cluster), its source, and the beginning of its text."""
    position = CorpusRow(row)
    source = str(text.corpus.column("source")[position] or "") if "source" in text.corpus.columns else ""
    (beginning,) = text.corpus.texts_at(text.component, [position])
    line = " ".join(beginning[: 2 * LINE].split())
    shown = line if len(line) <= LINE else f"{line[: LINE - 1]}…"
    return [sendable(said) for said in (note(position), source, shown) if said]


def _csv(ids: NDArray[np.uint64], contents: MapContents) -> bytes:
    return csv(map_table(ids, contents))


def _origin(contents: MapContents) -> str:
    ways = {
        "umap": "UMAP",
        "landmarks": "Landmark map",
        "placed": "Map of an older version, new rows placed on it,",
    }
    way = ways.get(contents.layout.method, "PCA")
    embedder = plain(embedder_title(contents.embedder))
    return f"{way} of {rows(len(contents.layout.coordinates))} rows, embedded by {embedder}."
