"""The readings of a subset beside the random band, and the measured curve above the slider."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.figures import slider as figures
from core.jobs import job_names
from core.metrics.metric import Reading
from core.metrics.registry import metric
from core.selection.registry import strategy
from core.selection.typed_plan import RandomTick
from core.view import COMPONENTS
from core.workbench.build import Built
from core.workbench.inspections.slider_curve import first_metric, random_tick, slider_curve
from core.workbench.readings import Measurer, instant_names, slow_names
from core.workbench.subsets import levels
from pages.parts.frame import address, jobs, view_cache
from pages.parts.frame.bound_select import bound_select, follow_default
from pages.parts.frame.explain import explain_metric
from pages.parts.frame.figures import show
from pages.parts.frame.missing_feature import offer
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, plain

SHOWN_SLOW = ("nr", "cr", "bl")
FAR = 1.5  # times the random rows' mean length, from which on length is the first thing that the slider moves
FACTS = ("rows", "tokens")  # stand above already


def measured_component(ctx: Context) -> str:
    """The component that metrics read: independent of the one the strategy selects on."""
    held = address.MEASURED.chosen.get("") or ctx.component
    return str(held) if held in COMPONENTS else ctx.component


def curve_above(ctx: Context, built: Built, *, left: Any, right: Any) -> None:
    """The chosen metric over the whole slider, with the handle, the random band and the random tick."""
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
        COMPONENTS,
        parameter=address.MEASURED,
        default=ctx.component,
        format_func=str.capitalize,
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
    chosen = strategy(built.recipe.strategy)
    figure = figures.curve(
        table := figures.frame_of(values),
        title=metric(name).title,
        unit=metric(name).unit,
        level=chosen.level,
        component=built.corpus_view.choice.component,
        position=built.recipe.position,
        band=band,
        tick=tick.position if tick and 0 <= tick.position <= 1 else None,
        levels=levels(),
        mode=ctx.mode,
    )
    with left:
        show(figure, key="curve-figure", data=table, name=f"curve-{name}")
    if tick:
        right.caption(
            f"A random subset of this size reaches {tick.mean:,.0f} types"
            + ("" if 0 <= tick.position <= 1 else ", outside the slider's range")
            + "."
        )


def metric_panel(ctx: Context, built: Built) -> None:
    """Every metric of the instant panel and the classic slow ones, each with its band and explanation."""
    component = measured_component(ctx)
    measurer = view_cache.measurer(ctx, built.corpus_view, component)
    readings = measurer.measured(built.answer.rows, instant_names())
    bands = _bands(ctx, built, measurer)
    slow = measurer.measured(built.answer.rows, list(SHOWN_SLOW), stored_only=True)
    slow_bands = measurer.band(list(SHOWN_SLOW), size=built.recipe.size, unit=built.recipe.unit, stored_only=True)
    with st.container(border=True):
        st.markdown(f"**What it measures** :small[on {component}; grey: {20} random subsets of the same size]")
        shown = [(name, readings[name]) for name in readings if name not in FACTS]
        shown += [(name, slow[name]) for name in SHOWN_SLOW if name in slow]
        for index, (name, reading) in enumerate(shown):
            if index % 4 == 0:
                columns = st.columns(4)  # a row at a time, so that neighbours stand level
            with columns[index % 4]:
                _card(measurer, name, reading, bands.get(name) or slow_bands.get(name))
        _slow_job(ctx, built, component, measured=set(slow))
    if any("tokens" in reading.undefined for reading in readings.values()):
        offer(ctx, "tokens", component=component)


def length_note(ctx: Context, built: Built) -> None:
    """A warning where the rows are far longer or shorter than random ones: then the slider moves length as well."""
    component = measured_component(ctx)
    if built.recipe.unit != "rows":
        return
    measurer = view_cache.measurer(ctx, built.corpus_view, component)
    mean = measurer.measured(built.answer.rows, ["sl"])["sl"].value
    band = _bands(ctx, built, measurer).get("sl")
    if mean is None or band is None or not band[0] or 1 / FAR < mean / band[0] < FAR:
        return
    st.caption(
        f":material/warning: These rows are {mean / band[0]:.1f} times as long as random ones: what is diverse here "
        "may be long. **Size in tokens** gives every position the same budget, and the pool's length window "
        "keeps rows of like length."
    )


def _card(measurer: Measurer, name: str, reading: Reading, band: tuple[float, float, float] | None) -> None:
    found = metric(name)
    left, right = st.columns([4, 1], vertical_alignment="center", gap="small")
    left.caption(plain(found.title))
    with right:
        explain_metric(found, address=measurer.address(name), key=f"help-{name}")
    if reading.value is None:
        st.markdown("### —")
        st.caption(plain(reading.undefined))
        return
    unit = f" {found.unit}" if found.unit else ""
    st.markdown(f"### {plain(figure3(reading.value))}:small[{plain(unit)}]")
    if band:
        mean, low, high = band
        where = "above" if reading.value > high else "below" if reading.value < low else "inside"
        st.caption(f"{where} random: {plain(figure3(mean))} ({plain(figure3(low))} to {plain(figure3(high))})")
    else:
        st.caption("no random band yet")


def _slow_job(ctx: Context, built: Built, component: str, *, measured: set[str]) -> None:
    names = slow_names()
    if set(SHOWN_SLOW) <= measured:
        return
    request = {"recipe": built.recipe.as_dict(), "component": component, "metrics": list(SHOWN_SLOW)}
    task = job_names.MEASURE
    running = jobs.latest(ctx.workspace, task, request)
    if running is not None and running.state != "done":
        jobs.follow(ctx.workspace, running, key="measure")
        return
    titles = ", ".join(metric(name).title for name in SHOWN_SLOW)
    if st.button(f"Measure {titles}", key="measure-slow", help=f"{len(names)} metrics are measured by jobs."):
        jobs.start(ctx.workspace, task, request, title=f"Measure {built.recipe.strategy}")
        bands = {**request, "size": built.recipe.size, "unit": built.recipe.unit}
        jobs.start(ctx.workspace, job_names.BANDS, bands, title="Random bands", told=False)
        st.rerun(scope="fragment")


def _key(built: Built, component: str, name: str) -> str:
    """What a curve depends on: its series, and the features as they are now."""
    return f"{built.recipe.series}/{component}/{name}/{sorted(built.recipe.features.items())}"


@st.cache_data(max_entries=64, show_spinner="Measuring the curve …")
def _curve(key: str, _built: Built, _measurer: Measurer, name: str) -> dict[float, float | None]:
    return slider_curve(_built, _measurer, name)


@st.cache_data(max_entries=64, show_spinner=False)
def _tick(key: str, _built: Built) -> RandomTick | None:
    return random_tick(_built)


def _bands(ctx: Context, built: Built, measurer: Measurer) -> dict[str, tuple[float, float, float]]:
    name = f"{measurer.pool_digest}/{measurer.component}/{ctx.choice.as_dict()}/{built.recipe.size}/{built.recipe.unit}"
    return _random_bands(name, measurer, built.recipe.size, built.recipe.unit)


@st.cache_data(max_entries=32, show_spinner="Drawing random subsets …")
def _random_bands(name: str, _measurer: Measurer, size: int, unit: str) -> dict[str, tuple[float, float, float]]:
    return _measurer.band(instant_names(), size=size, unit=unit)
