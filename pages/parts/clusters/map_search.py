"""Finds rows by words, by a pattern or by meaning; what is found is selected, so that the map lights it."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.corpus import search
from core.errors import DiverscopeError
from core.features.meaning import nearest_in_meaning
from core.row_positions import CorpusRows
from pages.parts.frame import address, session, session_keys
from pages.parts.frame.bound_select import bound_select, carried
from pages.parts.frame.page import Context
from pages.parts.frame.selection import SelectionState

WAYS = {"words": "Words", "pattern": "Pattern", "meaning": "Meaning"}


def map_search(ctx: Context, at: DeltaGenerator, way_at: DeltaGenerator) -> None:
    """Draw the field and the choice of the way; what is found is selected as soon as one of the two has changed."""
    way = bound_select(
        way_at,
        "Find by",
        list(WAYS),
        parameter=address.MAP_FIND_BY,
        default="words",
        format_func=WAYS.__getitem__,
        help="Words: the text as typed. Pattern: a regular expression. Meaning: the nearest rows by embedding.",
        hide_label=True,
    )
    carried(session_keys.MAP_SEARCH, address.MAP_FIND, "")
    typed = at.text_input(
        "Find on the map",
        key=session_keys.MAP_SEARCH.name,
        persist_state="session",
        placeholder="Find on the map",
        label_visibility="collapsed",
    ).strip()
    address.MAP_FIND.put(typed or None)
    asked, before = (ctx.corpus.id, typed, way), session_keys.MAP_SEARCHED.get((ctx.corpus.id, "", way))
    session_keys.MAP_SEARCHED.set(asked)
    # After Back and Forward the address names what was selected then.
    if asked != before and (typed or before[1]) and not session.came_back():
        # The first question by meaning loads the embedder, which takes seconds: the page says so meanwhile.
        with at, st.spinner(f"Looking for it by {way}" + (": loading the embedder" if way == "meaning" else "")):
            _find(ctx, typed, way)


def _find(ctx: Context, typed: str, way: str) -> None:
    state = SelectionState(ctx.corpus)
    if not typed:
        state.clear()
        return
    try:
        rows, said = found_rows(ctx, typed, way)
    except DiverscopeError as error:
        session_keys.SELECTION_SAID.set(("error", str(error)))
        return
    state.select(rows, said)


def found_rows(ctx: Context, typed: str, way: str) -> tuple[CorpusRows, str]:
    """The rows that ``typed`` finds, ascending, and how they were found, in a few words.

    By meaning: the 1 % of the rows nearest to it, 20 to 500. Raises :class:`core.errors.InputError` for a pattern that
    is none, :class:`FeatureMissing` without embeddings.
    """
    if way == "words":
        return CorpusRows(np.flatnonzero(search.find_text(ctx.corpus, typed, component=ctx.component))), f"“{typed}”"
    if way == "pattern":
        hits = search.find_regex(ctx.corpus, typed, component=ctx.component)
        return CorpusRows(np.flatnonzero(hits)), f"/{typed}/"
    rows, _ = nearest_in_meaning(ctx.corpus_text, typed, clustering=ctx.choice.clustering)
    return CorpusRows(np.sort(rows)), f"nearest in meaning to “{typed}”"
