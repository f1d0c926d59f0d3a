"""Answers that a model gives to each row's prompt when it is asked several times: drawing them, and what they say."""

from __future__ import annotations

import streamlit as st

from core.answers.answer_set import SampledAnswers, list_sampled, short_key
from pages.parts.frame import address
from pages.parts.frame.bound_select import bound_segments, bound_select
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import sendable
from pages.parts.scores.answers_doubt import doubt_view, trust_view
from pages.parts.scores.answers_draw import draw_form
from pages.parts.scores.answers_mastery import mastery_view
from pages.parts.scores.import_forms import said

VIEWS = {
    "draw": "Draw answers",
    "mastery": "Mastery",
    "doubt": "Disagreement",
    "trust": "Confidence and rewriting",
}


def sampled_answers(ctx: Context) -> str | None:
    """Draw one view at a time; each but the first reads a chosen set of answers. Returns the column it is about."""
    sets = list_sampled(ctx.corpus)
    view = "draw"
    if sets:
        view = bound_segments(
            st, "Of the answers", VIEWS, parameter=address.SAMPLED_VIEW, default="draw", hide_label=True
        )
    if view == "draw":
        draw_form(ctx, sets)
        return None
    kept = _chosen(sets)
    said()
    if view == "mastery":
        return mastery_view(ctx, kept, sets)
    return doubt_view(ctx, kept) if view == "doubt" else trust_view(ctx, kept)


def _chosen(sets: list[SampledAnswers]) -> SampledAnswers:
    """Draw the choice of a set of answers, the newest first; returns the chosen one."""
    by_key = {short_key(kept): kept for kept in sets}
    names = {key: f"{kept.model}: {kept.draws} to each of {kept.facts['rows']:,} rows" for key, kept in by_key.items()}
    key = bound_select(
        st, "Answers of", list(names), parameter=address.SAMPLED_SHOWN, default=next(iter(names)),
        format_func=lambda key: sendable(names[key]),
    )  # fmt: skip
    return by_key[key]
