"""The Compare page's correlations of every metric with every group of scores."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.counted import counted
from core.evidence import views
from core.evidence.correlations import ESTIMATES, point_estimates
from core.evidence.independence import CLAIM_FROM, FEWEST, SERIES_FROM
from core.figures import evidence_tables
from core.workbench.inspections import comparison
from pages.parts.compare import state as compare_state
from pages.parts.compare import tables as compare_tables
from pages.parts.compare.group_controls import warn_of_differences
from pages.parts.compare.intervals import intervals
from pages.parts.compare.nothing_yet import has_scores, next_step
from pages.parts.compare.state import State
from pages.parts.frame import address
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show

GROUPS_AT_ONCE = 10  # most columns with which a heat map is readable


def correlations(state: State) -> None:
    """Draw the correlations of every metric with every group of scores, as a heat map and a table with intervals."""
    if not has_scores(state):
        return
    compare_state.measure_more(state)
    warn_of_differences(state, state.grouped.by)
    table = _estimates(state)
    by = state.grouped.by
    if table[list(ESTIMATES)].isna().all(axis=None):
        most = int(table["subsets"].max()) if len(table) else 0
        what = (
            f"A correlation needs {FEWEST} different subsets in one group, with scores that differ. The largest group "
            f"has {counted(most, 'subset')}: log the scores of more."
        )
        next_step(state, what, key="correlations-few")
        return
    offered = intervals(state, table)
    if offered is not None:
        table = offered
    top = st.columns([1.6, 5, 0.5], vertical_alignment="bottom")
    estimate = bound_select(
        top[0], "Estimate", ESTIMATES[:3], parameter=address.COMPARE_ESTIMATE, default=ESTIMATES[0],
        format_func=lambda name: compare_tables.WORDS[name],
    )  # fmt: skip
    with top[2]:
        explain(
            "Correlation", formula=_FORMULA, source="scipy.stats, statsmodels; From Macro to Micro, Fig. 4 and Table 8",
            notes="Bold: may be claimed. That needs q ≤ 0.05 and a 95 % interval without 0 in it, so both must be "
            f"computed. In brackets: fewer than {CLAIM_FROM} subsets or {SERIES_FROM} independent series, which claim "
            "nothing.",
        )  # fmt: skip
    grid, claims, enough = views.correlation_grid(table, by=by, estimate=estimate)
    better = views.better_correlations(table, state.grouped.frame, by=by, estimate=estimate)
    if grid.shape[1] > GROUPS_AT_ONCE:
        chosen = top[1].multiselect(
            "Scores", list(grid.columns), default=list(grid.columns[:GROUPS_AT_ONCE]), key="correlation-groups",
            help="The figure shows these; the table below has all groups.",
        )  # fmt: skip
        grid = grid[chosen or list(grid.columns[:GROUPS_AT_ONCE])]
        claims, enough = claims[grid.columns], enough[grid.columns]
    better = better[grid.columns]
    grid.index = claims.index = enough.index = better.index = pd.Index([comparison.title(name) for name in grid.index])
    figure = evidence_tables.correlation_heat(
        grid, claims=claims, enough=enough, better=better, title=compare_tables.WORDS[estimate], mode=state.ctx.mode
    )
    show(figure, key="correlations", data=grid.reset_index(names="metric"), name="correlations", caption=_HOW_READ)
    order = [f"{p}{name}{end}" for name in sorted(ESTIMATES, key=lambda name: name != estimate)
             for p, end in (("", ""), ("", "_low"), ("", "_high"), ("p_", ""), ("q_", ""))]  # fmt: skip
    compare_tables.table(
        _readable(table), key="correlation-table", drop=("claim",), by=by,
        first=["metric", *by, "subsets", "n", *order, "loo_low", "loo_high", "series", "drawn", "units"],
    )  # fmt: skip


_HOW_READ = (
    "▲ blue: more of the metric goes with better scores; ▼ red: with worse ones. Where a lower score is better, as for "
    "a loss, a negative number is ▲."
)

_FORMULA = (
    "Pearson, Spearman, Kendall: scipy.stats.\n"
    "Intervals: 95 %, leaving out whole series in turn (jackknife), t with series − 1 degrees of freedom on Fisher's "
    "z; a subset of no series counts as one.\n"
    "p: of the same t where subsets share a series. Where none do, the share of pairings in which |r| is at least the "
    "observed |r|. A pairing gives every subset the scores of another one, all seeds together; all pairings up to 7 "
    "subsets, else 9,999 at random. Kendall: scipy's p over subset means.\n"
    "q: Benjamini–Hochberg over the whole table."
)


@st.cache_resource(max_entries=4, show_spinner=False)
def _cached_estimates(view_key: str, _state: State) -> pd.DataFrame:
    chosen = _state.grouped
    return point_estimates(chosen.frame, _state.metrics, by=chosen.by)


def _estimates(state: State) -> pd.DataFrame:
    return _cached_estimates(state.view_key, state)


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(metric=[comparison.title(name) for name in table["metric"]])
