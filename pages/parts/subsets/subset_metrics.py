"""The readings of a subset with their random bands, and the measured curve above the slider."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.figures import slider as figures
from core.jobs import job_names
from core.metrics.random_band import RandomBand
from core.metrics.reading import Reading
from core.metrics.registry import instant_names, metric, names_shown_by_default, slow_names
from core.selection.registry import strategy
from core.selection.typed_plan import RandomTick
from core.view import component_title
from core.workbench.build import Built
from core.workbench.inspections.slider_curve import first_metric, random_tick, slider_curve
from core.workbench.readings import DRAWS, Measurer
from core.workbench.subsets import levels
from pages.parts.frame import address, jobs, view_cache
from pages.parts.frame.bound_select import bound_select, follow_default
from pages.parts.frame.explain import explain_metric
from pages.parts.frame.figures import show
from pages.parts.frame.missing_feature import offer
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, plain

FAR = 1.5  # a warning is given if the mean length differs from that of random rows by this factor


def measured_component(ctx: Context) -> str:
    """The component that metrics read; it is independent of the component on which the strategy selects."""
    component = address.MEASURED.chosen.get("") or ctx.component
    return str(component) if component in ctx.corpus.components else ctx.component


def curve_above(ctx: Context, built: Built, *, left: Any, right: Any) -> None:
    """Draw the chosen metric over the whole slider, with the handle, the random band and the random tick."""
    names = instant_names()
    first = first_metric(built.recipe.strategy, built.recipe.parameters, names)
    follow_default(address.CURVE, first)
    name = bound_select(
        right,
        "Curve of",
        names,
        parameter=address.CURVE,
        default=first,
        format_func=lambda item: metric(item).title,
    )
    component = bound_select(
        right,
        "Measured on",
        ctx.corpus.components,
        parameter=address.MEASURED,
        default=ctx.component,
        format_func=component_title,
        help="What the metrics read. The strategy's own component is set above.",
    )
    measurer = view_cache.measurer(ctx, built.corpus_view, component)
    if not measurer.reference.has_all(metric(name).needs(measurer.parameters(name))):
        with left:
            st.info(f"{plain(metric(name).title)} needs a feature of the {component} that is not computed yet.")
        return
    values = _curve(_key(built, component, name), built, measurer, name)
    tick = _tick(_key(built, "", ""), built)
    band = _bands(ctx, built, measurer).get(name)
    span = band.span if band else None
    chosen = strategy(built.recipe.strategy)
    figure = figures.curve(
        table := figures.frame_of(values),
        title=metric(name).title,
        unit=metric(name).unit,
        level=chosen.level,
        component=built.corpus_view.choice.component,
        position=built.recipe.position,
        band=span,
        tick=tick.position if tick and 0 <= tick.position <= 1 else None,
        levels=levels(),
        mode=ctx.mode,
    )
    with left:
        show(figure, key="curve-figure", data=table, name=f"curve-{name}")
        if all(value is None for value in values.values()):
            st.caption(plain(measurer.measured(built.answer.rows, [name])[name].why))
    if tick:
        right.caption(
            f"A random subset of this size reaches {tick.mean:,.0f} types"
            + ("" if 0 <= tick.position <= 1 else ", outside the slider's range")
            + "."
        )


def metric_panel(ctx: Context, built: Built) -> None:
    """Draw a card for every default metric, with its random band and explanation; a job measures the slow ones."""
    component = measured_component(ctx)
    measurer = view_cache.measurer(ctx, built.corpus_view, component)
    names = names_shown_by_default()
    slow = [name for name in names if not metric(name).instant]
    readings = measurer.measured(built.answer.rows, names, stored_only=True)
    slow_bands = measurer.band(slow, size=built.recipe.size, unit=built.recipe.unit, stored_only=True)
    bands = _bands(ctx, built, measurer) | slow_bands
    with st.container(border=True):
        st.markdown(f"**What it measures** :small[on {component}; grey: {DRAWS} random subsets of the same size]")
        for index, (name, reading) in enumerate(readings.items()):
            if index % 4 == 0:
                columns = st.columns(4)  # row by row, so that cards of a row are aligned
            with columns[index % 4]:
                _card(measurer, name, reading, bands.get(name))
        if any(_open(readings.get(name), bands.get(name)) for name in slow):
            _slow_job(ctx, built, component, slow)
    if any("tokens" in reading.undefined for reading in readings.values()):
        offer(ctx, "tokens", component=component)


def _open(reading: Reading | None, band: RandomBand | None) -> bool:
    """Whether a job still has to measure a metric or to draw its random band."""
    if reading is None or reading.failed:
        return True
    return reading.value is not None and (band is None or bool(band.failed))


def length_note(ctx: Context, built: Built) -> None:
    """Draw a warning if the rows are far longer or shorter than random rows: then the slider also changes length."""
    component = measured_component(ctx)
    if built.recipe.unit != "rows":
        return
    measurer = view_cache.measurer(ctx, built.corpus_view, component)
    mean = measurer.measured(built.answer.rows, ["sl"])["sl"].value
    band = _bands(ctx, built, measurer).get("sl")
    if mean is None or band is None or not band.mean or 1 / FAR < mean / band.mean < FAR:
        return
    direction = "long" if mean > band.mean else "short"
    times = f"{mean / band.mean:.1f}" if mean > band.mean else f"{mean / band.mean:.2g}"
    st.caption(
        f":material/warning: These rows are {times} times as long as random ones: what this position prefers may be "
        f"that they are {direction}. **Size in tokens** gives every position the same budget, and the pool's length "
        "window keeps rows of like length."
    )


def _card(measurer: Measurer, name: str, reading: Reading, band: RandomBand | None) -> None:
    chosen = metric(name)
    left, right = st.columns([4, 1], vertical_alignment="center", gap="small")
    left.caption(plain(chosen.title))
    with right:
        explain_metric(chosen, address=measurer.address(name), key=f"help-{name}")
    if reading.value is None:
        st.markdown("### —")
        st.caption(plain(reading.why))
        return
    unit = f" {chosen.unit}" if chosen.unit else ""
    st.markdown(f"### {plain(figure3(reading.value))}:small[{plain(unit)}]")
    if band is None:
        st.caption("no random band yet")
    elif band.span is None:
        st.caption(plain(f"random band: {band.why}"))
    else:
        mean, low, high = (plain(figure3(value)) for value in band.span)
        st.caption(f"{band.place(reading.value)} random: {mean} ({low} to {high})")


def _slow_job(ctx: Context, built: Built, component: str, names: list[str]) -> None:
    """Draw the progress of the jobs that measure ``names`` and their random bands, or the button that starts them."""
    measure = {"recipe": built.recipe.as_dict(), "component": component, "metrics": names}
    bands = {**measure, "size": built.recipe.size, "unit": built.recipe.unit}
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


def _key(built: Built, component: str, name: str) -> str:
    """The cache key of a curve: its series, and the present features."""
    return f"{built.recipe.series}/{component}/{name}/{sorted(built.recipe.features.items())}"


@st.cache_data(max_entries=64, show_spinner="Measuring the curve …")
def _curve(key: str, _built: Built, _measurer: Measurer, name: str) -> dict[float, float | None]:
    return slider_curve(_built, _measurer, name)


@st.cache_data(max_entries=64, show_spinner=False)
def _tick(key: str, _built: Built) -> RandomTick | None:
    return random_tick(_built)


def _bands(ctx: Context, built: Built, measurer: Measurer) -> dict[str, RandomBand]:
    """The random bands of the instant metrics; they are drawn again once a feature is computed."""
    features = sorted(measurer.measured_view.keys.items())
    size, unit = built.recipe.size, built.recipe.unit
    name = f"{measurer.pool_digest}/{measurer.component}/{ctx.choice.as_dict()}/{features}/{size}/{unit}"
    drawn = _random_bands(name, measurer, size, unit)
    if any(band.failed for band in drawn.values()):
        _random_bands.clear(name, measurer, size, unit)  # failed bands are drawn again; the others are stored
    return drawn


@st.cache_data(max_entries=32, show_spinner="Drawing random subsets …")
def _random_bands(name: str, _measurer: Measurer, size: int, unit: str) -> dict[str, RandomBand]:
    return _measurer.band(instant_names(), size=size, unit=unit)
