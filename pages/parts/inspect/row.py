"""Why a row is in a subset or not, with the kept row that is nearest to it."""

from __future__ import annotations

import streamlit as st

from core.corpus.named_rows import named_row
from core.corpus.row_ids import show_id
from core.row_positions import PoolRow
from core.workbench.build import Built
from core.workbench.inspections.why import nearest, nearness
from core.workbench.inspections.why_words import row_id
from pages.parts.choosing.subset_rows import kept_beside, pick_side, rows_table, subset_reading
from pages.parts.choosing.why import why_panel
from pages.parts.frame import address
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, plain
from pages.parts.frame.reading_card import reading_card
from pages.parts.frame.reading_steps import RowReading
from pages.parts.inspect.pick import built_here, pick_recipe


def row_view(ctx: Context) -> None:
    """Draw the choice of a subset and of a row of its pool, by id or from a list, and why the row is in or out."""
    left, right = st.columns([3, 3], vertical_alignment="bottom")
    recipe = pick_recipe(ctx, left, parameter=address.WHY_SUBSET)
    typed = right.text_input(
        "Row id",
        **address.WHY_ROW.widget,
        persist_state="session",
        placeholder="16 digits or file:line, or choose a row below",
        max_chars=300,
    )
    built = built_here(ctx, recipe)
    if built is None:
        return
    asked = _asked(built, typed) if typed.strip() else None
    if typed.strip() and asked is None:
        return
    reading = None
    if asked is None:
        side = pick_side()
        picked = rows_table(ctx, built, wanted=side, height=180)
        if picked is None:
            st.info("Choose a row, or type its id, to see why it is in or out.")
            return
        asked, reading = subset_reading(built, picked, wanted=side, key="row-card")
    _sides(ctx, built, asked, reading)


def _asked(built: Built, typed: str) -> PoolRow | None:
    """The pool position of the row that the user typed; if it is outside the pool, a message says so.

    Raises :class:`InputError` where the typed text names no row.
    """
    corpus = built.corpus_view.corpus
    row_id = named_row(corpus, typed)
    position = corpus.position_of(row_id)
    if position is None:
        st.error(plain(f"No row of {corpus.name} has the id {show_id(row_id)}."))
        return None
    row = built.corpus_view.pool_position(position)
    if row is None:
        holdout = " It belongs to the holdout, which no subset may contain." if corpus.holdout[position] else ""
        st.warning(plain(f"Row {show_id(row_id)} is in the corpus but outside this subset's pool.{holdout}"))
        reading_card(corpus, position, key="outside-card")
    return row


def _sides(ctx: Context, built: Built, asked: PoolRow, reading: RowReading | None) -> None:
    """Draw why the row is in or out, the row itself, and beside it the kept row that represents it."""
    why, own, other = st.columns([2, 3, 3], gap="small")
    with why:
        reason = why_panel(built, asked)
    with own:
        st.markdown("**This row**" if reason.chosen else "**The row left out**")
        position = built.corpus_view.corpus_position(asked)
        near = nearest(built, asked)
        beside = kept_beside(built, reason.covered_by, near)
        reading_card(ctx.corpus, position, key="row-card", height=480, reading=reading, beside=beside)
    with other:
        _kept_row(ctx, built, covering=reason.covered_by, near=near)


def _kept_row(ctx: Context, built: Built, *, covering: PoolRow | None, near: tuple[PoolRow, float] | None) -> None:
    """Draw the kept row that covers the row or is nearest to it; if these are two rows, the user chooses one."""
    titles: dict[PoolRow, str] = {}
    if covering is not None:
        titles[covering] = "The kept row that covers it"
    if near is not None:
        nearest_title = f"The nearest kept row, {nearness(built)} {figure3(near[1])}"
        titles[near[0]] = f"{titles[near[0]]} · {nearest_title}" if near[0] in titles else nearest_title
    if not titles:
        if built.corpus_view.whole.has("embeddings"):
            st.info("No other row is kept.")
        else:
            st.info("To find the nearest kept row, embed the rows on the Clusters page.")
        return
    shown = next(iter(titles))
    if len(titles) > 1:
        shown = st.segmented_control(
            "Beside it", list(titles), default=shown, required=True, format_func=titles.__getitem__, key="beside",
            label_visibility="collapsed",
        )  # fmt: skip
    else:
        st.markdown(f"**{plain(titles[shown])}**")
    reading_card(ctx.corpus, built.corpus_view.corpus_position(shown), key="kept-card", height=480)
    st.caption(plain(f"kept row {row_id(built, shown)}"))
