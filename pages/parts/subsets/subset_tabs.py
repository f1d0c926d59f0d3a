"""What is below the first screen: metrics on their bands, composition, the rows in, the rows left out with reasons."""

from __future__ import annotations

import streamlit as st

from core.corpus.column_facts import worded_columns
from core.figures import slider as figures
from core.row_positions import PoolRows
from core.workbench.build import Built
from core.workbench.inspections.subset_listing import mix_of
from core.workbench.inspections.why import nearest
from pages.parts.choosing.pins import pin_buttons, rule_notice, swap_notice
from pages.parts.choosing.subset_rows import kept_beside, rows_table, subset_reading
from pages.parts.choosing.why import why_panel
from pages.parts.frame import address
from pages.parts.frame.bound_select import bound_segments, bound_select
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.frame.reading_card import reading_card
from pages.parts.subsets.five_numbers import cannot_be_chosen
from pages.parts.subsets.subset_metrics import metric_panel

TABS = {"metrics": "Metrics", "mix": "Composition", "rows": "Rows in", "out": "Rows left out"}


def subset_tabs(ctx: Context, built: Built, inside: PoolRows | None) -> None:
    """Draw the tabs, and what the open one shows; ``inside`` are the rows of the pool that are selected on the map."""
    rule_notice()
    swap_notice()
    tab = bound_segments(st, "Below", TABS, parameter=address.SUBSET_TAB, default="metrics", hide_label=True)
    if tab == "metrics":
        metric_panel(ctx, built)
    elif tab == "mix":
        _composition(ctx, built)
    else:
        if tab == "out":
            _outside(ctx, built)
        _rows(ctx, built, inside, wanted="chosen" if tab == "rows" else "left_out")


def _composition(ctx: Context, built: Built) -> None:
    """Draw the mix of a column in the subset and in the pool."""
    names = worded_columns(built.corpus_view.corpus)
    if not names:
        st.caption("No column of this corpus holds words: there is no mix to show.")
        return
    left, right = st.columns([1, 4])
    name = bound_select(left, "Mix of", names, parameter=address.MIX, default="source")
    table = mix_of(built, name)
    with right:
        show(figures.mix(table, title=name, mode=ctx.mode), key="mix-figure", data=table, name=f"mix-{name}")


def _outside(ctx: Context, built: Built) -> None:
    """Draw how many rows can never be chosen, and why."""
    barred = cannot_be_chosen(built)
    kept_apart = len(built.corpus_view.corpus) - len(built.corpus_view.pool)
    st.caption(
        plain(
            f"Cannot be chosen: {barred.value} ({barred.note}). Held out or filtered: {rows(kept_apart)}, never in a "
            "subset."
        )
    )


def _rows(ctx: Context, built: Built, inside: PoolRows | None, *, wanted: str) -> None:
    """Draw the table of rows, and beside it the picked one with the reason why it is in or out."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if inside is not None:
            st.caption("Only the rows that are selected on the map are listed.")
        picked = rows_table(ctx, built, wanted=wanted, inside=inside)
    with right:
        if picked is None:
            st.info("Choose a row in the table to read it and see why it is in or out.")
            return
        picked, reading = subset_reading(built, picked, wanted=wanted, inside=inside, key="subset-card")
        reason = why_panel(built, picked)
        pin_buttons(built, picked)
        beside = kept_beside(built, reason.covered_by, nearest(built, picked))
        reading_card(ctx.corpus, reading.row, key="subset-card", reading=reading, beside=beside)
