"""A metric over levels or sizes: a line for each strategy in its level's colour, and the random band behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from core.counted import figure3
from core.figures.metric_axis import metric_axis
from core.figures.theme import INK, LEVELS, Mode, styled, text

DASHES = ("solid", "dash", "dot", "dashdot")
RANDOM = LEVELS["random"]


@dataclass(frozen=True)
class Mark:
    """A point with a name in the picture: ``short`` is written beside it, ``long`` is its hover text."""

    x: float
    y: float
    short: str
    long: str


def curves(
    points: pd.DataFrame,
    band: pd.DataFrame,
    *,
    axis: str,
    titles: Mapping[str, str],
    colours: Mapping[str, str],
    metric: str,
    unit: str = "",
    marks: Sequence[Mark] = (),
    handle: float | None = None,
    size_unit: str = "rows",
    mode: Mode = "light",
    height: int = 430,
    low: bool = False,
) -> go.Figure:
    """Lines of ``points`` (strategy, level, position, size, value) over ``axis``, "position" or "size".

    ``band`` has size, mean, low, high: over positions it has one size and is a flat strip, over sizes it varies.
    ``titles`` and ``colours`` are by strategy; the second strategy of a colour is dashed. ``handle`` is the slider's
    position, or the size that stands there. A strategy with a single point is a diamond. A ``low`` figure leaves little
    room around the lines, and no legend where there is one line.
    """
    figure = go.Figure()
    times = 100.0 if axis == "position" else 1.0
    _band(figure, band, axis)
    for index, (name, title) in enumerate(titles.items()):
        own = points[(points["strategy"] == name) & points["value"].notna()].sort_values(axis)
        if own.empty:
            continue
        colour = colours[name]
        before = [other for other in list(titles)[:index] if colours[other] == colour]
        single = len(own) == 1
        figure.add_scatter(
            x=own[axis] * times,
            y=own["value"],
            mode="markers" if single else "lines+markers",
            name=text(title),
            line={"color": colour, "width": 3, "dash": DASHES[len(before) % len(DASHES)]},
            marker={"color": colour, "size": 12 if single else 7, "symbol": "diamond" if single else "circle"},
            customdata=own[["rows"]],
            hovertemplate=f"{text(title)}<br>%{{x:,.4~g}}{' %' if axis == 'position' else ' ' + size_unit}: "
            "%{y:.4g}<br>%{customdata[0]:,} rows<extra></extra>",
        )
    if handle is not None:
        figure.add_vline(x=handle * times, line={"color": INK[mode], "width": 2})
    if marks:
        figure.add_scatter(
            x=[mark.x * times for mark in marks],
            y=[mark.y for mark in marks],
            mode="markers+text",
            text=[text(mark.short) for mark in marks],
            textposition="top left" if axis == "position" else "bottom right",
            textfont={"size": 13, "color": INK[mode]},
            marker={"symbol": "circle-open", "size": 14, "color": INK[mode], "line": {"width": 2}},
            hovertext=[text(mark.long) for mark in marks],
            hoverinfo="text",
            showlegend=False,
            cliponaxis=False,
        )
    figure = styled(figure, mode=mode, height=height)
    if axis == "position":
        figure.update_xaxes(title={"text": "diversity level"}, range=[-3, 103], ticksuffix=" %")
    else:
        sizes = sorted(set(points["size"].tolist()))
        shown = sizes[:: max(1, round(len(sizes) / (5 if low else 10)))]
        ticks = {"tickangle": 0, "tickvals": shown, "ticktext": [_tick(size) for size in shown]}
        figure.update_xaxes(title={"text": f"size ({text(size_unit)}, logarithmic)"}, type="log", **ticks)
    metric_axis(figure, unit=unit, title=metric)
    if low:
        legend = {"y": 1, "yanchor": "bottom", "x": 0, "font": {"size": 13}}
        figure.update_layout(showlegend=len(titles) > 1, legend=legend)
        return figure.update_layout(margin={"l": 72, "r": 32, "t": 30 if len(titles) > 1 else 12, "b": 52})
    return figure.update_layout(margin={"l": 76, "r": 24, "t": 56, "b": 60})


def _tick(size: float) -> str:
    """A size at the axis: whole rows and tokens as they are, minutes and money in three digits."""
    return f"{size:,.0f}" if size == int(size) else figure3(size)


def _band(figure: go.Figure, band: pd.DataFrame, axis: str) -> None:
    if band.empty:
        return
    drawn = band.sort_values("size")
    if axis == "position":
        drawn = pd.concat([drawn.iloc[:1], drawn.iloc[:1]])
        across = pd.Series([-3.0, 103.0])
    else:
        across = drawn["size"]
    figure.add_scatter(x=across, y=drawn["high"], mode="lines", line={"width": 0}, hoverinfo="skip", showlegend=False)
    figure.add_scatter(
        x=across, y=drawn["low"], mode="lines", line={"width": 0}, fill="tonexty", fillcolor="rgba(138,145,156,0.25)",
        hoverinfo="skip", name="random, 95 %",
    )  # fmt: skip
    figure.add_scatter(
        x=across, y=drawn["mean"], mode="lines", line={"color": RANDOM, "width": 2, "dash": "dot"},
        name="random, mean", hovertemplate="random: %{y:.4g}<extra></extra>",
    )  # fmt: skip
