"""The Compare page's view of which metric would have picked the best subset."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evidence.ranking import DRAWN_FROM, RANDOM, ranking
from core.figures import evidence_tables
from core.workbench.inspections import comparison
from pages.parts.compare import tables as compare_tables
from pages.parts.compare.group_controls import warn_of_differences
from pages.parts.compare.nothing_yet import has_scores, next_step
from pages.parts.compare.state import State
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.plain_text import plain


def best_pick(state: State) -> None:
    """Draw which metric would have picked the best subset, and how much score following it would have lost."""
    if not has_scores(state):
        return
    right = st.columns([6, 0.5])[1]
    with right:
        explain(
            "Regret", formula="(best score − score of the metric's first choice) / (best − worst), mean over groups",
            source="our definition", notes="The grey bar picks a subset at random. Intervals: 95 %, from "
            f"{DRAWN_FROM} independent series or subsets on. Metrics without a direction pick "
            "nothing.",
        )  # fmt: skip
    warn_of_differences(state, state.grouped.by)
    table = _ranked(state.view_key, state)
    if table.empty:
        what = "A ranking needs two scored subsets in one group, and a metric that tells more from less diverse."
        next_step(state, what, key="best-pick")
        return
    named = table.assign(metric=[name if name == RANDOM else comparison.title(name) for name in table["metric"]])
    show(evidence_tables.ranking_bars(named, reference=RANDOM, mode=state.ctx.mode), key="ranking", data=named,
         name="which-metric-picks-best")  # fmt: skip
    if not table["claim"].any():
        st.caption(plain(f"{table['note'].iloc[0]} Read this as an illustration, not as a finding."))
    compare_tables.table(named, key="ranking-table", drop=("claim", "note"))


@st.cache_resource(max_entries=4, show_spinner="Ranking the metrics …")
def _ranked(view_key: str, _state: State) -> pd.DataFrame:
    chosen = _state.grouped
    return ranking(chosen.frame, _state.metrics, directions=_state.directions, by=chosen.by, resamples=500)
