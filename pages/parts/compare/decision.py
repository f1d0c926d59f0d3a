"""The Compare page's decision accuracy: the share of subset pairs that a metric or a proxy's score orders right."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evidence import views
from core.evidence.decision import COIN, FORMULA, SOURCE, decisions, with_proxy_scores
from core.evidence.proxy import CAUTION
from core.figures import evidence_tables
from core.workbench.inspections import comparison
from pages.parts.compare import tables as compare_tables
from pages.parts.compare.group_controls import warn_of_differences
from pages.parts.compare.nothing_yet import has_scores, next_step
from pages.parts.compare.state import State
from pages.parts.frame import address
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.plain_text import plain

RESAMPLES = 1_000
NO_ORDER = "No two scored subsets of one group differ in their score: there is no order to find."


def decision(state: State) -> None:
    """Draw how many pairs of subsets each metric, and each proxy's score, puts in the order of the chosen score."""
    if not has_scores(state):
        return
    by = state.grouped.by
    warn_of_differences(state, by)
    frame, directions = with_proxy_scores(state.grouped.frame)
    choices = views.group_choices(frame, by)
    left, right = st.columns([6, 0.5], vertical_alignment="bottom")
    with right:
        explain("Decision accuracy", formula=FORMULA, source=SOURCE, notes=_NOTES)
    if not choices:
        next_step(state, "No run has the chosen score.", key="decision-none")
        return
    shown = next(iter(choices))
    if len(choices) > 1:
        shown = bound_select(
            left, "In the order of", list(choices), parameter=address.COMPARE_SHOWN, default=shown
        )  # fmt: skip
    table = _decided(state.view_key, shown, choices[shown], state, directions)
    table = table[table["accuracy"].notna()].sort_values(["accuracy", "metric"], ascending=[False, True])
    if table.empty:
        next_step(state, NO_ORDER, key="decision-few")
        return
    named = table.assign(metric=[comparison.title(name) for name in table["metric"]])
    figure = evidence_tables.decision_bars(named, coin=COIN, mode=state.ctx.mode)
    first = table.iloc[0]
    show(figure, key="decision", data=named, name="decision-accuracy",
         caption=f"{first['pairs']:,} pairs of {first['subsets']} subsets; {first['equal']:,} pairs more have equal "
         "scores and no order.")  # fmt: skip
    if named["metric"].str.contains("(proxy)", regex=False).any():
        st.caption(plain(CAUTION))
    if not table["claim"].any():
        note = next((text for text in table["note"] if text), "No interval excludes a coin's 50 %.")
        st.caption(plain(f"{note} Read this as an illustration, not as a finding."))
    compare_tables.table(named, key="decision-table", drop=("claim",), first=_FIRST)
    if len(choices) > 1 and st.toggle(f"Every group ({len(choices):,})", key="decision-groups"):
        every = _in_every_group(state.view_key, frame, state, directions)
        every = every.assign(metric=[comparison.title(name) for name in every["metric"]])
        compare_tables.table(every, key="decision-every", drop=("claim", "low", "high", "drawn"), by=by,
                             first=("metric", *by, *_FIRST[1:]))  # fmt: skip


_FIRST = ("metric", "accuracy", "low", "high", "pairs", "right", "ties", "equal", "subsets", "series")
_NOTES = (
    "50 % is a coin. DataDecide: the scores of 150M models put about 80 % of the pairs of datasets in the order of 1B "
    "models. A metric is taken to promise a better score where it is more diverse."
)


@st.cache_resource(max_entries=16, show_spinner="Comparing every pair …")
def _decided(
    view_key: str, shown: str, _group: pd.DataFrame, _state: State, _directions: dict[str, int]
) -> pd.DataFrame:
    """The table of the shown group, with intervals."""
    metrics = [*_state.metrics, *_directions]
    return decisions(
        _group, metrics, directions={**_state.directions, **_directions}, by=(), resamples=RESAMPLES
    )  # fmt: skip


@st.cache_resource(max_entries=4, show_spinner="Comparing every pair …")
def _in_every_group(view_key: str, _frame: pd.DataFrame, _state: State, _directions: dict[str, int]) -> pd.DataFrame:
    """The tables of all groups, without intervals, which take their time."""
    metrics = [*_state.metrics, *_directions]
    return decisions(_frame, metrics, directions={**_state.directions, **_directions}, by=_state.grouped.by)
