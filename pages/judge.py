"""Judge: models' answers to a prompt set, compared pairwise by a language model, and what its verdicts say."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.parts.frame import address, session, session_keys
from pages.parts.frame.bound_select import bound_segments
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context, open_page
from pages.parts.judge.answers import answers_view
from pages.parts.judge.judge_form import judge_view
from pages.parts.judge.report_view import report_view

VIEWS: dict[str, tuple[str, Callable[[Context], None]]] = {
    "answers": ("Prompts and answers", answers_view),
    "judge": ("Judge", judge_view),
    "report": ("Reports", report_view),
}

ctx = open_page("judge", needs_corpus=False)

with guarded():
    if sent := session_keys.JUDGE_GO.pop(""):  # a button of a view leads to another
        address.JUDGE_VIEW.turn_to(sent)
    titles = {name: title for name, (title, _) in VIEWS.items()}
    view = bound_segments(st, "View", titles, parameter=address.JUDGE_VIEW, default="answers", hide_label=True)
    VIEWS[view][1](ctx)

session.write_url()
