"""The Compare page: does the diversity you measure predict the score you get?"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.counted import counted
from pages.parts.compare import ledger_table as compare_ledger
from pages.parts.compare import log_scores as compare_log
from pages.parts.compare import main_views as compare_views
from pages.parts.compare import more_views as compare_more
from pages.parts.compare import state as compare_state
from pages.parts.compare.state import State
from pages.parts.frame import address, session_keys
from pages.parts.frame.bound_select import bound_segments
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import open_page
from pages.parts.frame.plain_text import plain

VIEWS: dict[str, tuple[str, Callable[[State], None]]] = {
    "scatter": ("Scores and metrics", compare_views.scatter),
    "correlations": ("Correlations", compare_views.correlations),
    "slopes": ("Slopes", compare_views.slopes),
    "best-pick": ("Best pick", compare_views.best_pick),
    "more": ("More views", compare_more.more),
    "log": ("Log scores", compare_log.log_scores),
    "ledger": ("Ledger", compare_ledger.ledger),
    "published": ("Published", compare_views.published),
}

ctx = open_page("compare", needs_corpus=False)

with guarded():
    state = compare_state.load(ctx)
    for problem in state.ledger.problems:
        st.warning(plain(problem))
    scores, runs = len(state.seen.frame), state.seen.frame[["subset", "model", "seed"]].drop_duplicates()
    st.caption(
        f"{counted(len(state.subsets), 'saved subset')} · {counted(scores, 'score')} of {counted(len(runs), 'run')}"
        + "".join(f" · {plain(said)}" for said in state.notes)
    )
    compare_state.measure_missing(state)
    sent = session_keys.COMPARE_GO.pop("")  # a button of a view leads to another
    if sent:
        address.COMPARE_VIEW.turn_to(sent)
    titles = {name: title for name, (title, _) in VIEWS.items()}
    view = bound_segments(st, "View", titles, parameter=address.COMPARE_VIEW, default="scatter", hide_label=True)
    VIEWS[view][1](state)
