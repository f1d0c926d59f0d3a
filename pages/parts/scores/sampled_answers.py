"""Answers that a model gives to each row's prompt when it is asked several times: drawing them, and what they say."""

from __future__ import annotations

import streamlit as st

from core.answers.answer_set import SampledAnswers, list_sampled, short_key
from pages.parts.frame import address
from pages.parts.frame.bound_select import bound_segments, bound_select
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain
from pages.parts.scores.answers_draw import draw_form

VIEWS = {"draw": "Draw answers"}


def sampled_answers(ctx: Context) -> None:
    """Draw one view at a time; each but the first reads a chosen set of answers."""
    sets = list_sampled(ctx.corpus)
    view = "draw"
    if len(VIEWS) > 1 and sets:
        view = bound_segments(
            st, "Of the answers", VIEWS, parameter=address.SAMPLED_VIEW, default="draw", hide_label=True
        )
    if view == "draw":
        draw_form(ctx, sets)
        return


def chosen_set(ctx: Context, sets: list[SampledAnswers]) -> SampledAnswers:
    """Draw the choice of a set of answers, the newest first; returns the chosen one."""
    by_key = {short_key(kept): kept for kept in sets}
    names = {key: f"{kept.model}: {kept.draws} to each of {kept.facts['rows']:,} rows" for key, kept in by_key.items()}
    key = bound_select(
        st, "Answers of", list(names), parameter=address.SAMPLED_SHOWN, default=next(iter(names)),
        format_func=lambda key: plain(names[key]),
    )  # fmt: skip
    return by_key[key]
