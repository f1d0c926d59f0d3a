"""The Compare page's view of the paper's tables as printed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evidence import views
from core.evidence.correlations import point_estimates
from core.evidence.observations import GROUP
from core.evidence.published import FIGURE_4_NOTE, figure_4, tables
from core.evidence.slopes import Fit
from core.figures import evidence_panels, evidence_tables
from pages.parts.compare import tables as compare_tables
from pages.parts.compare.state import State
from pages.parts.frame import address
from pages.parts.frame.bound_select import bound_segments
from pages.parts.frame.figures import show
from pages.parts.frame.plain_text import plain


def published(state: State) -> None:
    """Draw the paper's tables as printed, with notes on their signs."""
    titles = {str(known): f"Table {known}" for known in tables()}
    number = int(bound_segments(st, "Table", titles, parameter=address.COMPARE_TABLE, default="4"))
    table = tables()[number]
    st.markdown(f"**{plain(table.title)}** · {plain(table.what)}")
    if number in (4, 5, 6, 7):
        curves, lines = views.published_curves([number])
        figure = evidence_panels.level_curves(curves, lines=lines, mode=state.ctx.mode)
        show(figure, key=f"published-{number}", data=table.frame, name=f"table-{number}")
        published_slopes(lines)
    else:
        left, right = st.columns([2.2, 1], gap="medium")
        draw = evidence_tables.slope_heat if number == 2 else evidence_tables.correlation_heat
        with left:
            show(draw(table.grid, better=table.grid, mode=state.ctx.mode), key=f"published-{number}", data=table.frame,
                 name=f"table-{number}")  # fmt: skip
        with right:
            _figure_4(state)
    st.caption(plain(table.provenance))


def _figure_4(state: State) -> None:
    """Draw the printed values of Fig. 4 beside ours: r of the same metric over all scored subsets of a component."""
    st.markdown("**Fig. 4** · metrics against the score, all datasets of a size")
    printed = figure_4()
    ours = [_own_r(state, str(line["component"]), str(line["metric"])) for line in printed.to_dict("records")]
    compare_tables.table(printed.assign(ours=ours), key="published-figure-4",
                         first=("component", "metric", "r", "ours", "sign", "size"))  # fmt: skip
    st.caption(plain(FIGURE_4_NOTE))


def _own_r(state: State, component: str, metric: str) -> str:
    """Our r of a metric on a component, of the largest group of scores, and that group; "" without one."""
    short = metric.rpartition("(")[2].rstrip(")").lower()
    frame = state.frame[state.frame["component"] == component]
    names = [name for name in state.metrics if name.startswith(f"{component}.{short}@")]
    if frame.empty or not names:
        return ""
    name, group = next(iter(views.group_choices(frame, (*GROUP, "proxy")).items()))
    estimate = point_estimates(group, names[:1], by=()).iloc[0]
    return "" if pd.isna(estimate["pearson"]) else f"{estimate['pearson']:.2f} ({name})"


def published_slopes(lines: dict[str, Fit]) -> None:
    """Draw the slopes of published curves, by the name of each curve."""
    said = pd.DataFrame(
        [{"curve": name, "points from 0 to 100 %": line.slope, "standard error": line.stderr, "R²": line.r_squared,
          "shrunk slope": line.shrunk, "standing": line.label} for name, line in lines.items()]
    )  # fmt: skip
    compare_tables.table(said, key=f"published-slopes-{'-'.join(lines)}")
