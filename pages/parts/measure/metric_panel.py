"""Every metric of a set of rows: value, random bands, what it depends on, why it is undefined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.counted import counted
from core.figures.metric_dots import dots_of, frame_of, metric_dots
from core.figures.theme import PLAIN
from core.metrics.metric import Metric
from core.metrics.random_band import RandomBand
from core.metrics.reading import Reading
from core.metrics.registry import instant_names, metric, metrics
from core.metrics.worded import worded, worded_span
from core.workbench.measuring import UNITS, MeasuredRows
from core.workbench.measuring_time import takes_here
from core.workbench.previews import NOTE, metric_mark
from core.workbench.readings import DRAWS
from pages.parts.frame import address, session_keys
from pages.parts.frame.bound_select import bound_pills, bound_segments, bound_select
from pages.parts.frame.explain import explain_metric
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.measure import setting as measure_setting
from pages.parts.measure.measuring_job import measuring

ARROWS = {1: "↑", -1: "↓", 0: ""}
Bands = dict[str, dict[str, RandomBand]]  # by unit, then by metric
WORDS = ("as many rows", "as many tokens")  # what the random subsets of each unit hold fixed
PLACES = {"above": "▲", "inside": "●", "below": "▼"}
AS = {"table": "table", "picture": "picture"}
FAMILIES = ("size", "token distribution", "coverage", "embedding", "lexical", "composition")


def panel(ctx: Context) -> None:
    """Draw the table of all metrics, and beside it the chosen metric in full."""
    known = measure_setting.row_sources(ctx)
    columns = st.columns([3, 1.3, 1.8, 0.9])
    thing = measure_setting.pick(columns[0], "What is measured", known, parameter=address.MEASURED_ROWS)
    setting = measure_setting.setting(ctx, columns[1:])
    seen = measure_setting.see(ctx, setting, thing)
    names = list(metrics())
    left, right = st.columns([3.2, 1], gap="small")
    with left:
        pills, views = st.columns([4.4, 1.3])
        families = {name: name for name in FAMILIES}
        family = bound_pills(pills, "Family", families, parameter=address.METRIC_FAMILY, hide_label=True)
        drawn = not seen.whole and bound_segments(
            views, "Shown as", AS, parameter=address.METRICS_AS, default="table", hide_label=True
        ) == "picture"  # fmt: skip
        shown = [name for name in names if family in ("", metric(name).family)]
        shown.sort(key=lambda name: FAMILIES.index(metric(name).family))
        below = st.container()
        table = st.container()
    readings, bands = read(seen, names, seed=setting.seed)
    with right, st.container(border=True, height=510):
        _one(ctx, seen, readings, bands)
    with table:
        if drawn:
            _picture(ctx, [name for name in shown if name in readings], readings, bands)
    with table if not drawn else st.expander("As a table", icon=":material/table:"):
        takes = {name: takes_here(ctx.workspace, name, rows=len(seen.rows)) for name in shown}
        frame = table_of(shown, readings, bands, seen, takes=takes, seed=setting.seed)
        table_key = session_keys.METRIC_TABLE.of(family)

        def picked() -> None:
            chosen = table_key.value.selection.rows
            if chosen:
                address.PICKED_METRIC.turn_to(shown[chosen[0]])

        st.dataframe(
            frame,
            hide_index=True,
            height=38 + 35 * min(len(frame), 10),
            key=table_key.name,
            on_select=picked,
            selection_mode="single-row",
            column_config=_columns(),
        )
    with left:
        size = f"{rows(len(seen.rows))} of {counted(len(seen.measurer.reference), 'row')} in the pool"
        tokens = f", {counted(seen.tokens, 'token')}" if seen.tokens is not None else ""
        beside = "A whole pool has no random band" if seen.whole else f"Random: {DRAWS} draws, 95 %"
        key = "" if seen.whole else "; the value is ▲ above, ● inside or ▼ below them"
        st.caption(f"{size}{tokens}. ↑ higher is more diverse, ↓ lower is. {beside}{key}.")
    with below:
        lacking = [name for name in names if name not in readings or readings[name].failed]
        unbanded = [name for name in readings if readings[name].value is not None and _undrawn(name, bands)]
        measuring(ctx, [thing], setting, lacking=lacking, unbanded=[] if seen.whole else unbanded)


def _picture(ctx: Context, names: list[str], readings: dict[str, Reading], bands: Bands) -> None:
    """Draw every measured metric of ``names`` as a dot on its random bands, and say what has no dot."""
    marks = {name: metric_mark(metric(name), ctx.choice) for name in names}
    dots = dots_of(names, readings, dict(zip(WORDS, (bands[unit] for unit in UNITS), strict=True)), marks=marks)
    figure = metric_dots(dots, colour=PLAIN, mode=ctx.mode)
    show(figure, key="measure-dots-figure", data=frame_of(dots), name="metrics-on-bands")
    if missing := [f"{dot.title}: {why}" for dot in dots for why in dot.missing]:
        with st.expander(f"Without a dot or a band: {counted(len(missing), 'line')}"):
            st.text("\n".join(missing))


def read(seen: MeasuredRows, names: list[str], *, seed: int) -> tuple[dict[str, Reading], Bands]:
    """The readings without a job: instant metrics with their bands, and everything that a job has stored."""
    readings = seen.measurer.measured(seen.rows, names, stored_only=True, seed=seed)
    quick = [name for name in instant_names() if name in readings and readings[name].value is not None]
    slow = [name for name in readings if name not in quick and readings[name].value is not None]
    bands: Bands = {}
    for unit in UNITS:
        with st.spinner("Drawing random subsets …"):
            quick_bands = seen.bands(quick, unit=unit, stored_only=False)
        bands[unit] = quick_bands | seen.bands(slow, unit=unit, stored_only=True)
    return readings, bands


def _undrawn(name: str, bands: Bands) -> bool:
    """Whether a random band of the metric has to be drawn, for the first time or after a failure."""
    return name not in bands["rows"] or any(bands[unit][name].failed for unit in UNITS if name in bands[unit])


def table_of(
    names: list[str],
    readings: dict[str, Reading],
    bands: Bands,
    seen: MeasuredRows,
    *,
    takes: Mapping[str, str],
    seed: int,
) -> pd.DataFrame:
    """A line for each metric, as in the page and its download; ``takes`` says how long each takes on these rows."""
    lines = []
    for name in names:
        chosen, reading = metric(name), readings.get(name)
        value = reading.value if reading else None
        lines.append(
            {
                "Metric": chosen.title + metric_mark(chosen, seen.measurer.corpus_view.choice),
                "Value": worded(chosen, value),
                " ": ARROWS[chosen.direction],
                "Same rows": beside(chosen, value, bands["rows"].get(name)),
                "Same tokens": beside(chosen, value, bands["measured tokens"].get(name)),
                "Moves with": measure_setting.depends(name),
                "Note": "; ".join(filter(None, [note(chosen, reading, seed=seed), unbanded(name, bands)])),
                "Takes": takes.get(name, ""),
            }
        )
    frame = pd.DataFrame(lines)
    return frame.drop(columns=["Same rows", "Same tokens"]) if seen.whole else frame


def beside(measured: Metric, value: float | None, band: RandomBand | None) -> str:
    """Where a value stands relative to the random band: "▲ 7.1 to 7.3" if it is above."""
    if value is None or band is None or band.span is None:
        return ""
    _, low, high = band.span
    return f"{PLACES[band.place(value)]} {worded_span(measured, low, high)}"


def unbanded(name: str, bands: Bands) -> str:
    """Why a metric has no random band although random subsets were drawn."""
    reasons = [bands[unit][name].why for unit in UNITS if name in bands[unit]]
    return "; ".join(f"random band {reason}" for reason in dict.fromkeys(filter(None, reasons)))


def note(measured: Metric, reading: Reading | None, *, seed: int) -> str:
    """A note on a reading: not measured yet, why it is undefined, what failed, or that it was sampled."""
    if reading is None:
        return "not measured yet"
    if reading.value is None:
        return reading.why
    if reading.interval:
        low, high = reading.interval
        return f"sampled, 95 %: {worded_span(measured, low, high)}, seed {seed}"
    return ""


def _columns() -> dict[str, Any]:
    text = st.column_config.TextColumn
    return {
        "Metric": text(width=182, pinned=True),
        "Value": text(width=104, alignment="right"),
        " ": text(width=26, help="↑: higher is more diverse. ↓: lower is more diverse."),
        "Same rows": text(width=136, help="▲ above, ● inside, ▼ below random subsets of as many rows."),
        "Same tokens": text(width=136, help="▲ above, ● inside, ▼ below random subsets with as many tokens."),
        "Moves with": text(width=84, help="Compare such a metric at equal size, or equal length, only."),
        "Note": text(width=320),
        "Takes": text(width=80, help="Measuring these rows once on this machine; the work is behind the metric’s “?”."),
    }


def _one(ctx: Context, seen: MeasuredRows, readings: dict[str, Reading], bands: Bands) -> None:
    """Draw the chosen metric: number, bands, explanation, knobs, details."""
    name = bound_select(
        st, "Metric", list(metrics()), parameter=address.PICKED_METRIC, default="ie",
        format_func=lambda item: metric(item).title + metric_mark(metric(item), ctx.choice),
        help="Or click on a line of the table.",
    )  # fmt: skip
    chosen, reading = metric(name), readings.get(name)
    _explained(chosen, seen)
    if metric_mark(chosen, ctx.choice):
        st.caption(f":material/bolt: {NOTE}")
    if reading is None:
        st.markdown("### —")
        st.caption("Not measured yet: it takes long, so a job measures it.")
    elif reading.value is None:
        st.markdown("### —")
        st.caption(plain(_sentence(reading.why)))
    else:
        st.markdown(f"### {plain(worded(chosen, reading.value))}")
        for unit, label in zip(UNITS, WORDS, strict=True):
            band = bands[unit].get(name)
            if band is None:
                continue
            if band.span is None:
                st.caption(plain(_sentence(f"random subsets of {label}: {band.why}")))
                continue
            mean, low, high = band.span
            where = band.place(reading.value).capitalize()
            span = worded_span(chosen, low, high)
            st.caption(plain(f"{where} random subsets of {label}: {worded(chosen, mean)} ({span})"))
        if reading.interval:
            st.caption(plain(f"An estimate from a sample; 95 % interval {worded_span(chosen, *reading.interval)}."))
    st.caption(plain(f"These rows take {takes_here(ctx.workspace, name, rows=len(seen.rows))} here."))
    if chosen.parameters:
        with st.expander("Settings", icon=":material/tune:", expanded=name == "novelsum"):
            measure_setting.metric_knobs(chosen, seen)
    if reading is not None and reading.detail:
        with st.expander("Behind the number"):
            st.json({key: value for key, value in reading.detail.items() if key != "matrix"}, expanded=1)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].rstrip(".") + "."


def _explained(metric: Metric, seen: MeasuredRows) -> None:
    explain_metric(metric, address=seen.measurer.address(metric.name), key="measure-help")
