"""A metric over position or size for chosen strategies, with the random band; a job that can be resumed measures it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from core.budgets.sizing import default_size
from core.budgets.units import ROWS, UNITS, unit_named
from core.component_words import component_title
from core.errors import DiverscopeError
from core.figures.curves import Mark
from core.figures.curves import curves as drawn
from core.figures.theme import component_shade, level_colour
from core.jobs import job_names, queue
from core.metrics.registry import metric, metrics
from core.selection.registry import strategies, strategy
from core.workbench import plans
from core.workbench.corpus_view import CorpusView
from core.workbench.inspections.curve_marks import CurveMark, curve_marks
from core.workbench.inspections.curves import Grid, curve_table, in_unit, sizes_of_pool, unbanded
from core.workbench.recipe import Recipe
from core.workbench.subsets import levels, percent
from pages.parts.choosing.on_slider import on_slider
from pages.parts.choosing.size_form import axis_here, units_here, units_told
from pages.parts.choosing.strategy_form import titled
from pages.parts.frame import address, jobs, session_keys, view_cache
from pages.parts.frame.bound_select import bound_multiselect, bound_segments, bound_select
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, plain

AXES = {"position": "Level", "size": "Size"}


def curves(ctx: Context) -> None:
    """Draw the form, the job, and the figure of the points measured so far."""
    corpus_view = view_cache.corpus_view(ctx)
    grid = _form(ctx, corpus_view)
    if not grid.strategies:
        st.info("**No strategy is chosen.** Choose one or more: each becomes a line.")
        return
    points, band, missing = curve_table(ctx.workspace, grid)
    if points["value"].notna().any():
        _picture(ctx, grid, points, band)
    elif not missing:
        st.info("**No point of these curves has a value.** The reasons are listed below.")
    for name, own in points[points["value"].isna()].groupby("strategy", sort=False):
        reasons = sorted(dict.fromkeys(own["undefined"]), key=lambda reason: not reason.startswith("failed: "))
        st.caption(plain(f"{titled(strategy(str(name)), ctx.choice)}: {len(own)} points without a value. {reasons[0]}"))
    if len(band) < points["size"].nunique():
        for reason in unbanded(ctx.workspace, grid):
            st.caption(plain(f"Random band {reason}"))
    _job(ctx, grid, missing)


def _form(ctx: Context, corpus_view: CorpusView) -> Grid:
    known = metrics()
    columns = st.columns([1.5, 1.6, 1.2, 2.3, 1.3, 1.1, 0.8])
    axis = bound_segments(columns[0], "Against", AXES, parameter=address.CURVE_AXIS, default="position")
    name = bound_select(
        columns[1],
        "Metric",
        list(known),
        parameter=address.CURVE,
        default="ie",
        format_func=lambda item: known[item].title,
    )
    component = bound_select(
        columns[2],
        "Measured on",
        ctx.corpus.components,
        parameter=address.MEASURED,
        default=ctx.component,
        format_func=component_title,
    )
    slider = on_slider(ctx)
    ready = [item for item in strategies() if _ready(item, ctx, corpus_view)]
    first = [item for item in (slider.strategy, "micro", "macro") if item in ready]
    chosen = bound_multiselect(
        columns[3], "Strategies", {item: titled(strategies()[item], ctx.choice) for item in ready},
        parameter=address.CURVE_STRATEGIES, default=list(dict.fromkeys(first)), known=list(strategies()),
        help="Strategies whose features are computed, with the knobs of the Subsets page or their defaults.",
    )  # fmt: skip
    pool = len(corpus_view.pool)
    size = slider.size or default_size(pool)
    if axis == "size":
        unit = bound_select(
            columns[4], "Size in", units_here(ctx, corpus_view), parameter=address.CURVE_UNIT, default=ROWS,
            format_func=lambda name: UNITS[name].title if name in UNITS else name,
            help=f"{units_told()} Tokens have to be counted; minutes and money need a trainer profile.",
        )  # fmt: skip
        position = columns[5].number_input(
            "At level (%)", 0.0, 100.0, 100.0, 5.0, persist_state="session", **address.CURVE_LEVEL.widget,
            help="The slider's position for all sizes.",
        )  # fmt: skip
        count = columns[6].number_input("Points", 3, 30, 8, persist_state="session", **address.CURVE_SIZES.widget)
        sizes = axis_here(ctx, unit, row_cutoff=slider.row_cutoff)
        at = [float(at_size) for at_size in sizes_of_pool(corpus_view, sizes, count=int(count))]
        recipe = replace(slider, position=position / 100, **sizes.fields(int(at[-1])))
    else:
        in_rows = slider.unit == ROWS
        most = max(1, pool) if in_rows else 10**9
        size = columns[4].number_input(
            f"Size ({unit_named(slider.unit).title})", 1, most, min(size, most), persist_state="session",
            **(address.CURVE_ROWS if in_rows else address.CURVE_TOKENS).widget,
        )  # fmt: skip
        count = columns[5].number_input("Points", 2, 41, 7, persist_state="session", **address.CURVE_LEVELS.widget)
        recipe = replace(slider, size=int(size), budget={})
        at = levels(int(count))
    return Grid(
        recipe=recipe.as_dict(),
        strategies=list(chosen),
        axis=axis,
        at=at,
        metric=name,
        component=component,
        parameters={name: session_keys.METRIC_PARAMETERS.get({}).get(name, {})},
    )


def _ready(name: str, ctx: Context, corpus_view: CorpusView) -> bool:
    """Whether the strategy's features are computed; random is left out, because the random band shows it."""
    if strategy(name).level == "random":
        return False
    try:
        completed = plans.completed(
            Recipe(corpus=ctx.corpus.id, strategy=name, choice=ctx.choice.as_dict()), corpus_view
        )
    except DiverscopeError:
        return False
    return "target" not in strategy(name).needs(completed.parameters)


def _picture(ctx: Context, grid: Grid, points: pd.DataFrame, band: pd.DataFrame) -> None:
    recipe, measured = Recipe.of(grid.recipe), metric(grid.metric)
    ranked = [name for name, candidate in strategies().items() if candidate.level == "ranked"]
    titles = {name: titled(strategy(name), ctx.choice) for name in grid.strategies}
    shade = str(dict(recipe.choice).get("component", "response"))
    colours = {
        name: component_shade(
            level_colour(strategy(name).level, index=ranked.index(name) if name in ranked else 0), shade
        )
        for name in grid.strategies
    }
    sizes = grid.sizes
    points, band = in_unit(points, sizes), in_unit(band, sizes)
    known = curve_marks(grid, points, band)
    marks = [_told(mark, grid, titles[mark.strategy]) for mark in known]
    slider = on_slider(ctx)
    handle = slider.position if grid.axis == "position" and slider.strategy in grid.strategies else None
    figure = drawn(
        points, band, axis=grid.axis, titles=titles, colours=colours, metric=measured.title, unit=measured.unit,
        marks=marks, handle=handle, size_unit=sizes.title, mode=ctx.mode,
    )  # fmt: skip
    where = sizes.worded(recipe.size) if grid.axis == "position" else f"level {percent(recipe.position)}"
    data = points.merge(band.add_prefix("random_"), left_on="size", right_on="random_size", how="left")
    says = {1: "Higher is more diverse.", -1: "Lower is more diverse.", 0: ""}[measured.direction]
    show(
        figure,
        key="measure-curves",
        data=data.drop(columns="random_size"),
        name=f"{grid.metric}-by-{grid.axis}",
        caption=plain(f"At {where}, measured on the {grid.component}. {says}"),
    )
    for mark in marks:
        st.caption("• " + plain(mark.long))
    if grid.axis == "size" and not any(mark.kind == "gain halves" for mark in known):
        unit = unit_named(sizes.unit).title
        st.caption(f"• In this range no strategy's gain from more {unit} falls to half of its first.")


def _told(mark: CurveMark, grid: Grid, title: str) -> Mark:
    """A mark in words: a short text beside its point, a long one below the figure."""
    at = percent(mark.x) if grid.axis == "position" else grid.sizes.named(mark.x)
    if mark.kind == "gain halves":
        words = f"{title}: the gain from more {unit_named(grid.sizes.unit).title} halves here, at about {at}."
        return Mark(mark.x, mark.y, "gain halves", words)
    leaves = mark.kind == "leaves the band"
    verb = f"leaves the random band here, {mark.after} it" if leaves else "enters the random band here"
    return Mark(mark.x, mark.y, f"leaves random, {at}" if leaves else "", f"{title} {verb}: {at}, {figure3(mark.y)}.")


def _job(ctx: Context, grid: Grid, missing: int) -> None:
    request = grid.request()
    job = jobs.latest(ctx.workspace, job_names.CURVES, request)
    if job is not None and job.state != "done":
        jobs.follow(ctx.workspace, job, key="measure-curve-job")
        return
    other = [
        other_job for other_job in queue.jobs(ctx.workspace) if other_job.live and other_job.task == job_names.CURVES
    ]
    if missing:
        title = metric(grid.metric).title
        with st.container(border=True):
            st.text(
                f"{missing} points are not measured yet. Each is chosen and measured once and kept; "
                "the random band takes 20 subsets for each size. "
                + jobs.takes_here(ctx.workspace, job_names.CURVES, request)
            )
            if st.button(f"Measure {missing} points", type="primary", key="measure-curve-start"):
                jobs.start(ctx.workspace, job_names.CURVES, request, title=f"Curves of {title}", again=True)
                st.rerun()
    if other:
        jobs.follow(ctx.workspace, other[0], key="measure-curve-other")
