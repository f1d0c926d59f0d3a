"""The measured curve above the slider: the chosen metric at every position, and a second strategy beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.budgets.size_axis import SizeAxis
from core.component_words import component_phrase, component_title
from core.figures import slider as figures
from core.figures.theme import RANKED, level_colour
from core.metrics.random_band import RandomBand
from core.metrics.reading import Reading
from core.metrics.registry import instant_names, metric
from core.metrics.worded import worded
from core.selection.ranked_plan import RankedPlan
from core.selection.registry import strategy
from core.selection.typed_plan import RandomTick
from core.workbench.build import Built
from core.workbench.corpus_view import CorpusView
from core.workbench.inspections.slider_curve import first_metric, random_tick, slider_curve
from core.workbench.previews import metric_mark
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workbench.subsets import levels
from pages.parts.frame import address, session_keys, view_cache
from pages.parts.frame.bound_select import bound_select, follow_default
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain
from pages.parts.subsets.five_numbers import Number
from pages.parts.subsets.over_sizes import draw_sizes, size_choice
from pages.parts.subsets.random_bands import instant_bands
from pages.parts.subsets.second_strategy import Second, second_choice

HEIGHT = 200  # pixels


@dataclass(frozen=True)
class CurveChoice:
    """What the curve shows: a metric of a component, and the strategy beside the first, "" for none."""

    name: str
    component: str
    second: str
    sizes: SizeAxis | None  # over which sizes it is drawn; None: over the slider's positions
    tools: Any  # where the menu of downloads is drawn


def curve_choice(ctx: Context, corpus_view: CorpusView, recipe: Recipe) -> CurveChoice:
    """Draw the line of choices above the curve."""
    names = instant_names()
    first = first_metric(recipe.strategy, recipe.parameters, names)
    follow_default(address.CURVE, first)
    columns = st.container(key="curve-line").columns(
        [2.2, 1.3, 1.6, 1.7, 0.55], gap="xsmall", vertical_alignment="center"
    )
    name = bound_select(
        columns[0],
        "Curve of",
        names,
        parameter=address.CURVE,
        default=first,
        format_func=lambda item: metric(item).title + metric_mark(metric(item), ctx.choice),
        hide_label=True,
    )
    component = bound_select(
        columns[1],
        "Measured on",
        ctx.corpus.components,
        parameter=address.MEASURED,
        default=ctx.component,
        format_func=component_title,
        help="What the metrics read. The strategy's own component is set above.",
        hide_label=True,
    )
    sizes = size_choice(columns[2], ctx, corpus_view, row_cutoff=recipe.row_cutoff)
    return CurveChoice(name, component, second_choice(columns[3], ctx, recipe), sizes, columns[4])


def draw_curve(ctx: Context, built: Built, choice: CurveChoice, *, second: Second | None) -> Number | None:
    """Draw the curve with the handle, the random band and tick, and the second strategy; returns the reading here."""
    name, measurer = choice.name, view_cache.measurer(built.corpus_view, choice.component)
    chosen = metric(name)
    if not measurer.reference.has_all(chosen.needs(measurer.parameters(name))):
        st.info(
            f"{plain(chosen.title)} needs a feature of {component_phrase(choice.component)} that is not computed yet."
        )
        return None
    reading = measurer.measured(built.answer.rows, [name])[name]
    band = instant_bands(ctx, built, measurer).get(name)
    if choice.sizes is not None:
        draw_sizes(
            ctx, [built, *([second.built] if second is not None else [])], measurer, name, choice.sizes,
            tools=choice.tools, height=HEIGHT,
        )  # fmt: skip
    else:
        _over_positions(ctx, built, choice, measurer, reading, band, second)
    if reading.value is None:
        return None
    where = f"{band.place(reading.value)} random" if band and band.span else "no random band"
    where += metric_mark(chosen, ctx.choice)
    return Number(
        chosen.title.partition(" (")[0],
        worded(chosen, reading.value),
        where if choice.component == ctx.component else f"{where}, of {choice.component}",
    )


def _over_positions(
    ctx: Context, built: Built, choice: CurveChoice, measurer: Measurer, reading: Reading, band: RandomBand | None,
    second: Second | None,
) -> None:  # fmt: skip
    """Draw the curve over the slider's positions."""
    name, chosen, tick = choice.name, metric(choice.name), tick_of(built)
    values = _curve(_key(built, choice.component, name), built, measurer, name)
    figure = figures.curve(
        table := figures.frame_of(values),
        title=chosen.title,
        unit=chosen.unit,
        colour=level_colour(strategy(built.recipe.strategy).level),
        component=built.corpus_view.choice.component,
        position=built.recipe.position,
        value=reading.value,
        name=strategy(built.recipe.strategy).title,
        second=_second_curve(second, measurer, choice) if second is not None else None,
        band=band.span if band else None,
        tick=tick.position if tick and 0 <= tick.position <= 1 else None,
        levels=levels(),
        mode=ctx.mode,
        height=HEIGHT,
    )
    show(figure, key=session_keys.CURVE_FIGURE.name, data=table, name=f"curve-{name}", tools=choice.tools)
    if all(value is None for value in values.values()):
        st.caption(plain(reading.why))


def tick_of(built: Built) -> RandomTick | None:
    """Where a random subset of this size stands on the slider, by its types."""
    return _tick(_key(built, "", ""), built)


def _second_curve(second: Second, measurer: Measurer, choice: CurveChoice) -> figures.SecondCurve:
    built, name = second.built, choice.name
    values = _curve(_key(built, choice.component, name), built, measurer, name)
    level = strategy(built.recipe.strategy).level
    return figures.SecondCurve(
        table=figures.frame_of(values),
        name=strategy(built.recipe.strategy).title,
        colour=level_colour(level) if level != second.beside else RANKED[1],
        value=measurer.measured(built.answer.rows, [name])[name].value,
    )


def _key(built: Built, component: str, name: str) -> str:
    """The cache key of a curve: its series, the present features, and how far its order is known."""
    known = len(built.plan.order) if isinstance(built.plan, RankedPlan) and built.plan.unordered is not None else ""
    return f"{built.recipe.series}/{component}/{name}/{sorted(built.recipe.features.items())}/{known}"


@st.cache_data(max_entries=64, show_spinner="Measuring the curve …")
def _curve(key: str, _built: Built, _measurer: Measurer, name: str) -> dict[float, float | None]:
    return slider_curve(_built, _measurer, name)


@st.cache_data(max_entries=64, show_spinner=False)
def _tick(key: str, _built: Built) -> RandomTick | None:
    return random_tick(_built)
