"""The measured curve over sizes in any unit: what a metric gains as the subset grows, around the size on the slider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.budgets.size_axis import SizeAxis
from core.budgets.units import UNITS
from core.counted import counted
from core.figures.curves import Mark
from core.figures.curves import curves as drawn
from core.figures.theme import component_shade, level_colour
from core.jobs import job_names
from core.metrics.registry import metric
from core.metrics.worded import worded
from core.selection.ranked_plan import RankedPlan
from core.selection.registry import strategy
from core.workbench.build import Built
from core.workbench.corpus_view import CorpusView
from core.workbench.inspections.curves import in_unit
from core.workbench.inspections.size_curve import (
    size_bands,
    size_curve,
    size_grid_of,
    size_now,
    sizes_around,
    undrawn,
)
from core.workbench.readings import DRAWS, Measurer
from pages.parts.choosing.size_form import axis_here, units_here
from pages.parts.frame import address, jobs, session_keys
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

POSITION = ""
AT_ONCE = 600_000  # rows of random subsets that are drawn while the page waits, about two seconds


def size_choice(place: Any, ctx: Context, corpus_view: CorpusView, *, row_cutoff: int) -> SizeAxis | None:
    """Draw the choice of what the curve is drawn against; None for the slider's positions."""
    units = units_here(ctx, corpus_view)
    chosen = bound_select(
        place, "Against", [POSITION, *units], parameter=address.CURVE_AGAINST, default=POSITION, hide_label=True,
        format_func=lambda unit: f"by {UNITS[unit].title}" if unit in UNITS else "by diversity level",
        help="The curve along the slider, or at this position over sizes, counted in any unit. Tokens have to be "
        "counted, minutes and money need a trainer profile.",
    )  # fmt: skip
    return axis_here(ctx, chosen, row_cutoff=row_cutoff) if chosen else None


def draw_sizes(
    ctx: Context, subsets: Sequence[Built], measurer: Measurer, name: str, sizes: SizeAxis, *, tools: Any, height: int
) -> None:
    """Draw a line for each of the ``subsets``, their present sizes on it, and the random band of each size."""
    first, chosen = subsets[0], metric(name)
    at = sizes_around(first, sizes)
    points = pd.concat([_points(_key(built, measurer, name, sizes, at), built, measurer, name, sizes, at)
                        for built in subsets])  # fmt: skip
    # Of a large pool random subsets take seconds: what is stored is shown, and a press draws the others in a job.
    quick = int(points["rows"].sum()) * DRAWS <= AT_ONCE
    band = (
        _bands(_band_key(measurer, name, sizes, at), measurer, name, sizes, at)
        if quick
        else size_bands(measurer, name, sizes, at, stored_only=True)
    )
    marks = []
    for built in subsets:
        value = measurer.measured(built.answer.rows, [name])[name].value
        if value is not None:
            here, title = size_now(built, sizes), strategy(built.recipe.strategy).title
            marks.append(Mark(sizes.shown(here), value, "", f"{title}: {sizes.worded(here)}, {worded(chosen, value)}"))
    names = list(dict.fromkeys(built.recipe.strategy for built in subsets))
    shade = first.corpus_view.choice.component
    table, band = in_unit(points, sizes), in_unit(band, sizes)
    counted_by = f"{sizes.title} by {sizes.profile.name}" if sizes.profile is not None else sizes.title
    figure = drawn(
        table, band, axis="size", titles={item: strategy(item).title for item in names},
        colours={item: component_shade(level_colour(strategy(item).level), shade) for item in names}, metric="",
        unit=chosen.unit, marks=marks, handle=sizes.shown(size_now(first, sizes)), size_unit=counted_by,
        mode=ctx.mode, height=height + 20, low=True,
    )  # fmt: skip
    data = table.merge(band.add_prefix("random_"), left_on="size", right_on="random_size", how="left")
    show(
        figure,
        key=session_keys.CURVE_FIGURE.name,
        data=data.drop(columns="random_size"),
        name=f"curve-{name}",
        tools=tools,
    )
    if points["value"].isna().all():
        st.caption(plain(f"{chosen.title} has no value at these sizes."))
    if not quick:
        _offer_bands(ctx, subsets, measurer, name, sizes, at)


def _offer_bands(
    ctx: Context, subsets: Sequence[Built], measurer: Measurer, name: str, sizes: SizeAxis, at: Sequence[int]
) -> None:
    """Draw the button that lets a job draw the random subsets of these sizes, or how far the job is."""
    request = size_grid_of(subsets, name, measurer.component, sizes, at).request()
    job = jobs.latest(ctx.workspace, job_names.CURVES, request)
    if job is not None and job.state != "done":
        jobs.follow(ctx.workspace, job, key="curve-bands-job")
        return
    missing = undrawn(measurer, name, sizes, at)
    if missing and st.button(
        f"Random band at {counted(len(missing), 'size')}", key="curve-bands", icon=":material/casino:",
        help=f"{DRAWS} random subsets of each size. " + jobs.takes_here(ctx.workspace, job_names.CURVES, request),
    ):  # fmt: skip
        jobs.start(ctx.workspace, job_names.CURVES, request, title=f"Random bands of {metric(name).title}", again=True)
        st.rerun()


def _key(built: Built, measurer: Measurer, name: str, sizes: SizeAxis, at: Sequence[int]) -> str:
    """The cache key of a curve over sizes: series, position, present features, how far its order is known."""
    known = len(built.plan.order) if isinstance(built.plan, RankedPlan) and built.plan.unordered is not None else ""
    features = sorted(built.recipe.features.items())
    return f"{built.recipe.series}/{built.recipe.position}/{features}/{known}/{_band_key(measurer, name, sizes, at)}"


def _band_key(measurer: Measurer, name: str, sizes: SizeAxis, at: Sequence[int]) -> str:
    features = sorted(measurer.measured_view.keys.items())
    setting = measurer.corpus_view.choice.as_dict()
    counted = (sizes.counted, sizes.row_cutoff, list(at))
    return f"{measurer.pool_digest}/{measurer.component}/{setting}/{features}/{name}/{counted}"


@st.cache_data(max_entries=64, show_spinner="Measuring the curve …")
def _points(
    key: str, _built: Built, _measurer: Measurer, name: str, _sizes: SizeAxis, _at: Sequence[int]
) -> pd.DataFrame:
    return size_curve(_built, _measurer, name, _sizes, _at)


@st.cache_data(max_entries=64, show_spinner="Drawing random subsets …")
def _bands(key: str, _measurer: Measurer, name: str, _sizes: SizeAxis, _at: Sequence[int]) -> pd.DataFrame:
    return size_bands(_measurer, name, _sizes, _at)
