"""Two sets of rows side by side: the same metrics, their difference, and whether the difference means anything."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.counted import counted
from core.metrics.metric import Metric
from core.metrics.reading import Reading
from core.metrics.registry import metric, metrics
from core.metrics.worded import worded, worded_span
from core.workbench.measuring import Difference, MeasuredRows, difference, read_at_equal_size
from core.workbench.previews import metric_mark
from pages.parts.frame import address
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain
from pages.parts.measure import setting as measure_setting
from pages.parts.measure.measuring_job import measuring
from pages.parts.measure.metric_panel import ARROWS, FAMILIES, note


def sides(ctx: Context) -> None:
    """Draw A and B side by side; metrics that depend on size are read at the size of the smaller side."""
    known = measure_setting.row_sources(ctx)
    columns = st.columns([2.4, 2.4, 1.2, 1.6, 0.8])
    first = measure_setting.pick(columns[0], "A", known, parameter=address.MEASURED_ROWS)
    second = measure_setting.pick(columns[1], "B", known, parameter=address.OTHER_ROWS, default=1)
    setting = measure_setting.setting(ctx, columns[2:])
    if first == second:
        st.info("**A and B are the same.** Choose another subset, or another corpus, for one of them.")
        return
    a, b = (measure_setting.see(ctx, setting, thing) for thing in (first, second))
    names = sorted(metrics(), key=lambda name: FAMILIES.index(metric(name).family))
    read = [side.measurer.measured(side.rows, names, stored_only=True, seed=setting.seed) for side in (a, b)]
    equal = len(a.rows) == len(b.rows)
    with st.spinner(
        "Drawing random subsets …" if equal else "Measuring random parts of the larger side at the smaller size …"
    ):
        read_at_equal_size(a, b)
    differences = {name: difference(name, a, b, readings=(read[0].get(name), read[1].get(name))) for name in names}
    st.caption(plain(f"A: {_told(a)}. B: {_told(b)}. {_advice(a, b)}"))
    frame = pd.DataFrame(
        [
            {
                "Metric": metric(name).title + metric_mark(metric(name), ctx.choice),
                " ": ARROWS[metric(name).direction],
                "A": worded(metric(name), read[0][name].value) if name in read[0] else "—",
                "B": worded(metric(name), read[1][name].value) if name in read[1] else "—",
                "B − A": _signed(metric(name), differences[name].delta),
                "More diverse": differences[name].more_diverse(name),
                "Read": _how(differences[name]),
                "Note": _noted(name, differences[name], a, b)
                or _sampled(metric(name), differences[name], read[0].get(name), setting.seed),
            }
            for name in names
        ]
    )
    text = st.column_config.TextColumn
    st.dataframe(
        frame,
        hide_index=True,
        height=38 + 35 * min(len(frame), 13),
        key="measure-sides",
        column_config={
            "Metric": text(width=235, pinned=True),
            " ": text(width=28),
            **{name: text(width=100, alignment="right") for name in ("A", "B", "B − A")},
            "More diverse": text(width=105),
            "Read": text(width=140, help="A metric that depends on size is read at the smaller side's size."),
            "Note": text(width=420),
        },
    )
    lacking = [name for name in names if differences[name].kind in ("pending", "failed")]
    measuring(ctx, [first, second], setting, lacking=lacking, equal=True)


def _sampled(measured: Metric, difference: Difference, reading: Reading | None, seed: int) -> str:
    return "" if difference.kind == "pending" else note(measured, reading, seed=seed)


def _told(seen: MeasuredRows) -> str:
    mean = f", {seen.tokens / max(1, len(seen.rows)):,.0f} tokens a row" if seen.tokens is not None else ""
    return f"{counted(len(seen.rows), 'row')}{mean}"


def _advice(a: MeasuredRows, b: MeasuredRows) -> str:
    if len(a.rows) == len(b.rows):
        return ""
    size = min(len(a.rows), len(b.rows))
    return f"Metrics that depend on size are read at {counted(size, 'row')}, as the mean of random parts of the larger."


def _signed(measured: Metric, delta: float | None) -> str:
    if delta is None:
        return ""
    return ("+" if delta > 0 else "−" if delta < 0 else "") + worded(measured, abs(delta))


def _how(difference: Difference) -> str:
    if difference.kind == "at equal size":
        return f"at {counted(difference.size, 'row')}"
    return "not measured yet" if difference.kind == "pending" else difference.kind


def _noted(name: str, difference: Difference, a: MeasuredRows, b: MeasuredRows) -> str:
    said = [words for words in (difference.refused, difference.failed) if words]
    if difference.kind == "at equal size" and difference.interval:
        side, value = ("A", difference.a) if len(a.rows) > len(b.rows) else ("B", difference.b)
        span = worded_span(metric(name), *difference.interval)
        said.append(f"{side} at {counted(difference.size, 'row')}: {worded(metric(name), value)} ({span})")
    lengthy = metric(name).length_dependent and metric(name).family != "size"
    if lengthy and difference.delta is not None and a.tokens and b.tokens:
        mean = (a.tokens / len(a.rows), b.tokens / len(b.rows))
        if max(mean) > 1.05 * min(mean):
            said.append(f"the rows' lengths differ ({mean[0]:,.0f} and {mean[1]:,.0f} tokens): part of it is length")
    return "; ".join(said)
