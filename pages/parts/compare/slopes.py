"""The Compare page's slopes: score against position on the scale, with the published curves beside."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.evidence import views
from core.evidence.independence import CLAIM_FROM, SERIES_FROM
from core.evidence.published import tables
from core.evidence.slopes import STABLE_SEEDS
from core.figures import evidence as figures
from core.figures import evidence_panels, evidence_tables
from pages.parts.compare import tables as compare_tables
from pages.parts.compare.group_controls import colour_of_points, warn_of_differences
from pages.parts.compare.nothing_yet import next_step
from pages.parts.compare.published import published_slopes
from pages.parts.compare.state import State
from pages.parts.frame import address
from pages.parts.frame.bound_select import bound_multiselect, bound_segments, bound_select
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show

PANELS = 12  # most panels in one picture


def slopes(state: State) -> None:
    """Draw score against position on the scale: the paper's Fig. 3 and Table 2, with our scores and the published."""
    levelled = state.on_scale.frame
    by_group = False
    top = st.columns([2.2, 2.4, 2.6, 0.5], vertical_alignment="bottom")
    if len(levelled):
        options = {"series": "A line a series", "group": "A line a group"}
        by_group = (
            bound_segments(top[0], "Lines", options, parameter=address.COMPARE_LINES, default="series") == "group"
        )
    named = {str(number): f"Table {number}: {tables()[number].title}" for number in (4, 5, 6, 7)}
    overlay = bound_multiselect(
        top[1], "Published curves beside ours", named, parameter=address.SLOPES_PUBLISHED,
        default=() if len(levelled) else ("4",),
    )  # fmt: skip
    with top[3]:
        explain(
            "Slope", formula="score = a + b · level/100 by least squares; b = points from 0 to 100 % of the scale",
            source="From Macro to Micro, Fig. 3 and Table 2",
            notes="A line a series goes through the mean scores of the series' subsets; seeds of one subset are one "
            "point. The band holds 68 % of a flat-prior Bayesian regression's line (1σ). A slope is called "
            f"stable from {CLAIM_FROM} subsets and {STABLE_SEEDS} training seeds. Bold: {CLAIM_FROM} subsets or more, "
            "and the 95 % interval excludes 0. That is about this one series: a claim about a strategy or a metric "
            f"needs {SERIES_FROM} series. A line a group pools series; its interval leaves out whole series in turn. "
            "Shrunk: what scikit-learn's BayesianRidge gives.",
        )  # fmt: skip
    if by_group:
        _by_group(state, top[2])
    elif len(levelled):
        warn_of_differences(state, views.SCORED_BY)
        choices = views.group_choices(levelled, views.SCORED_BY)
        name = bound_select(top[2], "Scores", list(choices), parameter=address.SLOPES_OF, default=next(iter(choices)))
        complete, lines = views.panels(choices[name])
        figure = evidence_panels.diversity_panels(
            complete, lines=lines, y_title=views.score_title(complete),
            baseline=50.0 if views.of_pairs(complete) else None,
            mode=state.ctx.mode,
        )  # fmt: skip
        columns = ["name", "strategy", "component", "size", "series", "level", "score", "seed", "model"]
        show(figure, key="panels", data=complete[columns], name="score-against-diversity")
        table = views.slopes(levelled)
        if len(table):
            values, claims, enough = views.slope_grid(table)
            better = views.better_slopes(table, levelled)
            figure = evidence_tables.slope_heat(
                values, claims=claims, enough=enough, better=better, mode=state.ctx.mode
            )
            show(figure, key="slope-grid", data=table, name="slopes")
            first = (*views.SERIES_OF, "slope", "low", "high", "standing", "seeds", "seed_spread")
            compare_tables.table(table, key="slope-table", by=views.SERIES_OF, first=first)
    else:
        what = "No scored subset belongs to a series yet: build one on the Subsets page, then log its scores."
        next_step(state, what, key="slopes")
    if overlay:
        curves, lines_of = views.published_curves([int(number) for number in overlay])
        own = views.own_curves(levelled) if len(levelled) else None
        both = pd.concat([curves, own], ignore_index=True) if own is not None else curves
        figure = evidence_panels.level_curves(both, lines=lines_of, mode=state.ctx.mode)
        show(figure, key="overlay-figure", data=both, name="published-curves")
        published_slopes(lines_of)


def _by_group(state: State, place: DeltaGenerator) -> None:
    """Draw score against position with all series of a group pooled, and the slopes of the groups."""
    chosen = state.on_scale
    warn_of_differences(state, chosen.by)
    colour = colour_of_points(state, place)
    facets, lines, table = views.level_lines(chosen.frame, chosen.by)
    names = list(dict.fromkeys(facets["facet"]))
    figure = figures.small_multiples(
        facets[facets["facet"].isin(names[:PANELS])], x="level", facet="facet", x_title="diversity, % of the scale",
        lines=lines, colour=colour, mode=state.ctx.mode,
    )  # fmt: skip
    columns = ["facet", "name", "strategy", "component", "size", "series", "level", "score", "seed", "model"]
    show(figure, key="slope-groups", data=facets[columns], name="score-against-diversity-by-group")
    if len(names) > PANELS:
        st.caption(f"The {PANELS} largest of {len(names)} groups: group by fewer facts to see all.")
    compare_tables.table(
        table, key="slope-group-table", by=chosen.by, first=(*chosen.by, "slope", "low", "high", "subsets", "series")
    )
