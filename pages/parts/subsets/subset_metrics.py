"""The readings of a subset with their random bands; a job measures the slow ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.budgets.units import unit_named
from core.figures.metric_dots import dots_of, frame_of, metric_dots
from core.figures.theme import level_colour
from core.jobs import job_names
from core.metrics.random_band import RandomBand
from core.metrics.reading import Reading
from core.metrics.registry import metric, names_shown_by_default, slow_names
from core.selection.registry import strategy
from core.workbench.build import Built
from core.workbench.previews import metric_mark
from core.workbench.readings import DRAWS, Measurer
from pages.parts.frame import jobs, view_cache
from pages.parts.frame.explain import DIRECTIONS
from pages.parts.frame.figures import show
from pages.parts.frame.missing_feature import offer
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain
from pages.parts.subsets.random_bands import instant_bands, measured_component


def metric_panel(ctx: Context, built: Built) -> None:
    """Draw every default metric as a dot on its random band; a job measures the slow ones."""
    component = measured_component(ctx)
    measurer = view_cache.measurer(built.corpus_view, component)
    names = names_shown_by_default()
    slow = [name for name in names if not metric(name).instant]
    readings = measurer.measured(built.answer.rows, names, stored_only=True)
    recipe = built.recipe
    sized: dict[str, Any] = {"size": recipe.size, "unit": recipe.unit, "row_cutoff": recipe.row_cutoff}
    slow_bands = measurer.band(slow, **sized, stored_only=True)
    bands = instant_bands(ctx, built, measurer) | slow_bands
    marks = {name: metric_mark(metric(name), ctx.choice) for name in names}
    dots = dots_of(names, readings, {f"as many {unit_named(recipe.unit).title}": bands}, marks=marks)
    left, right = st.columns([6, 1.1], vertical_alignment="center")
    left.markdown(
        f"**Metrics on their random bands** :small[of the {component}; grey: 95 % of {DRAWS} random subsets of the "
        "same size; the dot: these rows]"
    )
    with right.popover("Formulas", icon=":material/help:", type="tertiary", key="formulas", on_change="rerun") as open_:
        if open_.open:
            _formulas(measurer, names)
    show(
        metric_dots(dots, colour=level_colour(strategy(built.recipe.strategy).level), mode=ctx.mode),
        key="dots-figure",
        data=frame_of(dots),
        name="metrics-on-bands",
    )
    for dot in dots:
        if dot.why or (any(dot.without.values()) and dot.value is not None):
            st.caption(plain(f"{dot.title}: {'; '.join(dot.missing)}."))
    if any(_open(readings.get(name), bands.get(name)) for name in slow):
        _slow_job(ctx, built, component, slow)
    if any("tokens" in reading.undefined for reading in readings.values()):
        offer(ctx, "tokens", component=component)


def _formulas(measurer: Measurer, names: Sequence[str]) -> None:
    """Draw the formula and the source of each metric."""
    for name in names:
        chosen = metric(name)
        st.markdown(f"**{plain(chosen.title)}** :small[{plain(measurer.address(name))}]")
        st.code(chosen.formula, language=None, wrap_lines=True)
        st.caption(plain(f"{DIRECTIONS[chosen.direction]} Source: {chosen.source}"))


def _open(reading: Reading | None, band: RandomBand | None) -> bool:
    """Whether a job still has to measure a metric or to draw its random band."""
    if reading is None or reading.failed:
        return True
    return reading.value is not None and (band is None or bool(band.failed))


def _slow_job(ctx: Context, built: Built, component: str, names: list[str]) -> None:
    """Draw the progress of the jobs that measure ``names`` and their random bands, or the button that starts them."""
    measure = {"recipe": built.recipe.as_dict(), "component": component, "metrics": names}
    bands = {**measure, "size": built.recipe.size, "unit": built.recipe.unit}
    bands |= {"row_cutoff": built.recipe.row_cutoff} if built.recipe.row_cutoff else {}
    for task, request, key in ((job_names.MEASURE, measure, "measure"), (job_names.BANDS, bands, "measure-bands")):
        job = jobs.latest(ctx.workspace, task, request)
        if job is not None and job.state != "done":
            jobs.follow(ctx.workspace, job, key=key)
            return
    titles = ", ".join(metric(name).title for name in names)
    slow = len(slow_names())
    if st.button(f"Measure {titles}", key="measure-slow", help=f"{slow} metrics are measured by jobs."):
        title = f"Measure {built.recipe.strategy}"
        jobs.start(ctx.workspace, job_names.MEASURE, measure, title=title, again=True)
        jobs.start(ctx.workspace, job_names.BANDS, bands, title="Random bands", told=False, again=True)
        st.rerun(scope="fragment")
