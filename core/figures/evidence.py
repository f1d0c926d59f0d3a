"""Scores against metrics: the scatter with its line, the frontier, small multiples, training curves."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures import theme
from core.figures.pareto import pareto
from core.figures.point_labels import point_labels
from core.figures.theme import Mode

GREY = theme.LEVELS["random"]
PLOT = (760.0, 0.66)  # pixels of a frontier's plot: its width, and what part of the figure's height it has
LEGEND = 6  # most strategies of a frontier with named points that the legend lists too
STRATEGY = "strategy"
SHAPES = {STRATEGY: "diamond"}  # of a kind of points; others are circles


class Line(Protocol):
    """A fitted line, as figures read it: its 1σ band, and whether it supports a claim."""

    @property
    def grid(self) -> Any: ...
    @property
    def line(self) -> Any: ...
    @property
    def low(self) -> Any: ...
    @property
    def high(self) -> Any: ...
    @property
    def claim(self) -> bool: ...
    @property
    def label(self) -> str: ...


def score_scatter(
    points: pd.DataFrame, *, x: str, x_title: str, y_title: str, line: Line | None = None, colour: str = "strategy",
    mode: Mode = "light", height: int = 460,
) -> go.Figure:  # fmt: skip
    """Score against a metric, a colour for each strategy; ``line`` with its 1σ band, grey and labelled where n < 6.

    ``points``: columns ``x``, score, name, and optionally strategy, component, stderr, benchmark. ``colour``: another
    column whose values have the colours.
    """
    figure = go.Figure()
    if line is not None:
        for trace in line_traces(line, colour=theme.INK[mode] if line.claim else GREY):
            figure.add_trace(trace)
    for value, part in _by_value(points, colour):
        figure.add_trace(_markers(part, x=x, name=_legend(value, colour), colour=hue_of(value, points, colour)))
    figure.update_xaxes(title_text=theme.text(x_title))
    figure.update_yaxes(title_text="<br>".join(theme.text(line) for line in textwrap.wrap(y_title, 34)))
    return theme.styled(figure, mode=mode, height=height)


def line_traces(line: Line, *, colour: str, name: str = "", scale: float = 1.0, show: bool = True) -> list[go.Scatter]:
    """The band and the line of a fit; ``scale`` turns its x into the axis' unit. Dashed if it supports no claim."""
    grid = np.asarray(line.grid, dtype=float) * scale
    traces = []
    if np.isfinite(np.asarray(line.low, dtype=float)).all():
        outline = np.concatenate([np.asarray(line.high), np.asarray(line.low)[::-1]])
        traces.append(
            go.Scatter(
                x=np.concatenate([grid, grid[::-1]]), y=outline, fill="toself", fillcolor=faded(colour, 0.16),
                line={"width": 0}, hoverinfo="skip", showlegend=False, name="1σ band",
            )
        )  # fmt: skip
    banded = "band: 1σ" if traces else ""  # named, because the tables on the page show 95 % intervals
    label = " · ".join(part for part in (theme.text(name), theme.text(line.label), banded) if part)
    dash = {"color": colour, "width": 2.5, "dash": "solid" if line.claim else "dot"}
    traces.append(
        go.Scatter(x=grid, y=line.line, mode="lines", line=dash, name=label, hoverinfo="skip", showlegend=show)
    )
    return traces


def frontier(
    points: pd.DataFrame, *, x: str, y: str, x_title: str, y_title: str, colour: str = "strategy",
    random: pd.DataFrame | None = None, mode: Mode = "light", height: int = 460,
) -> go.Figure:  # fmt: skip
    """Quality against diversity: every subset, and the line through those that no other subset beats on both.

    ``points``: columns ``x``, ``y`` (both: higher is better), name, strategy, and ``subset`` where a press shall say
    which point it met. ``random``: ``x``, ``y``, rows of random draws, a grey cloud behind; they are never on the line.
    With ``random``, points are named where there is room: those of the line first, then the strategies and the others.
    A column ``kind`` draws points of strategies as diamonds.
    """
    figure = go.Figure()
    if random is not None and len(random):
        figure.add_trace(
            go.Scatter(
                x=random[x], y=random[y], mode="markers", name="random draws",
                marker={"size": 8, "color": faded(GREY, 0.45)}, customdata=random[["rows"]],
                hovertemplate="a random draw of %{customdata[0]:,} rows<br>%{x:.4g} → %{y:.4g}<extra></extra>",
            )
        )  # fmt: skip
    best = pareto(points[x].to_numpy(float), points[y].to_numpy(float))
    edge = points.iloc[best]
    figure.add_trace(
        go.Scatter(
            x=edge[x], y=edge[y], mode="lines+markers", line={"color": theme.INK[mode], "width": 2, "shape": "vh"},
            marker={"size": 18, "symbol": "circle-open", "color": theme.INK[mode]},  # also shown for a single point
            name="frontier: none beats these on both", hoverinfo="skip",
        )
    )  # fmt: skip
    groups = _by_value(points, colour)
    for value, part in groups:
        marks = _markers(part, x=x, y=y, name=_legend(value, colour), colour=hue_of(value, points, colour))
        figure.add_trace(marks.update(showlegend=random is None or len(groups) <= LEGEND))
    if random is not None:
        _name(figure, points, best, x=x, y=y, mode=mode, height=height)
    figure.update_xaxes(title_text=theme.text(x_title))
    figure.update_yaxes(title_text=theme.text(y_title))
    return theme.styled(figure, mode=mode, height=height)


def _name(
    figure: go.Figure, points: pd.DataFrame, best: Sequence[int], *, x: str, y: str, mode: Mode, height: int
) -> None:
    """Write the names of the points that have room, those of the line first, then strategies."""
    chosen = set(best)
    kinds = points["kind"].tolist() if "kind" in points else [""] * len(points)
    order = sorted(range(len(points)), key=lambda at: (at not in chosen, kinds[at] != STRATEGY, at))
    named = points.iloc[order]
    names = [
        str(name).partition(":")[0] if kinds[at] == STRATEGY else textwrap.shorten(str(name), 30, placeholder=" …")
        for at, name in zip(order, named["name"], strict=True)
    ]
    across, up = named[x].to_numpy(float), named[y].to_numpy(float)
    for label in point_labels(across, up, names, width=PLOT[0], height=PLOT[1] * height):
        figure.add_annotation(
            x=across[label.at], y=up[label.at], text=theme.text(names[label.at]), showarrow=False,
            xshift=label.x, yshift=label.y, xanchor=label.anchor, font={"size": 13, "color": theme.INK[mode]},
        )  # fmt: skip


def small_multiples(
    points: pd.DataFrame, *, x: str, facet: str, x_title: str, lines: Mapping[Hashable, Line] | None = None,
    colour: str = "strategy", mode: Mode = "light", columns: int = 3,
) -> go.Figure:  # fmt: skip
    """A small scatter for each value of ``facet`` (a benchmark), each with its own score axis and line."""
    facets = list(dict.fromkeys(points[facet]))
    rows = max(1, math.ceil(len(facets) / columns))
    figure = make_subplots(
        rows=rows, cols=min(columns, max(1, len(facets))), subplot_titles=[_folded(name) for name in facets],
        vertical_spacing=min(0.2, 0.4 / rows), horizontal_spacing=0.08,
    )  # fmt: skip
    seen: set[str] = set()
    for position, name in enumerate(facets):
        place = {"row": position // columns + 1, "col": position % columns + 1}
        facet_points = points[points[facet] == name]
        if lines and name in lines:
            for trace in line_traces(lines[name], colour=theme.INK[mode] if lines[name].claim else GREY, show=False):
                figure.add_trace(trace, **place)
        for value, part in _by_value(facet_points, colour):
            trace = _markers(part, x=x, name=_legend(value, colour), colour=hue_of(value, points, colour))
            trace.update(legendgroup=value, showlegend=value not in seen)
            seen.add(value)
            figure.add_trace(trace, **place)
        figure.update_xaxes(title_text=theme.text(x_title) if position + columns >= len(facets) else "", **place)
    # The legend has a line of its own above the panels' titles.
    figure.update_layout(legend={"y": 1 + 50 / (280 * rows)}, margin={"t": 80})
    return theme.styled(figure, mode=mode, height=max(380, 280 * rows + 60))


def training_curves(curves: Sequence[Mapping[str, Any]], *, y_title: str, mode: Mode = "light") -> go.Figure:
    """A line for each run over its steps. ``curves``: mappings with name, steps, values."""
    figure = go.Figure()
    for position, curve in enumerate(curves):
        colour = theme.CATEGORIES[position % len(theme.CATEGORIES)]
        name = theme.text(curve["name"])
        figure.add_trace(
            go.Scattergl(x=curve["steps"], y=curve["values"], mode="lines", line={"color": colour}, name=name)
        )
    figure.update_layout(showlegend=True)
    figure.update_xaxes(title_text="step")
    figure.update_yaxes(title_text=theme.text(y_title))
    return theme.styled(figure, mode=mode)


def colour_of(strategy: str, points: pd.DataFrame | Sequence[str]) -> str:
    """The level's hue, grey for random, else a hue of the ranked family by the strategy's place among those shown."""
    if strategy in theme.LEVELS:
        return theme.LEVELS[strategy]
    names = points["strategy"] if isinstance(points, pd.DataFrame) and "strategy" in points else points
    others = sorted({str(name) for name in names} - set(theme.LEVELS))
    return theme.level_colour(strategy, index=others.index(strategy) if strategy in others else 0)


def faded(colour: str, opacity: float) -> str:
    """A hexadecimal colour as rgba."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def hue_of(value: str, points: pd.DataFrame, colour: str) -> str:
    """The hue of one value of the column ``colour``: of a strategy :func:`colour_of`, else by its place among all."""
    if colour == "strategy":
        return colour_of(value, points)
    values = [name for name, _ in _by_value(points, colour)]
    return theme.CATEGORIES[values.index(value) % len(theme.CATEGORIES)] if value in values else GREY


def _by_value(points: pd.DataFrame, colour: str) -> list[tuple[str, pd.DataFrame]]:
    """The points of each value of the column ``colour``, numbers in their order; "" for a missing value."""
    if colour not in points:
        return [("", points)]
    column = points[colour]
    named = column.astype(object).where(column.notna(), "").astype(str)
    order = [str(value) for value in column.dropna().drop_duplicates().sort_values()]
    return [(name, points[named == name]) for name in dict.fromkeys([*order, *sorted(named.unique())])]


def _folded(name: object) -> str:
    """The title of a panel on lines as long as the panel is wide, escaped for Plotly."""
    return "<br>".join(theme.text(line) for line in textwrap.wrap(str(name), 38)[:3])


def _legend(value: str, colour: str) -> str:
    """The text of a legend for one value of the column ``colour``."""
    if colour == "size" and value:
        return f"{int(float(value)):,} rows"
    if colour == "proxy":
        return "proxy" if value == "True" else "real runs"
    if colour == "seed" and value:
        return f"training seed {value}"
    return value


def _markers(part: pd.DataFrame, *, x: str, name: str, colour: str, y: str = "score") -> go.Scatter:
    component = part["component"].astype(str) if "component" in part else pd.Series("", index=part.index)
    shades = [theme.component_shade(colour, value) for value in component]
    hover = [theme.text(value) for value in part["name"]] if "name" in part else None
    errors = None
    if y == "score" and "stderr" in part and part["stderr"].notna().any():
        errors = {
            "type": "data",
            "array": part["stderr"].astype(float),
            "thickness": 1,
            "width": 0,
            "color": faded(colour, 0.5),
        }
    return go.Scatter(
        x=part[x], y=part[y], mode="markers", name=theme.text(name or "logged datasets"), text=hover, error_y=errors,
        customdata=part[[name for name in ("subset", "name") if name in part]] if "subset" in part else None,
        marker={
            "size": 11, "color": shades, "line": {"width": 1, "color": colour},
            "symbol": [SHAPES.get(kind, "circle") for kind in part["kind"]] if "kind" in part else None,
        },
        hovertemplate="<b>%{text}</b><br>%{x:.4g} → %{y:.4g}<extra></extra>",
    )  # fmt: skip
