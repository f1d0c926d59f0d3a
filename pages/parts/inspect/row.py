"""Why this row, why not that one: by row id, with the kept row nearest to it beside it."""

from __future__ import annotations

import streamlit as st

from core.corpus.named_rows import named_row
from core.corpus.row_ids import show_id
from core.row_positions import PoolRow
from core.workbench.build import Built
from pages.parts.choosing.subset_rows import rows_table
from pages.parts.choosing.why import covering, nearest, row_id, why_panel
from pages.parts.frame import address, session_keys
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, plain
from pages.parts.frame.reading_card import reading_card
from pages.parts.inspect.pick import built_here, pick_recipe


def row_view(ctx: Context) -> None:
    """Choose a subset and a row of its pool, by id or from a list; read both sides of the decision."""
    left, right = st.columns([3, 3], vertical_alignment="bottom")
    recipe = pick_recipe(
        ctx, left, parameter=address.WHY_SUBSET, what="Then every row can be asked why it is in or out."
    )
    if recipe is None:
        return
    typed = right.text_input(
        "Row id",
        key=session_keys.INSPECTED_ROW.name,
        placeholder="16 digits or file:line, or choose a row below",
        max_chars=300,
    )
    built = built_here(ctx, recipe)
    if built is None:
        return
    asked = _asked(built, typed) if typed.strip() else None
    if typed.strip() and asked is None:
        return
    if asked is None:
        asked = rows_table(ctx, built, height=180)
        if asked is None:
            st.info("Choose a row, or type its id, to see why it is in or out.")
            return
    _sides(ctx, built, asked)


def _asked(built: Built, typed: str) -> PoolRow | None:
    """The pool position of the row that was typed; says where it is when it is not in the pool.

    Raises :class:`InputError` where what was typed names no row.
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


def _sides(ctx: Context, built: Built, asked: PoolRow) -> None:
    why, mine, theirs = st.columns([2, 3, 3], gap="small")
    reason = built.plan.why(asked, built.answer)
    with why:
        why_panel(built, asked)
    with mine:
        st.markdown("**This row**" if reason.chosen else "**The row left out**")
        reading_card(ctx.corpus, built.corpus_view.corpus_position(asked), key="row-card", height=480)
    others = {"covered by": covering(reason)}
    near = nearest(built, asked)
    if near is not None:
        others["nearest"] = near[0]
    known = {name: row for name, row in others.items() if row is not None}
    with theirs:
        if not known:
            st.info(
                "No kept row is nearest to it: embed the rows on the Clusters page to compare what they say."
                if near is None
                else "Nothing else is kept."
            )
            return
        titles = {
            "covered by": "The kept row that covers it",
            "nearest": f"The nearest kept row, at {figure3(near[1])}" if near else "",
        }
        name = next(iter(known))
        if len(known) > 1 and known["covered by"] != known["nearest"]:
            name = st.segmented_control(
                "Beside it", list(known), default=name, required=True, format_func=titles.__getitem__, key="beside",
                label_visibility="collapsed",
            )  # fmt: skip
        else:
            st.markdown(f"**{plain(' · '.join(titles[one] for one in known))}**")
        reading_card(ctx.corpus, built.corpus_view.corpus_position(known[name]), key="kept-card", height=480)
        st.caption(plain(f"kept row {row_id(built, known[name])}"))
