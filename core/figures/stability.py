"""Figures that show how much of a choice is chance, and what moving a threshold does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.theme import CATEGORIES, LEVELS, PLAIN, Mode, styled, text


def agreement_strips(
    groups: Mapping[str, Sequence[float]], *, chance: float, mode: Mode = "light", height: int = 300
) -> go.Figure:
    """Each group's Jaccards as dots on a line from 0 to 1, their mean as a bar; grey: two random subsets."""
    figure = go.Figure()
    for place, (name, values) in enumerate(groups.items()):
        colour = CATEGORIES[place % len(CATEGORIES)]
        figure.add_scatter(
            x=list(values),
            y=[text(name)] * len(values),
            mode="markers",
            marker={"size": 11, "color": colour, "opacity": 0.55},
            hovertemplate="Jaccard %{x:.3f}<extra>" + text(name) + "</extra>",
        )
        if len(values):
            figure.add_scatter(
                x=[sum(values) / len(values)],
                y=[text(name)],
                mode="markers",
                marker={"symbol": "line-ns", "size": 30, "line": {"width": 3, "color": colour}},
                hovertemplate="mean %{x:.3f}<extra>" + text(name) + "</extra>",
            )
    _chance(figure, chance, along="x")
    figure.update_xaxes(title={"text": "Jaccard of two subsets (1: the same rows)"}, range=[-0.02, 1.03])
    figure.update_yaxes(autorange="reversed", ticks="")
    return styled(figure, mode=mode, height=height).update_layout(
        showlegend=False, margin={"l": 8, "r": 12, "t": 24, "b": 52}
    )


def along_slider(
    neighbours: Sequence[Mapping[str, Any]],
    to_this: Sequence[Mapping[str, Any]],
    *,
    position: float,
    chance: float,
    colour: str,
    mode: Mode = "light",
    height: int = 300,
) -> go.Figure:
    """The Jaccard of neighbouring slider positions as steps, and of each position with this subset as a line."""
    figure = go.Figure()
    xs: list[float | None] = []
    ys: list[float | None] = []
    for step in neighbours:
        xs += [100 * step["from"], 100 * step["to"], None]
        ys += [step["jaccard"], step["jaccard"], None]
    figure.add_scatter(
        x=xs, y=ys, mode="lines", line={"color": colour, "width": 5}, name="with the next position",
        hovertemplate="%{x:.1f} %: Jaccard %{y:.3f} with its neighbour<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=[100 * neighbour["position"] for neighbour in to_this],
        y=[neighbour["jaccard"] for neighbour in to_this],
        mode="lines+markers",
        line={"color": colour, "width": 1.5, "dash": "dot"},
        name="with this subset",
        hovertemplate="%{x:.1f} %: Jaccard %{y:.3f} with this subset<extra></extra>",
    )
    _chance(figure, chance, along="y")
    figure.add_vline(x=100 * position, line={"color": LEVELS["random"], "width": 1.5})
    figure.update_xaxes(title={"text": "slider position"}, ticksuffix=" %", range=[-2, 102])
    figure.update_yaxes(title={"text": "Jaccard"}, range=[-0.03, 1.05])
    return styled(figure, mode=mode, height=height).update_layout(margin={"l": 8, "r": 12, "t": 30, "b": 52})


def threshold_curve(
    curve: Mapping[str, Any],
    *,
    value: float,
    moves: Sequence[float],
    title: str,
    mode: Mode = "light",
    height: int = 280,
) -> go.Figure:
    """The curve on which a threshold was set, with the threshold and the values a tenth above and below it."""
    figure = go.Figure(
        go.Scatter(
            x=curve["x"], y=curve["y"], mode="lines", line={"color": PLAIN, "width": 3},
            hovertemplate="%{x:,}: %{y:,}<extra></extra>",
        )
    )  # fmt: skip
    log = bool(curve.get("log", True))
    across = str(curve.get("axis", "y"))  # the axis along which the threshold lies
    band = {"fillcolor": LEVELS["micro"], "opacity": 0.25, "line_width": 0}
    line = {"line": {"color": LEVELS["micro"], "width": 2}}
    words = {
        "text": f"{text(title)}: {value:,.4g}", "showarrow": False, "font": {"color": LEVELS["micro"], "size": 14},
    }  # fmt: skip
    if across == "x":
        if len(moves) > 1:
            figure.add_vrect(x0=min(moves), x1=max(moves), **band)
        figure.add_vline(x=value, **line)
        # The label is above the plot, because a curve of shares runs through every corner of it, and on the side with
        # more room.
        right = value > (min(curve["x"]) + max(curve["x"])) / 2
        figure.add_annotation(
            y=1, yref="paper", x=_place(value, log), xref="x", xanchor="right" if right else "left", yanchor="bottom",
            **words,
        )  # fmt: skip
    else:
        if len(moves) > 1:
            figure.add_hrect(y0=min(moves), y1=max(moves), **band)
        figure.add_hline(y=value, **line)
        figure.add_annotation(
            x=1, xref="paper", y=_place(value, log), yref="y", xanchor="right", yanchor="bottom", **words
        )
    scale: dict[str, Any] = {"type": "log", "dtick": 1, "tickformat": ","} if log else {}
    figure.update_xaxes(title={"text": text(curve["x_title"])}, **scale)
    figure.update_yaxes(title={"text": text(curve["y_title"])}, **scale)
    return styled(figure, mode=mode, height=height).update_layout(
        showlegend=False, margin={"l": 8, "r": 12, "t": 28 if across == "x" else 12, "b": 52}
    )


def _place(value: float, log: bool) -> float:
    # Annotations on a logarithmic axis are placed by the exponent.
    import math

    return (math.log10(value) if value > 0 else 0.0) if log else value


def _chance(figure: go.Figure, chance: float, *, along: str) -> None:
    line = {"color": LEVELS["random"], "width": 2, "dash": "dash"}
    words = {"annotation_text": "two random subsets", "annotation_font_color": LEVELS["random"]}
    if along == "x":
        figure.add_vline(x=chance, line=line, annotation_position="top right", **words)
    else:
        figure.add_hline(y=chance, line=line, annotation_position="top right", **words)
