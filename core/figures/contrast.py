"""A against B as figures: the kinds of rows that shift, and the gaps between metrics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.counted import figure3
from core.figures.overlap import short
from core.figures.theme import INK, LEVELS, Mode, styled, text

SIDES = {"a": "#2F6DB5", "b": "#E07A1F"}
BOTH = "#7B4FBF"  # rows that A and B share
BARS = 16


def shift_bars(table: pd.DataFrame, *, a: str, b: str, mode: Mode = "light", height: int = 470) -> go.Figure:
    """The most surprising shifts as bars from the middle: to the left kinds that A has more of, to the right B.

    ``table`` comes from :func:`core.workbench.inspections.contrast.shifts`; a bar's length is the square root of the
    log-likelihood ratio, which can be read like a z-value. Chance explains the faint bars (q above 0.05).
    """
    top = table.head(BARS).iloc[::-1]
    places = np.arange(len(top))
    lengths = -np.sign(top["surprise"]) * np.sqrt(np.abs(top["surprise"]))  # A on the left
    figure = go.Figure(
        go.Bar(
            x=lengths,
            y=places,
            orientation="h",
            marker={
                "color": [SIDES["b"] if value >= 0 else SIDES["a"] for value in lengths],
                "opacity": [1.0 if q <= 0.05 else 0.35 for q in top["q"]],
            },
            customdata=[
                (text(kind), text(value), 100 * share_a, 100 * share_b, rows_a, rows_b)
                for kind, value, share_a, share_b, rows_a, rows_b in zip(
                    *(top[name] for name in ("kind", "value", "share_a", "share_b", "rows_a", "rows_b"))
                )
            ],
            hovertemplate="%{customdata[0]}: %{customdata[1]}"
            f"<br>A, {text(short(a))}: " + "%{customdata[2]:.2f} % (%{customdata[4]:,} rows)"
            f"<br>B, {text(short(b))}: " + "%{customdata[3]:.2f} % (%{customdata[5]:,} rows)<extra></extra>",
        )
    )
    labels = [
        f"{text(short(str(value), 26))} <span style='opacity:0.6'>{text(kind)}</span>"
        for kind, value in zip(top["kind"], top["value"])
    ]
    figure.update_yaxes(tickvals=places, ticktext=labels, showgrid=False, ticks="")
    figure.add_vline(x=0, line={"color": INK[mode], "width": 1})
    figure.update_xaxes(
        title={"text": "surprise (from 2 on, seldom by chance)", "font": {"size": 14}},
        tickformat="~g",
    )
    _ends(figure, "← more in A", "more in B →", mode)
    return styled(figure, mode=mode, height=height).update_layout(
        showlegend=False, bargap=0.3, margin={"l": 8, "r": 12, "t": 30, "b": 52}
    )


def gap_bars(table: pd.DataFrame, *, mode: Mode = "light", height: int = 420) -> go.Figure:
    """B − A of each metric over the half-width of its interval: a dot beyond ±1 is a gap that chance does not explain.

    ``table`` comes from :func:`core.workbench.inspections.contrast.metric_gaps`; metrics without an interval are left
    out.
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
        customdata=[
            (text(title), *(figure3(float(value)) for value in values))
            for title, *values in zip(*(shown[name] for name in ("title", "gap", "low", "high")))
        ],
        hovertemplate="%{customdata[0]}<br>B − A %{customdata[1]}, 95 %: %{customdata[2]} to "
        "%{customdata[3]}<extra></extra>",
    )
    figure.update_yaxes(tickvals=places, ticktext=[text(title) for title in shown["title"]], ticks="")
    figure.update_xaxes(title={"text": "(B − A) / half its 95 % interval; grey: chance", "font": {"size": 14}})
    _ends(figure, "← A larger", "B larger →", mode)
    return styled(figure, mode=mode, height=height).update_layout(
        showlegend=False, margin={"l": 8, "r": 12, "t": 30, "b": 52}
    )


def _ends(figure: go.Figure, left: str, right: str, mode: Mode) -> None:
    """Write above the plot what the two directions of the x axis mean."""
    for x, words, anchor in ((0, left, "left"), (1, right, "right")):
        figure.add_annotation(
            x=x, xref="paper", y=1, yref="paper", text=words, showarrow=False, xanchor=anchor, yanchor="bottom",
            font={"size": 13, "color": INK[mode]},
        )  # fmt: skip
