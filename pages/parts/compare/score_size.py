"""The Compare page's score against size: a line for each strategy or series, and the band of random subsets."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evidence import score_size as sizes
from core.evidence import views
from core.evidence.grouping import FACTS, SERIES_NAME, column_of
from core.figures.score_size import score_against_size
from core.workbench.inspections import comparison
from core.workbench.subsets import percent
from pages.parts.compare import tables as compare_tables
from pages.parts.compare.group_controls import warn_of_differences
from pages.parts.compare.nothing_yet import next_step
from pages.parts.compare.state import State
from pages.parts.frame import address
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show

ROWS, ALL = "size", "all"
OF_SUBSETS = ("size", "component", "strategy", SERIES_NAME, "study", "corpus")  # facts that a line may differ in
LINES = ("strategy", "series", "component", "study", "corpus")


def score_size(state: State) -> None:
    """Draw the mean score at each size, on a logarithmic axis."""
    chosen = state.scored
    frame = chosen.frame[chosen.frame["size"].notna()]
    if sizes.size_points(frame).empty:
        next_step(state, "No score of a dataset with a known size is logged yet.", key="size")
        return
    places = st.columns([3, 1.5, 1.5, 1.5, 0.5], vertical_alignment="bottom")
    by = tuple(name for name in chosen.by if name not in OF_SUBSETS)
    choices = views.group_choices(frame, by)
    shown = next(iter(choices))
    if len(choices) > 1:
        shown = bound_select(places[0], "Scores", list(choices), parameter=address.COMPARE_SIZE_OF, default=shown)
    group = choices[shown]
    fact = bound_select(places[1], "A line for each", LINES, parameter=address.COMPARE_LINE_OF, default="strategy",
                        format_func=FACTS.__getitem__)  # fmt: skip
    fact = column_of(fact)
    group = _at_level(group, places[2])
    axis = _axis(state, group, places[3])
    with places[4]:
        explain(
            "Score against size", formula="mean score of a line's subsets at each size; seeds are averaged first",
            source="our definition", notes="Grey: random subsets, with the 95 % prediction interval of one more "
            "(mean ± t · s · √(1 + 1/n)); it needs two random subsets of a size.",
        )  # fmt: skip
    warn_of_differences(state, (), group)
    points = sizes.size_points(group, size=axis)
    if points.empty:
        next_step(state, "No scored subset of this choice has a known size.", key="size-none")
        return
    facts = list(dict.fromkeys([*(["component"] if fact != "component" else []), fact]))
    told = [name for name in facts if name == fact or len(points[name].drop_duplicates()) > 1]
    points = sizes.on_lines(points, told)
    lines, band = sizes.size_lines(points), sizes.random_at_sizes(points)
    figure = score_against_size(
        points, lines, band, by_strategy=fact == "strategy", x_title="rows" if axis == ROWS else comparison.title(axis),
        y_title=views.score_title(group), mode=state.ctx.mode,
    )  # fmt: skip
    show(figure, key="score-size", data=points, name="score-against-size")
    if band.empty:
        st.caption("No random subset is scored: score one of each size, and a grey band says what size alone is worth.")
    elif band["low"].isna().all():
        st.caption("One random subset of each size is scored: a second one of a size gives its band.")
    both = pd.concat([lines, band.assign(line="random")], ignore_index=True)
    compare_tables.table(both, key="size-table", first=("line", "at", "score", "subsets", "low", "high"))


def _at_level(group: pd.DataFrame, place: st.delta_generator.DeltaGenerator) -> pd.DataFrame:
    """The observations at the chosen position; those without one, as random subsets, stay."""
    positions = sorted(group["level"].dropna().round(6).unique())
    options = {ALL: "all positions", **{f"{position:g}": percent(position / 100) for position in positions}}
    if len(options) == 1:
        return group
    level = bound_select(place, "Position", list(options), parameter=address.COMPARE_LEVEL, default=ALL,
                         format_func=options.__getitem__)  # fmt: skip
    if level == ALL:
        return group
    return group[group["level"].isna() | (group["level"].sub(float(level)).abs() < 1e-4)]


def _axis(state: State, group: pd.DataFrame, place: st.delta_generator.DeltaGenerator) -> str:
    """The column of the axis: rows, or the tokens of a component where they are measured."""
    counts = [name for name in state.seen.metrics if ".tokens@" in name and group[name].notna().any()]
    if not counts:
        return ROWS
    return bound_select(
        place, "Size in", [ROWS, *counts], parameter=address.COMPARE_AXIS, default=ROWS,
        format_func=lambda name: "rows" if name == ROWS else comparison.title(name),
    )  # fmt: skip
