"""A against B as figures: the kinds of rows that shift, and the gaps between metrics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.overlap import short
from core.figures.theme import INK, LEVELS, Mode, styled, text

SIDES = {"a": "#2F6DB5", "b": "#E07A1F"}
BARS = 16


def shift_bars(table: pd.DataFrame, *, a: str, b: str, mode: Mode = "light", height: int = 470) -> go.Figure:
    """The most surprising shifts as bars from the middle: to the left what B has more of, to the right what A has.

    ``table`` is that of :func:`core.workbench.contrast.shifts`; a bar's length is the square root of the
    log-likelihood ratio, which reads like a z. Faint bars are those that chance explains (q above 0.05).
    """
    top = table.head(BARS).iloc[::-1]
    places = np.arange(len(top))
    lengths = np.sign(top["surprise"]) * np.sqrt(np.abs(top["surprise"]))
    figure = go.Figure(
        go.Bar(
            x=lengths,
            y=places,
            orientation="h",
            marker={
                "color": [SIDES["a"] if value >= 0 else SIDES["b"] for value in lengths],
                "opacity": [1.0 if q <= 0.05 else 0.35 for q in top["q"]],
            },
            customdata=[
                (text(line.kind), text(line.value), 100 * line.share_a, 100 * line.share_b, line.rows_a, line.rows_b)
                for line in top.itertuples()
            ],
            hovertemplate="%{customdata[0]}: %{customdata[1]}<br>A %{customdata[2]:.2f} % (%{customdata[4]:,} rows)"
            "<br>B %{customdata[3]:.2f} % (%{customdata[5]:,} rows)<extra></extra>",
        )
    )
    labels = [
        f"{text(short(str(value), 26))} <span style='opacity:0.6'>{text(kind)}</span>"
        for kind, value in zip(top["kind"], top["value"])
    ]
    figure.update_yaxes(tickvals=places, ticktext=labels, showgrid=False, ticks="")
    figure.add_vline(x=0, line={"color": INK[mode], "width": 1})
    figure.update_xaxes(
        title={"text": f"← more in B: {text(short(b, 22))}   ·   √G²   ·   more in A: {text(short(a, 22))} →"}
    )
    return styled(figure, mode=mode, height=height).update_layout(
        showlegend=False, bargap=0.3, margin={"l": 8, "r": 12, "t": 8, "b": 52}
    )


def gap_bars(table: pd.DataFrame, *, mode: Mode = "light", height: int = 420) -> go.Figure:
    """B − A of each metric over the half-width of its interval: a dot beyond ±1 is a gap that chance does not explain.

    ``table`` is that of :func:`core.workbench.contrast.metric_gaps`; metrics without an interval are left out.
    """
    shown = table.dropna(subset=["gap", "low", "high"])
    reach = (shown["high"] - shown["low"]).to_numpy() / 2
    shown = shown[reach > 0].iloc[::-1]
    reach = (shown["high"] - shown["low"]).to_numpy() / 2
    places, ratio = np.arange(len(shown)), shown["gap"].to_numpy() / reach
    figure = go.Figure()
    figure.add_vrect(x0=-1, x1=1, fillcolor=LEVELS["random"], opacity=0.22, line_width=0)
    figure.add_vline(x=0, line={"color": INK[mode], "width": 1})
    figure.add_scatter(
        x=ratio,
        y=places,
        mode="markers",
        marker={"size": 11, "color": [SIDES["b"] if value >= 0 else SIDES["a"] for value in ratio]},
        customdata=[(text(line.title), line.gap, line.low, line.high) for line in shown.itertuples()],
        hovertemplate="%{customdata[0]}<br>B − A %{customdata[1]:.4g}, 95 %: %{customdata[2]:.4g} to "
        "%{customdata[3]:.4g}<extra></extra>",
    )
    figure.update_yaxes(tickvals=places, ticktext=[text(title) for title in shown["title"]], ticks="")
    figure.update_xaxes(title={"text": "← A larger · gap over the half-width of its 95 % interval · B larger →"})
    return styled(figure, mode=mode, height=height).update_layout(
        showlegend=False, margin={"l": 8, "r": 12, "t": 8, "b": 52}
    )
