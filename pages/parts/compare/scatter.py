"""The Compare page's scatter: a metric against a score, with its line and estimates."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.counted import counted
from core.evidence import uncertainty, views
from core.evidence.correlations import ESTIMATES, point_estimates
from core.evidence.partial import length_confound
from core.evidence.slopes import Fit
from core.figures import evidence as figures
from core.workbench.inspections import comparison
from pages.parts.compare import tables as compare_tables
from pages.parts.compare.group_controls import colour_of_points, warn_of_differences
from pages.parts.compare.intervals import intervals
from pages.parts.compare.nothing_yet import has_scores, next_step
from pages.parts.compare.point_card import point_card
from pages.parts.compare.state import State
from pages.parts.frame import address
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.figures import show
from pages.parts.frame.plain_text import figure3, plain

EVERY = "every-group"
PANELS = 12  # most panels in one picture


def scatter(state: State) -> None:
    """Draw a metric against a score, with its line and estimates; or a panel for each group."""
    if not has_scores(state):
        return
    warn_of_differences(state, state.grouped.by)
    left, right = st.columns([3, 1.15], gap="medium")
    choices = views.group_choices(state.grouped.frame, state.grouped.by)
    if not choices:
        next_step(state, "No run has the chosen score.", key="scatter-none")
        return
    shown = next(iter(choices))
    if len(choices) > 1:
        shown = bound_select(
            right, "Scores", [*choices, EVERY], parameter=address.COMPARE_SHOWN, default=shown,
            format_func=lambda name: "A panel for each group" if name == EVERY else name,
        )  # fmt: skip
    metric = _metric(state, right)
    colour = colour_of_points(state, right)
    if shown == EVERY:
        with left:
            _panels(state, metric, colour)
        return
    complete, line = views.points(choices[shown], metric)
    columns = ["name", "strategy", "component", "level", metric, "score", "stderr", "model", "seed"]
    with left:
        above = st.container()  # in sight when a point is pressed
        figure = figures.score_scatter(
            complete,
            x=metric,
            x_title=comparison.title(metric),
            y_title=views.score_title(complete),
            line=line,
            colour=colour,
            mode=state.ctx.mode,
        )
        event = show(
            figure, key="scatter", data=complete[columns], name="score-against-metric", on_select="rerun",
            selection_mode="points",
        )  # fmt: skip
        with above:
            point_card(state, event)
        _length_note(complete, metric)
    with right:
        _facts(state, complete, metric, line)


def _panels(state: State, metric: str, colour: str) -> None:
    """Draw a small scatter for each group, with its line, the largest groups first."""
    choices = views.group_choices(state.grouped.frame, state.grouped.by)
    parts = {name: views.points(part, metric) for name, part in list(choices.items())[:PANELS]}
    facets = pd.concat([complete.assign(facet=name) for name, (complete, _) in parts.items()])
    figure = figures.small_multiples(
        facets, x=metric, facet="facet", x_title=comparison.title(metric), colour=colour,
        lines={name: line for name, (_, line) in parts.items() if line is not None}, mode=state.ctx.mode,
    )  # fmt: skip
    show(figure, key="scatter-panels", data=facets[["facet", "name", metric, "score"]], name="by-group")
    if len(choices) > PANELS:
        st.caption(f"The {PANELS} largest of {len(choices)} groups: group by fewer facts to see all.")


def _metric(state: State, place: st.delta_generator.DeltaGenerator) -> str:
    titles = {name: comparison.title(name).split(" · ") for name in state.metrics}
    last = {parts[2] for parts in titles.values() if len(parts) > 2}  # a tokenizer that all share is not named
    said = {name: " · ".join(parts[:2] if len(last) == 1 else parts) for name, parts in titles.items()}
    return bound_select(
        place, "Metric", state.metrics, parameter=address.COMPARE_METRIC, default=state.metrics[0],
        format_func=said.__getitem__,
    )  # fmt: skip


def _facts(state: State, complete: pd.DataFrame, metric: str, line: Fit | None) -> None:
    """Draw the estimates of the shown group, with intervals if they are computed."""
    estimates = point_estimates(complete, [metric], by=()).iloc[0]
    done = state.statistics()
    by = state.grouped.by
    if done is not None and (row := uncertainty.row_of(done, complete, metric, by=by)) is not None:
        estimates = row
    said = []
    for estimate in ESTIMATES:
        low, high = estimates.get(f"{estimate}_low"), estimates.get(f"{estimate}_high")
        interval = f"{_said(low)} to {_said(high)}" if low is not None and pd.notna(low) else ""
        said.append(
            {"": compare_tables.WORDS[estimate], "estimate": _said(estimates[estimate]), "95 % interval": interval}
        )
    st.dataframe(pd.DataFrame(said), hide_index=True, width="stretch", key="scatter-facts")
    subsets, seeds = complete["subset"].nunique(), max(1, complete["seed"].nunique())
    st.caption(f"{counted(len(complete), 'score')} of {counted(subsets, 'subset')}, {counted(seeds, 'training seed')}.")
    if not estimates["claim"]:
        st.caption(":material/info: " + plain(estimates["note"] or "Nothing is claimed."))
    elif intervals(state, point_estimates(complete, [metric], by=())) is None:
        st.caption("Intervals are computed once, for every metric and group.")
    if line is not None:
        st.caption(plain(line.label[0].upper() + line.label[1:]) + ".")


def _said(value: float | None) -> str:
    return figure3(value if value is None else compare_tables.settled(value))


def _length_note(complete: pd.DataFrame, metric: str) -> None:
    """Draw a warning if the paper's confound, length, is present in the group."""
    r = length_confound(complete, metric)
    if r is not None:
        st.caption(
            ":material/warning: On these subsets the metric "
            + ("rises with mean response length" if r > 0 else "falls as the mean response gets longer")
            + f" (r = {r:.2f}). "
            "See “More views”, partial correlation."
        )
