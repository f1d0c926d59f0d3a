"""The list of strategies: grouped by what each needs and how long it takes now, with its evidence, and an adviser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.workbench.corpus_view import CorpusView
from core.workbench.previews import NOTE, strategy_mark
from core.workbench.strategy_offers import BRING, STANDINGS, StrategyOffer, computing_seconds, strategy_offers
from pages.parts.choosing.adviser import adviser
from pages.parts.choosing.evidence_card import evidence_card
from pages.parts.frame import address, jobs, session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.missing_feature import WORDS, request_for
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

HEIGHT = 470  # pixels of the list and of the card beside it
LISTED, ADVICE = "All strategies", "Ask three questions"


def strategy_button(ctx: Context, corpus_view: CorpusView, *, chosen: str, size: int) -> None:
    """Draw the button that opens the list; ``chosen`` is the strategy that is chosen, ``size`` the rows wanted."""
    pressed = st.button(
        "Browse",
        key="strategies-browse",
        width="stretch",
        help="Browse strategies: what each needs, how long it takes, and the evidence for and against it.",
    )
    if pressed:
        session_keys.STRATEGY_LOOKED.set(chosen)
        _browse(ctx, corpus_view, size)


@st.dialog("Strategies", width="large")
def _browse(ctx: Context, corpus_view: CorpusView, size: int) -> None:
    with guarded():
        offers = strategy_offers(corpus_view, size=size)
        way = st.segmented_control(
            "Strategies",
            [LISTED, ADVICE],
            default=LISTED,
            required=True,
            key=session_keys.STRATEGY_WAY.name,
            label_visibility="collapsed",
        )
        if way == ADVICE:
            adviser(corpus_view, size=size, offers=offers, look_at=_look_and_list, take=_take)
        else:
            _list_and_card(ctx, corpus_view, offers)
    if session_keys.STRATEGY_TAKEN.pop(False):
        st.rerun()


def _list_and_card(ctx: Context, corpus_view: CorpusView, offers: Sequence[StrategyOffer]) -> None:
    looked = session_keys.STRATEGY_LOOKED.get("")
    by_name = {offer.strategy.name: offer for offer in offers}
    left, right = st.columns([1, 1.15], gap="medium")
    with left:
        wanted = st.text_input(
            "Find a strategy", key="strategies-find", placeholder="Find: diversity, score, topics …",
            label_visibility="collapsed",
        )  # fmt: skip
        with st.container(height=HEIGHT - 56, border=False, key="strategies-list", gap="xsmall"):
            _groups([offer for offer in offers if _says(offer, wanted)], ctx, looked)
    with right, st.container(height=HEIGHT, key="strategies-card", gap="xsmall"):
        if looked in by_name:
            _card(ctx, corpus_view, by_name[looked])


def _groups(offers: Sequence[StrategyOffer], ctx: Context, looked: str) -> None:
    if not offers:
        st.caption("No strategy says so.")
    for standing, title in STANDINGS.items():
        group = [offer for offer in offers if offer.standing == standing]
        if not group:
            continue
        st.caption(f"**{title}**")
        for offer in group:
            name = offer.strategy.name
            with st.container(gap=None):
                st.button(
                    plain(offer.strategy.title + strategy_mark(offer.strategy, ctx.choice)),
                    key=f"strategy-{name}",
                    type="primary" if name == looked else "tertiary",
                    on_click=session_keys.STRATEGY_LOOKED.set,
                    args=(name,),
                )
                said = offer.strategy.summary.partition(";")[0].rstrip(".") + "."  # the card says the rest
                st.caption(plain(" · ".join(part for part in (_time(offer), said) if part)))


def _card(ctx: Context, corpus_view: CorpusView, offer: StrategyOffer) -> None:
    chosen = offer.strategy
    mark = strategy_mark(chosen, ctx.choice)
    st.markdown(f"#### {plain(chosen.title + mark)}")
    st.markdown(plain(chosen.summary))
    if mark:
        st.caption(f":material/bolt: {NOTE}")
    st.button(
        "Choose it", type="primary", key="strategy-take", on_click=_take, args=(chosen.name,), icon=":material/check:"
    )
    if offer.standing in BRING:
        st.caption(f":material/info: {STANDINGS[offer.standing]}. {BRING[offer.standing]}")
    for component, feature in offer.missing:
        if feature in WORDS and offer.standing != "model":
            _compute(ctx, corpus_view, component, feature)
    evidence_card(ctx.workspace, chosen)


def _compute(ctx: Context, corpus_view: CorpusView, component: str, feature: str) -> None:
    """The button that computes a feature that is missing, or how far its job is."""
    task, request = request_for(ctx, feature, component=component)
    running = jobs.latest(ctx.workspace, task, request)
    if running is not None and running.live:
        st.caption(plain(f"{running.title}: {jobs.progress_line(ctx.workspace, running)}"))
        return
    takes = jobs.lasting(computing_seconds(corpus_view, [(component, feature)])).removesuffix(" left")
    label = f"{WORDS[feature][0]} the {component.replace('_', ' ')}" + (f", {takes}" if takes else "")
    st.button(
        label,
        key=f"strategy-compute-{component}-{feature}",
        icon=":material/play_arrow:",
        on_click=_start,
        args=(ctx, task, request, WORDS[feature][0]),
    )


def _start(ctx: Context, task: str, request: dict[str, Any], verb: str) -> None:
    jobs.start(ctx.workspace, task, request, title=f"{verb} {ctx.corpus.name}")


def _time(offer: StrategyOffer) -> str:
    """How long a strategy takes from here, "" where it is ready or lacks something that no computation gives."""
    if offer.standing != "soon":
        return ""
    takes = jobs.lasting(offer.seconds).removesuffix(" left") or "never run here, so its time is unknown"
    lacking = ", ".join(feature for _, feature in offer.missing)
    return f"{takes}: {lacking} first" if lacking else takes


def _says(offer: StrategyOffer, wanted: str) -> bool:
    chosen = offer.strategy
    text = f"{chosen.name} {chosen.title} {chosen.level} {chosen.summary} {chosen.source}".lower()
    return all(word in text for word in wanted.lower().split())


def _take(name: str) -> None:
    address.STRATEGY.turn_to(name)
    address.STRATEGY.refused.drop()
    session_keys.STRATEGY_TAKEN.set(True)


def _look_and_list(name: str) -> None:
    session_keys.STRATEGY_LOOKED.set(name)
    session_keys.STRATEGY_WAY.set(LISTED)
