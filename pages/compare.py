"""The Compare page: does the diversity you measure predict the score you get?"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.counted import counted
from core.evidence.examples import facts_of
from pages.parts.compare import examples as compare_examples
from pages.parts.compare import ledger_table as compare_ledger
from pages.parts.compare import log_scores as compare_log
from pages.parts.compare import more_views as compare_more
from pages.parts.compare import state as compare_state
from pages.parts.compare.all_metrics import all_metrics
from pages.parts.compare.best_pick import best_pick
from pages.parts.compare.chosen_view import chosen_view
from pages.parts.compare.correlations import correlations
from pages.parts.compare.decision import decision
from pages.parts.compare.group_controls import with_grouping
from pages.parts.compare.mixture_view import mixture
from pages.parts.compare.published import published
from pages.parts.compare.scatter import scatter
from pages.parts.compare.score_size import score_size
from pages.parts.compare.slopes import slopes
from pages.parts.compare.state import State
from pages.parts.compare.tokenizer_note import note_tokenizers
from pages.parts.frame import address, session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import open_page
from pages.parts.frame.plain_text import plain

# What each view of the address is called and draws.
VIEWS: dict[str, tuple[str, Callable[[State], None]]] = {
    "scatter": ("Scores and metrics", scatter),
    "correlations": ("Correlations", correlations),
    "slopes": ("Slopes", slopes),
    "best-pick": ("Best pick", best_pick),
    "decision": ("Decision accuracy", decision),
    "size": ("Score and size", score_size),
    "metrics": ("All metrics", all_metrics),
    "mixture": ("Source mixture", mixture),
    "more": ("More views", compare_more.more),
    "log": ("Log scores", compare_log.log_scores),
    "ledger": ("Ledger", compare_ledger.ledger),
    "published": ("Published", published),
}
# Those that pool, group and colour scores, and so have the row of choices above them.
GROUPED = ("scatter", "correlations", "slopes", "best-pick", "decision", "size", "more")

ctx = open_page("compare", needs_corpus=False)

with guarded():
    whose, said, more = st.container(key="compare-head").columns([3.4, 4, 0.45], vertical_alignment="center")
    state = compare_state.load(ctx, compare_examples.choose(whose))
    for problem in state.ledger.problems:
        st.warning(plain(problem))
    if state.example:
        summary, notes = f"{facts_of(state.example.entries)}.", compare_examples.introduced(state.example)
    else:
        scores, runs = len(state.seen.frame), state.seen.frame[["subset", "model", "seed"]].drop_duplicates()
        scored = f"{counted(scores, 'score')} of {counted(len(runs), 'run')}"
        summary, notes = f"{counted(len(state.subsets), 'saved subset')} · {scored}", list(state.notes)
        compare_examples.offer(state)
    warned = ":material/warning: of a proxy · " if state.caution else ""
    said.caption(f"{warned}{plain(summary)}", text_alignment="right")
    compare_state.measure_missing(state)
    notes += [*([state.caution] if state.caution else []), *note_tokenizers(state)]
    if notes:
        told = "What is shown here, and what a proxy tells" if state.caution else "What is shown here"
        with more.popover("", icon=":material/help:", type="tertiary", key="compare-notes", help=told):
            for note in notes:
                st.caption(plain(f"{note[:1].upper()}{note[1:].rstrip('.')}."))
    sent = session_keys.COMPARE_GO.pop("")  # a button of a view leads to another
    if sent:
        address.COMPARE_VIEW.turn_to(sent)
    view = chosen_view({name: title for name, (title, _) in VIEWS.items()})
    VIEWS[view][1](with_grouping(state) if view in GROUPED else state)
