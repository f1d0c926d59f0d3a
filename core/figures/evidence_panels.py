"""Score against position on the scale: the paper's Fig. 3 for any ledger, with its published curves as an overlay."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures import theme
from core.figures.evidence import Line, colour_of, line_traces
from core.figures.theme import Mode

FIRST = ("instruction", "response")  # the components that lead
FORMS = ("circle", "diamond", "square", "triangle-up", "x", "star")  # of the points, one for each series


def diversity_panels(
    frame: pd.DataFrame, *, lines: Mapping[tuple[object, str, str, str], Line], y_title: str,
    baseline: float | None = 50.0, mode: Mode = "light",
) -> go.Figure:  # fmt: skip
    """A panel for each size and component, a colour for each strategy: points, least-squares line and its 1σ band.

    ``frame``: columns size, component, strategy, level (percent), score, name and series. Several series of one
    strategy differ in the form of their points and have a line each; ``series`` is the name of a series, "" if the
    strategy has only one. ``lines`` are by (size, component, strategy, series), x from 0 to 1. ``baseline``: the dashed
    line, 50 for pairwise scores against random subsets of the smallest size; None for no line.
    """
    sizes = sorted(frame["size"].dropna().unique())
    components = sorted({*frame["component"]}, key=lambda name: (name not in FIRST, name))
    titles = [f"{component} · {int(size):,} rows" for component in components for size in sizes]
    figure = make_subplots(
        rows=max(1, len(components)), cols=max(1, len(sizes)), shared_yaxes=True, shared_xaxes=True,
        subplot_titles=[theme.text(title) for title in titles], horizontal_spacing=0.04, vertical_spacing=0.14,
    )  # fmt: skip
    shown: set[str] = set()
    known = sorted(set(frame["series"]))
    for row, component in enumerate(components, start=1):
        for column, size in enumerate(sizes, start=1):
            panel = frame[(frame["component"] == component) & (frame["size"] == size)]
            for strategy, series in sorted(set(zip(panel["strategy"], panel["series"]))):
                series_points = panel[(panel["strategy"] == strategy) & (panel["series"] == series)]
                colour = colour_of(strategy, frame)
                name = " · ".join(filter(None, (strategy, series)))
                line = lines.get((size, component, strategy, series))
                if line is not None:
                    for trace in line_traces(line, colour=colour if line.claim else theme.LEVELS["random"], scale=100):
                        figure.add_trace(trace.update(legendgroup=name, showlegend=False), row=row, col=column)
                figure.add_trace(
                    go.Scatter(
                        x=series_points["level"], y=series_points["score"], mode="markers", name=theme.text(name),
                        marker={"size": 9, "symbol": FORMS[known.index(series) % len(FORMS)],
                                "color": theme.component_shade(colour, component),
                                "line": {"width": 1, "color": colour}},
                        text=[theme.text(name) for name in series_points["name"]], legendgroup=name,
                        showlegend=name not in shown,
                        hovertemplate="<b>%{text}</b><br>%{x:.4g} % → %{y:.4g}<extra></extra>",
                    ),
                    row=row, col=column,
                )  # fmt: skip
                shown.add(name)
            if baseline is not None:
                figure.add_hline(
                    y=baseline,
                    line={"dash": "dash", "color": theme.LEVELS["random"], "width": 1.5},
                    row=row,
                    col=column,
                )
    figure.update_xaxes(title_text="diversity, % of the scale", row=max(1, len(components)))
    figure.update_yaxes(title_text="<br>".join(theme.text(line) for line in textwrap.wrap(y_title, 28)), col=1)
    # The legend has a line of its own above the panels' titles.
    height = max(400, 300 * len(components) + 40)
    figure.update_layout(legend={"y": 1 + 40 / height}, margin={"t": 90})
    return theme.styled(figure, mode=mode, height=height)


def level_curves(
    curves: pd.DataFrame, *, lines: Mapping[str, Line] | None = None, y_title: str = "score", mode: Mode = "light",
    height: int = 460,
) -> go.Figure:  # fmt: skip
    """Named curves over the scale, with thin lines. ``curves``: columns curve, level (percent), value, published.

    Published curves are drawn with open markers, ours with filled ones.
    """
    figure = go.Figure()
    for position, name in enumerate(dict.fromkeys(curves["curve"])):
        curve = curves[curves["curve"] == name].sort_values("level")
        colour = theme.CATEGORIES[position % len(theme.CATEGORIES)]
        open_ones = bool(curve["published"].iloc[0])
        if lines and name in lines:
            for trace in line_traces(lines[name], colour=colour, scale=100, show=False):
                figure.add_trace(trace.update(legendgroup=name))
        figure.add_trace(
            go.Scatter(
                x=curve["level"], y=curve["value"], mode="lines+markers", name=theme.text(name), legendgroup=name,
                line={"color": colour, "width": 1, "dash": "dot"},
                marker={"size": 10, "color": colour, "symbol": "circle-open" if open_ones else "circle",
                        "line": {"width": 2}},
                hovertemplate="%{x:.4g} % → %{y:.4g}<extra>" + theme.text(name) + "</extra>",
            )
        )  # fmt: skip
    figure.update_xaxes(title_text="diversity, % of the scale")
    figure.update_yaxes(title_text=theme.text(y_title))
    return theme.styled(figure, mode=mode, height=height)
