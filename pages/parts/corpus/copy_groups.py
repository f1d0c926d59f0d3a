"""The groups of copies, those that lose most rows first: their rows side by side, or the template they come from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.counted import counted
from core.curation.near_copies.differences import Pieces, differing_pieces
from core.curation.near_copies.ladder import CopyGroup, Effect, group_of, texts_of
from core.row_positions import CorpusRow, CorpusRows
from pages.parts.corpus.copy_rows import copy_rows
from pages.parts.frame.compare_rows import compare_button
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows

A_PAGE = 8  # groups drawn at once
BESIDE = 3  # rows of a group that are read side by side
LONG = 1_200  # characters of a row that are shown
OFFERED = 50  # rows of a group that are offered by name, to be compared with the row that stays
FILLERS = 6  # of a template's slots


def copy_groups(ctx: Context, effect: Effect, *, named: str) -> None:
    """Draw a page of the groups of ``effect``; ``named`` tells its widgets from those of other settings."""
    total = len(effect.order)
    if not total:
        st.info("**No row is a copy of another here.** Look on another rung, or lower the threshold.")
        return
    pages = -(-total // A_PAGE)
    left, right = st.columns([5, 1.4], vertical_alignment="bottom")
    left.markdown(
        f"**{counted(total, 'group')}**, those that lose most rows first. Marked words differ from the row that stays."
    )
    page = 1
    if pages > 1:
        page = int(right.number_input(f"Page of {rows(pages)}", 1, pages, 1, key=f"copies.page.{named}"))
    texts = texts_of(ctx.corpus, effect.settings)
    for name in effect.order[(page - 1) * A_PAGE : page * A_PAGE].tolist():
        with st.container(border=True):
            group = group_of(ctx.corpus, effect, name, texts=texts)
            _group(ctx.corpus, effect, group, texts, key=f"copies.group.{named}.{name}")


def _group(corpus: Corpus, effect: Effect, group: CopyGroup, texts: Sequence[str], *, key: str) -> None:
    lost = int((effect.standing[group.rows] >= 0).sum())
    leaves = f"{counted(lost, 'row')} left out" if lost else "all stay"
    if group.template is not None:
        st.markdown(f"**{counted(len(group.rows), 'row')} of one template** · {leaves}")
        st.text(_cut(group.template.text))
        fillers = group.template.fillers
        more = f" and {rows(len(fillers) - FILLERS)} more" if len(fillers) > FILLERS else ""
        st.caption(plain(f"In the slots: {_cut(' | '.join(fillers[:FILLERS]))}{more}"))
    else:
        st.markdown(f"**{counted(len(group.rows), 'row')}** · {leaves}")
    shown = group.rows[:BESIDE].tolist()
    stays = _cut(texts[group.stays])
    drawn: list[tuple[str, Pieces, bool]] = []
    for row in shown:
        other = stays if row != group.stays or len(shown) < 2 else _cut(texts[shown[1]])  # the first with the second
        pieces, _ = differing_pieces(_cut(texts[row]), other)
        drawn.append((_head(corpus, effect, row), pieces, bool(effect.standing[row] < 0)))
    copy_rows(drawn, key=key)
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}.group-actions"):
        if len(group.rows) > 1:
            others = [CorpusRow(row) for row in group.rows.tolist() if row != group.stays][:OFFERED]
            named = {_head(corpus, effect, row): row for row in others}
            compare_button(corpus, group.stays, key=key, beside=named)
        if len(group.rows) > len(shown):
            st.caption(f"and {counted(len(group.rows) - len(shown), 'more row')}")


def _head(corpus: Corpus, effect: Effect, row: int) -> str:
    held_out = " · held out" if corpus.holdout[row] else ""
    what = "left out" if effect.standing[row] >= 0 else "stays"
    (place,) = corpus.places_of(CorpusRows(np.array([row])))
    return f"{what}{held_out} · row {show_id(int(corpus.ids[row]))} · {place}"


def _cut(text: str) -> str:
    return text if len(text) <= LONG else f"{text[: LONG - 1]}…"
