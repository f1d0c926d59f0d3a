"""Every metric of a set of rows: value, random bands, what it depends on, why it is undefined."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.counted import counted
from core.metrics.metric import Metric
from core.metrics.random_band import RandomBand
from core.metrics.reading import Reading
from core.metrics.registry import instant_names, metric, metrics
from core.workbench.measuring import UNITS, MeasuredRows
from core.workbench.readings import DRAWS
from pages.parts.frame import address, session_keys
from pages.parts.frame.explain import explain_metric
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, plain, rows
from pages.parts.measure import setting as measure_setting
from pages.parts.measure.measuring_job import measuring

ARROWS = {1: "↑", -1: "↓", 0: ""}
Bands = dict[str, dict[str, RandomBand]]  # by unit, then by metric
PLACES = {"above": "▲", "inside": "●", "below": "▼"}
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
        family = st.pills("Family", FAMILIES, key="measure-family", label_visibility="collapsed")
        shown = [name for name in names if family in (None, metric(name).family)]
        shown.sort(key=lambda name: FAMILIES.index(metric(name).family))
        below = st.container()
        table = st.container()
    readings, bands = read(seen, names, seed=setting.seed)
    session_keys.PICKED_METRIC.start("ie")
    with right, st.container(border=True, height=510):
        _one(ctx, seen, readings, bands)
    with table:
        frame = table_of(shown, readings, bands, whole=seen.whole, seed=setting.seed)
        table_key = session_keys.METRIC_TABLE.of(family)

        def picked() -> None:
            chosen = table_key.value.selection.rows
            if chosen:
                session_keys.PICKED_METRIC.set(shown[chosen[0]])

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


def table_of(names: list[str], readings: dict[str, Reading], bands: Bands, *, whole: bool, seed: int) -> pd.DataFrame:
    """A line for each metric, as in the page and its download."""
    lines = []
    for name in names:
        chosen, reading = metric(name), readings.get(name)
        value = reading.value if reading else None
        lines.append(
            {
                "Metric": chosen.title,
                "Value": figure3(value),
                "Unit": chosen.unit,
                " ": ARROWS[chosen.direction],
                "Same rows": beside(value, bands["rows"].get(name)),
                "Same tokens": beside(value, bands["measured tokens"].get(name)),
                "Moves with": measure_setting.depends(name),
                "Note": "; ".join(filter(None, [note(reading, seed=seed), unbanded(name, bands)])),
                "Work": chosen.cost,
            }
        )
    frame = pd.DataFrame(lines)
    return frame.drop(columns=["Same rows", "Same tokens"]) if whole else frame


def beside(value: float | None, band: RandomBand | None) -> str:
    """Where a value stands relative to the random band: "▲ 7.1 to 7.3" if it is above."""
    if value is None or band is None or band.span is None:
        return ""
    _, low, high = band.span
    return f"{PLACES[band.place(value)]} {figure3(low)} to {figure3(high)}"


def unbanded(name: str, bands: Bands) -> str:
    """Why a metric has no random band although random subsets were drawn."""
    reasons = [bands[unit][name].why for unit in UNITS if name in bands[unit]]
    return "; ".join(f"random band {reason}" for reason in dict.fromkeys(filter(None, reasons)))


def note(reading: Reading | None, *, seed: int) -> str:
    """A note on a reading: not measured yet, why it is undefined, what failed, or that it was sampled."""
    if reading is None:
        return "not measured yet"
    if reading.value is None:
        return reading.why
    if reading.interval:
        low, high = reading.interval
        return f"sampled, 95 %: {figure3(low)} to {figure3(high)}, seed {seed}"
    return ""


def _columns() -> dict[str, Any]:
    text = st.column_config.TextColumn
    return {
        "Metric": text(width=182, pinned=True),
        "Value": text(width=64, alignment="right"),
        "Unit": text(width=58),
        " ": text(width=26, help="↑: higher is more diverse. ↓: lower is more diverse."),
        "Same rows": text(width=136, help="▲ above, ● inside, ▼ below random subsets of as many rows."),
        "Same tokens": text(width=136, help="▲ above, ● inside, ▼ below random subsets with as many tokens."),
        "Moves with": text(width=84, help="Compare such a metric at equal size, or equal length, only."),
        "Note": text(width=320),
        "Work": text(width=200),
    }


def _one(ctx: Context, seen: MeasuredRows, readings: dict[str, Reading], bands: Bands) -> None:
    """Draw the chosen metric: number, bands, explanation, knobs, details."""
    name = st.selectbox(
        "Metric",
        list(metrics()),
        key=session_keys.PICKED_METRIC.name,
        format_func=lambda item: metric(item).title,
        help="Or click on a line of the table.",
    )
    chosen, reading = metric(name), readings.get(name)
    _explained(chosen, seen)
    if reading is None:
        st.markdown("### —")
        st.caption("Not measured yet: it takes long, so a job measures it.")
    elif reading.value is None:
        st.markdown("### —")
        st.caption(plain(_sentence(reading.why)))
    else:
        st.markdown(f"### {plain(figure3(reading.value))} :small[{plain(chosen.unit)}]")
        for unit, label in zip(UNITS, ("as many rows", "as many tokens"), strict=True):
            band = bands[unit].get(name)
            if band is None:
                continue
            if band.span is None:
                st.caption(plain(_sentence(f"random subsets of {label}: {band.why}")))
                continue
            mean, low, high = map(figure3, band.span)
            where = band.place(reading.value).capitalize()
            st.caption(plain(f"{where} random subsets of {label}: {mean} ({low} to {high})"))
        if reading.interval:
            low, high = map(figure3, reading.interval)
            st.caption(plain(f"An estimate from a sample; 95 % interval {low} to {high}."))
    st.caption(plain(f"Work: {chosen.cost}."))
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
