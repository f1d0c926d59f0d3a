"""The adviser: three questions, one strategy, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from core.counted import counted
from core.selection.adviser import HAVE, WANT, advise
from core.selection.registry import strategies
from core.workbench.corpus_view import CorpusView
from core.workbench.strategy_offers import StrategyOffer, columns_give
from pages.parts.frame import jobs
from pages.parts.frame.plain_text import plain

HAVE_WORDS = {"scores": "a score column", "categories": "categories", "examples": "example rows"}


def adviser(
    corpus_view: CorpusView,
    *,
    size: int,
    offers: Sequence[StrategyOffer],
    look_at: Callable[[str], None],
    take: Callable[[str], None],
) -> None:
    """Draw the questions and the proposal; ``look_at`` and ``take`` are called by a press, with a strategy's name."""
    pool_rows = len(corpus_view.pool)
    first, second, third = st.columns([1.25, 1.25, 0.7])
    have = first.pills(
        "What do you have?",
        list(HAVE),
        default=columns_give(corpus_view.corpus),
        selection_mode="multi",
        format_func=HAVE_WORDS.__getitem__,
        key="advice-have",
        help="Beside the rows themselves. What the corpus's columns give is set already.",
    )
    want = second.selectbox(
        "What do you want?", list(WANT), format_func=lambda name: WANT[name].capitalize(), key="advice-want"
    )
    rows = third.number_input("How many rows?", min_value=1, value=min(size, pool_rows), step=100, key="advice-rows")
    advice = advise(have=have, want=want, rows=int(rows), pool_rows=pool_rows)
    proposed = strategies()[advice.strategy]
    with st.container(border=True):
        st.markdown(f"**{plain(proposed.title)}**, for {counted(int(rows), 'row')} of {pool_rows:,}")
        st.markdown(plain(" ".join(advice.reasons)))
        for caution in advice.cautions:
            st.caption(f":material/warning: {plain(caution)}")
        for offer in offers:
            if offer.strategy.name == advice.strategy and offer.missing:
                takes = jobs.lasting(offer.seconds).removesuffix(" left")
                lacking = " and ".join(f"{feature} of the {component}" for component, feature in offer.missing)
                said = f"It reads the {lacking}, not computed yet" + (f": {takes}." if takes else ".")
                st.caption(f":material/schedule: {plain(said)}")
        if advice.lacks:
            st.caption(f":material/help: {plain(f'With {HAVE[advice.lacks]} it would propose another one.')}")
        left, right, _ = st.columns([1, 1, 2])
        left.button("Take it", type="primary", key="advice-take", on_click=take, args=(proposed.name,), width="stretch")
        right.button("Its evidence", key="advice-look", on_click=look_at, args=(proposed.name,), width="stretch")
