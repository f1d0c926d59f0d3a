"""The rows of a corpus: search, filter by the histograms over the columns, page, and read one in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.component_words import component_phrase
from core.corpus.column_histograms import Histogram, histogram
from core.corpus.columns import column_digest, columns_digest
from core.corpus.corpus_text import CorpusText
from core.corpus.hits import regex_hits, text_hits, window
from core.corpus.pool import PoolSpec, select
from core.corpus.row_ids import ID, parse_id, show_id
from core.corpus.store import Corpus
from core.counted import counted
from core.errors import DiverscopeError, FeatureMissing
from core.features.embedders import default_embedder, embedder_title
from core.features.embedding import embeddings_key
from core.features.meaning import nearest_in_meaning
from core.row_positions import CorpusRow, CorpusRows
from pages.parts.corpus.rows_asked import RowsAsked, ask_where, where_of
from pages.parts.corpus.rows_form import LENGTHS, asked_rows
from pages.parts.corpus.rows_table import Cell, event, head, number, show_rows
from pages.parts.frame import address, session, session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.missing_feature import offer
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.frame.reading_card import reading_card
from pages.parts.frame.reading_steps import RowReading
from pages.parts.frame.told import tell_after_rerun

PAGE = 50
CUT = 420  # characters of a text that the table holds; four lines of them are seen
HEIGHT = 610
NEARNESS = "Nearness"
TITLES = {"multiplicity": "copies"}


def corpus_rows(ctx: Context) -> None:
    """Draw the search, the table of a page of rows with its histograms, and the reading card of the chosen row."""
    corpus = ctx.corpus
    with guarded():
        asked, columns, place = asked_rows(corpus)
        filters = _filters(corpus, asked)  # they can be cleared whatever the search says
        asked, spec, matching = _found(corpus, asked)
        nearness: dict[int, float] = {}
        if asked.way == "meaning" and asked.typed and (nearest := _nearest(ctx, asked)) is not None:
            inside = np.isin(nearest[0], matching)
            matching = CorpusRows(nearest[0][inside])
            nearness = dict(zip(matching.tolist(), nearest[1][inside].tolist(), strict=True))
        _said(ctx, asked, spec, matching, place=place, filters=filters, embedded=len(nearness) > 0)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            reading = _table(corpus, asked, columns, spec, matching, nearness)
        with right:
            if reading is not None:
                reading_card(corpus, reading.row, key="corpus-card", height=HEIGHT, reading=reading)


def _rows_of(corpus: Corpus, spec: PoolSpec) -> CorpusRows:
    """The rows that pass the filters; values of columns may change while the page is open: labels do."""
    values = columns_digest(corpus) if spec.columns else ""
    return _matching(str(corpus.workspace.home), corpus.id, spec.digest, values, _corpus=corpus, _spec=spec)


def _found(corpus: Corpus, asked: RowsAsked) -> tuple[RowsAsked, PoolSpec, CorpusRows]:
    """The rows that are asked for; where the search cannot be read, a message and the rows without it."""
    for wanted in (asked, replace(asked, typed="")):
        with guarded():
            spec = wanted.spec(corpus)
            return wanted, spec, _rows_of(corpus, spec)
    return replace(asked, typed="", where={}), PoolSpec(with_holdout=True), CorpusRows(np.arange(len(corpus)))


@st.cache_data(max_entries=64, show_spinner="Searching …")
def _matching(home: str, corpus_id: str, pool: str, values: str, *, _corpus: Corpus, _spec: PoolSpec) -> CorpusRows:
    return select(_corpus, _spec)


@st.cache_resource(max_entries=128, show_spinner=False)
def _histogram(home: str, corpus_id: str, column: str, values: str, *, _corpus: Corpus) -> Histogram:
    return histogram(_corpus, column)


def _read_component(ctx: Context, asked: RowsAsked) -> str:
    """The component whose embeddings a search by meaning reads: that of the pages where “both” is not embedded."""
    embedder = ctx.choice.embedder or default_embedder()
    both = ctx.workspace.has("features", embeddings_key(ctx.corpus.id, asked.within, embedder))
    return asked.within if both or asked.within != "both" else ctx.component


def _nearest(ctx: Context, asked: RowsAsked) -> tuple[CorpusRows, Any] | None:
    """The rows nearest in meaning and their cosines; None where the offer to embed them is drawn instead."""
    component = _read_component(ctx, asked)
    clustering = replace(ctx.choice.clustering, embedder=ctx.choice.embedder or default_embedder())
    if not ctx.workspace.has("features", clustering.embeddings_key(ctx.corpus.id, component)):
        st.info(f"**No embedding of {plain(component_phrase(component))} yet.** A search by meaning reads it.")
        offer(ctx, "embeddings", component=component)
        return None
    text = CorpusText(ctx.corpus, component)
    try:
        with st.spinner("Loading the embedder, which takes some seconds the first time …", show_time=True):
            key = embeddings_key(ctx.corpus.id, component, clustering.embedder)
            return _nearest_rows(key, asked.typed, _text=text, _clustering=clustering)
    except FeatureMissing:
        offer(ctx, "embeddings", component=component)
        return None


@st.cache_data(max_entries=64, show_spinner=False)
def _nearest_rows(embeddings: str, typed: str, *, _text: CorpusText, _clustering: Any) -> tuple[CorpusRows, Any]:
    return nearest_in_meaning(_text, typed, clustering=_clustering)


def _said(
    ctx: Context,
    asked: RowsAsked,
    spec: PoolSpec,
    matching: CorpusRows,
    *,
    place: DeltaGenerator,
    filters: DeltaGenerator,
    embedded: bool,
) -> None:
    """Draw how many rows are shown, and beside the filters the button that makes the rows the pool."""
    bare = {name: value for name, value in spec.as_dict().items() if name != "with_holdout"}
    said = f"**{rows(len(matching))}** of {counted(len(ctx.corpus), 'row')}"
    if embedded:
        where = component_phrase(_read_component(ctx, asked))
        by = embedder_title(ctx.choice.embedder or default_embedder())
        near = f"nearest in meaning to “{asked.typed}” in {where}, by {by}"
        place.markdown(f"{said} · {plain(near)}")
    elif bare:
        place.markdown(f"{said} · {plain(PoolSpec.of(bare).describe())}")
    else:
        place.markdown(f"{said} · press or drag on a column's bars to filter")
    if (
        bare
        and not embedded
        and filters.button(
            "Use as the pool",
            icon=":material/filter_alt:",
            help="Subsets are then chosen from these rows only (without the holdout).",
            key="rows.pool",
        )
    ):
        session.set_pool(bare)
        tell_after_rerun("The pool is set; the strip above says so on every page.")
        st.rerun()


def _filters(corpus: Corpus, asked: RowsAsked) -> DeltaGenerator:
    """Draw a button for each filter of a column, which clears it; returns the line that they stand in."""
    line = st.container(horizontal=True, gap="small")
    for column, wanted in asked.where.items():
        line.button(
            plain(f"{column}: {_bounds_in_words(wanted)}"),
            icon=":material/close:",
            key=f"rows.clear.{column}",
            help="Clears this filter.",
            on_click=partial(ask_where, corpus, column, None),
        )
    return line


def _bounds_in_words(wanted: Mapping[str, Any]) -> str:
    values = wanted.get("values")
    if values is not None:
        return ", ".join(values[:3]) + " …" * (len(values) > 3)
    low, high = (None if wanted.get(end) is None else number(wanted[end]) for end in ("from", "to"))
    if low is None:
        return f"up to {high}"
    return f"from {low}" if high is None else low if low == high else f"{low} – {high}"


def _table(
    corpus: Corpus,
    asked: RowsAsked,
    columns: tuple[str, ...],
    spec: PoolSpec,
    matching: CorpusRows,
    nearness: Mapping[int, float],
) -> RowReading | None:
    """Draw a page of the matching rows under the histograms; returns the row to read in the list of them all."""
    pages = max(1, -(-len(matching) // PAGE))
    named = f"{spec.digest}.{asked.typed if nearness else ''}"
    page, page_key = 1, session_keys.ROWS_PAGE.of(named)
    _take_row_of_address(corpus, matching, page_key)
    shown = st.container()
    if pages > 1:
        page = st.pagination(pages, key=page_key.name)
    part = CorpusRows(matching[(page - 1) * PAGE : page * PAGE])
    kept = session_keys.ROWS_READ.get(None)
    address.READ.put(None if kept is None or kept[0] != corpus.id else show_id(int(corpus.ids[kept[1]])))
    read = kept[1] if kept is not None and kept[0] == corpus.id and kept[1] in part else None
    read = read if read is not None or not len(part) else int(part[0])
    key = session_keys.CORPUS_TABLE.of(corpus.id)
    with shown:
        show_rows(
            columns=_heads(corpus, asked, columns, spec, matching, nearness=bool(nearness)),
            lines=_lines(corpus, asked, columns, part, nearness),
            read=read,
            page=f"{named}.{page}",
            height=HEIGHT - 60 * (pages > 1),
            key=key,
            on_event=partial(_picked, corpus, key),
        )
        if not len(matching):
            st.info("No row holds this. Widen the search or the filters.")

    def go(row: CorpusRow) -> None:
        session_keys.ROWS_READ.set((corpus.id, row))
        page_key.set(int(np.flatnonzero(matching == row)[0]) // PAGE + 1)

    return RowReading(CorpusRow(read), matching, go) if read is not None else None


def _take_row_of_address(corpus: Corpus, matching: CorpusRows, page: session_keys.Key[int]) -> None:
    """At the start, and after Back and Forward: read the row that the address names, on its page of the table."""
    if session_keys.ROWS_READ.there and not session.came_back():
        return
    name = address.READ.get() or ""
    row = corpus.position_of(parse_id(name)) if ID.fullmatch(name) else None
    if row is None:
        session_keys.ROWS_READ.drop()
        return
    session_keys.ROWS_READ.set((corpus.id, row))
    if row in matching:
        page.set(int(np.flatnonzero(matching == row)[0]) // PAGE + 1)


def _heads(
    corpus: Corpus, asked: RowsAsked, columns: tuple[str, ...], spec: PoolSpec, matching: CorpusRows, *, nearness: bool
) -> list[dict[str, Any]]:
    home = str(corpus.workspace.home)
    narrowed = len(matching) < len(corpus)
    heads = []
    for column in (*LENGTHS, *columns):
        bins = _histogram(home, corpus.id, column, column_digest(corpus, column), _corpus=corpus)
        wanted = asked.where.get(column)
        here = matching
        if wanted is not None and not nearness:
            other = asked.spec(corpus, without=column)
            here = _rows_of(corpus, other)
        kept = bins.counts_in(here) if narrowed else None
        title = f"{LENGTHS[column].capitalize()} · characters" if column in LENGTHS else TITLES.get(column, column)
        heads.append(head(title, wide=column in LENGTHS, histogram=bins, kept=kept, wanted=wanted))
    if nearness:
        heads.insert(0, head(NEARNESS, wide=False, histogram=None, kept=None, wanted=None))
    return heads


def _lines(
    corpus: Corpus, asked: RowsAsked, columns: tuple[str, ...], part: CorpusRows, nearness: Mapping[int, float]
) -> list[tuple[int, list[Cell]]]:
    texts = {name: corpus.texts_at(name, part) for name in LENGTHS.values()}
    cells: list[list[Cell]] = []
    if nearness:
        cells.append([(f"{nearness[row]:.2f}", []) for row in part.tolist()])
    for name, read in texts.items():
        searched = asked.typed and (asked.within.startswith("both") or asked.within.startswith(name))
        hits: list[Any] = [[] for _ in read]
        if searched and asked.way in ("text", "regex"):
            hits = (text_hits if asked.way == "text" else regex_hits)(read, asked.typed)
        cells.append([window(text, spans, length=CUT) for text, spans in zip(read, hits, strict=True)])
    for name in columns:
        values = corpus.column(name)[part]
        words = [number(v) if v == v else "" for v in values.tolist()] if values.dtype.kind == "f" else values.tolist()
        cells.append([(str(word)[:CUT] if word is not None else "", []) for word in words])
    return [(row, [column[place] for column in cells]) for place, row in enumerate(part.tolist())]


def _picked(corpus: Corpus, key: session_keys.Key[Any]) -> None:
    """Read the row that was pressed, or filter by the bins that were."""
    sent = event(key)
    row, column = sent.get("row"), sent.get("column")
    if isinstance(row, int) and not isinstance(row, bool) and 0 <= row < len(corpus):
        session_keys.ROWS_READ.set((corpus.id, row))
    elif isinstance(column, str) and column in corpus.columns:
        try:
            ask_where(corpus, column, _wanted(corpus, column, sent))
        except (DiverscopeError, TypeError, ValueError):
            return  # the column changed after it was drawn: the next run draws it anew


def _wanted(corpus: Corpus, column: str, sent: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the column is filtered by after a press; None for nothing."""
    if sent.get("clear"):
        return None
    bins = _histogram(str(corpus.workspace.home), corpus.id, column, column_digest(corpus, column), _corpus=corpus)
    made = bins.filter(int(sent["first"]), int(sent["last"]))
    if bins.kind == "numbers":
        return {"from": made.minimum, "to": made.maximum}
    before = list(where_of(corpus).get(column, {}).get("values", []))
    (value,) = made.values[:1]
    if sent.get("add"):
        return {"values": [name for name in before if name != value] if value in before else [*before, value]}
    return None if before == [value] else {"values": [value]}
