"""Scores against metrics: the scatter with its line, the frontier, small multiples, training curves."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures import theme
from core.figures.theme import Mode

GREY = theme.LEVELS["random"]


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
    points: pd.DataFrame, *, x: str, x_title: str, y_title: str, line: Line | None = None, mode: Mode = "light",
    height: int = 460,
) -> go.Figure:  # fmt: skip
    """Score against a metric, a colour for each strategy; ``line`` with its 1σ band, grey and labelled where n < 6.

    ``points``: columns ``x``, score, name, and optionally strategy, component, stderr, benchmark.
    """
    figure = go.Figure()
    if line is not None:
        for trace in line_traces(line, colour=theme.INK[mode] if line.claim else GREY):
            figure.add_trace(trace)
    for strategy, part in _by_strategy(points):
        figure.add_trace(_markers(part, x=x, name=strategy, colour=colour_of(strategy, points)))
    figure.update_xaxes(title_text=theme.text(x_title))
    figure.update_yaxes(title_text=theme.text(y_title))
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
    points: pd.DataFrame, *, x: str, y: str, x_title: str, y_title: str, mode: Mode = "light", height: int = 460
) -> go.Figure:
    """Quality against diversity: every subset, and the line through those that no other subset beats on both.

    ``points``: columns ``x``, ``y`` (both: higher is better), name, strategy.
    """
    figure = go.Figure()
    best = pareto(points[x].to_numpy(float), points[y].to_numpy(float))
    edge = points.iloc[best]
    figure.add_trace(
        go.Scatter(
            x=edge[x], y=edge[y], mode="lines+markers", line={"color": theme.INK[mode], "width": 2, "shape": "vh"},
            marker={"size": 18, "symbol": "circle-open", "color": theme.INK[mode]},  # also shown for a single point
            name="frontier: none beats these on both", hoverinfo="skip",
        )
    )  # fmt: skip
    for strategy, part in _by_strategy(points):
        figure.add_trace(_markers(part, x=x, y=y, name=strategy, colour=colour_of(strategy, points)))
    figure.update_xaxes(title_text=theme.text(x_title))
    figure.update_yaxes(title_text=theme.text(y_title))
    return theme.styled(figure, mode=mode, height=height)


def pareto(x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray) -> list[int]:
    """Positions of the points that no other point beats on both, by ascending x, without NaN points."""
    finite = [(float(a), float(b), i) for i, (a, b) in enumerate(zip(x, y)) if math.isfinite(a) and math.isfinite(b)]
    frontier, highest = [], -math.inf
    for _, b, i in sorted(finite, key=lambda point: (-point[0], -point[1], point[2])):
        if b > highest:
            frontier.append(i)
            highest = b
    return frontier[::-1]


def small_multiples(
    points: pd.DataFrame, *, x: str, facet: str, x_title: str, lines: Mapping[Hashable, Line] | None = None,
    mode: Mode = "light", columns: int = 3,
) -> go.Figure:  # fmt: skip
    """A small scatter for each value of ``facet`` (a benchmark), each with its own score axis and line."""
    facets = list(dict.fromkeys(points[facet]))
    rows = max(1, math.ceil(len(facets) / columns))
    figure = make_subplots(
        rows=rows, cols=min(columns, max(1, len(facets))), subplot_titles=[theme.text(name) for name in facets],
        vertical_spacing=min(0.2, 0.4 / rows), horizontal_spacing=0.08,
    )  # fmt: skip
    seen: set[str] = set()
    for position, name in enumerate(facets):
        place = {"row": position // columns + 1, "col": position % columns + 1}
        facet_points = points[points[facet] == name]
        if lines and name in lines:
            for trace in line_traces(lines[name], colour=theme.INK[mode] if lines[name].claim else GREY, show=False):
                figure.add_trace(trace, **place)
        for strategy, part in _by_strategy(facet_points):
            trace = _markers(part, x=x, name=strategy, colour=colour_of(strategy, points))
            trace.update(legendgroup=strategy, showlegend=strategy not in seen)
            seen.add(strategy)
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


def _by_strategy(points: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    if "strategy" not in points:
        return [("", points)]
    named = points["strategy"].fillna("").astype(str)
    return [(name, points[named == name]) for name in sorted(named.unique())]


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
        marker={"size": 11, "color": shades, "line": {"width": 1, "color": colour}},
        hovertemplate="<b>%{text}</b><br>%{x:.4g} → %{y:.4g}<extra></extra>",
    )  # fmt: skip
