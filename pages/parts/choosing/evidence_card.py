"""The card of a strategy: a plain sentence, what is published for and against it, and what the scores here say."""

from __future__ import annotations

import streamlit as st

from core.evidence.observations import Observations
from core.selection.strategy import Strategy
from core.workbench.inspections.evidence import load_evidence
from core.workbench.inspections.strategy_evidence import known_of
from core.workspace.artefacts import Workspace
from pages.parts.frame.plain_text import plain

SIDES = {"for": ("For", ":material/add_circle:"), "against": ("Against", ":material/do_not_disturb_on:")}
COMPARISONS = 6  # of a strategy with random subsets that are listed


def evidence_card(workspace: Workspace, chosen: Strategy) -> None:
    """Draw what is known of a strategy, the plain sentence first and its formula behind a press."""
    known = known_of(chosen.name, seen_here(workspace))
    st.caption("**In this workspace**")
    st.markdown(plain(known.standing))
    if known.here:
        with st.expander(f"{len(known.here):,} beside random subsets of the same size"):
            for compared in known.here[:COMPARISONS]:
                st.caption(plain(f"{compared.about}: {compared.sentence}"))
    st.caption("**Published**")
    for stance, text, source in known.published:
        head, icon = SIDES.get(stance, ("", ""))
        st.markdown(f"{icon} **{head}** {plain(text)}" if head else plain(text))
        if source:
            st.caption(plain(source))
    if known.card.differs:
        st.caption(f"**What differs here** {plain(known.card.differs)}")
    with st.expander("What holds for every way of choosing rows"):
        for text, source in known.of_every_strategy:
            st.markdown(plain(text))
            st.caption(plain(source))
    with st.expander("The formula behind it"):
        st.code(chosen.formula, language=None, wrap_lines=True)
        if chosen.tail:
            st.caption(plain(f"Beyond that: {chosen.tail}."))
        st.caption(plain(f"Work: {chosen.cost}. Source: {chosen.source}"))


def seen_here(workspace: Workspace) -> Observations:
    """What is saved and logged, joined once for all sessions until either changes."""
    there = (*workspace.keys("ledger"), *workspace.keys("subsets"))
    return _observed(str(workspace.home), there, workspace)


@st.cache_resource(max_entries=2, show_spinner=False)
def _observed(home: str, there: tuple[str, ...], _workspace: Workspace) -> Observations:
    return load_evidence(_workspace).seen
