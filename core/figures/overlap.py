"""Figures of how sets of rows overlap: an UpSet plot and a Jaccard matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from core.figures.theme import GRID, INK, PLAIN, Mode, styled, text

BARS = 28  # intersections drawn; the table has the rest
LONG = 30


def upset(
    table: pd.DataFrame,
    *,
    sizes: Mapping[str, int],
    colours: Mapping[str, str] | None = None,
    mode: Mode = "light",
    height: int = 460,
) -> go.Figure:
    """Bars of the exclusive intersections above a matrix of dots: the joined dots of a column show which sets meet.

    ``table`` has columns rows, sets and a boolean column for each name of ``sizes`` (rows of each set); ``colours`` are
    those of each name's dots. The largest intersections come first; those after the 28th are only in the table.
    """
    shown = table.head(BARS).reset_index(drop=True)
    names, places = list(sizes), np.arange(len(shown))
    inside = shown[names].to_numpy(dtype=bool) if len(shown) else np.zeros((0, len(names)), dtype=bool)
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.04, row_heights=[0.5, 0.5]
    )  # fmt: skip
    said = [", ".join(name for name, there in zip(names, row) if there) for row in inside]
    figure.add_bar(
        x=places,
        y=shown["rows"],
        marker={"color": [PLAIN if count > 1 else GRID[mode] for count in shown["sets"]],
                "line": {"color": INK[mode], "width": 0.5}},
        text=[f"{count:,}" for count in shown["rows"]],
        textposition="outside",
        textangle=0,
        constraintext="none",
        textfont={"size": 13},
        cliponaxis=False,
        customdata=[text(words) for words in said],
        hovertemplate="only in %{customdata}<br>%{y:,} rows<extra></extra>",
        row=1, col=1,
    )  # fmt: skip
    heights = np.arange(len(names))[::-1]
    for place, row in zip(places.tolist(), inside):
        filled = heights[row]
        if len(filled) > 1:
            figure.add_scatter(
                x=[place, place], y=[filled.min(), filled.max()], mode="lines",
                line={"color": INK[mode], "width": 2}, hoverinfo="skip", row=2, col=1,
            )  # fmt: skip
    for column, name in enumerate(names):
        own = (colours or {}).get(name, INK[mode])
        figure.add_scatter(
            x=places,
            y=np.full(len(places), heights[column]),
            mode="markers",
            marker={"size": 13, "color": [own if there else GRID[mode] for there in inside[:, column]]},
            customdata=[text(words) for words in said],
            hovertemplate="only in %{customdata}<extra></extra>",
            row=2, col=1,
        )  # fmt: skip
    most = int(shown["rows"].max()) if len(shown) else 1
    figure.update_yaxes(title={"text": "rows in exactly these"}, range=[0, most * 1.18], row=1, col=1)
    labels = [f"{text(short(name))}  {sizes[name]:,}" for name in names]
    figure.update_yaxes(
        tickvals=heights, ticktext=labels, range=[-0.6, len(names) - 0.4], showgrid=False, ticks="", row=2, col=1
    )
    figure.update_xaxes(showticklabels=False, showgrid=False, ticks="", range=[-0.7, max(len(shown), 6) - 0.3])
    return styled(figure, mode=mode, height=height).update_layout(
        showlegend=False, margin={"l": 8, "r": 12, "t": 30, "b": 12}, bargap=0.35
    )


def jaccard_heat(
    matrix: NDArray[np.float64], names: Sequence[str], *, mode: Mode = "light", height: int = 420
) -> go.Figure:
    """(sets, sets) Jaccard as a heat map with the numbers written in, from 0 (no shared row) to 1 (the same rows)."""
    labels = [text(short(name, 22)) for name in names]
    places = np.arange(len(names))
    written = np.array([[f"{value:.2f}" for value in row] for row in matrix]) if len(names) <= 14 else None
    figure = go.Figure(
        go.Heatmap(
            z=matrix, x=places, y=places, zmin=0, zmax=1, colorscale="Blues",
            text=written, texttemplate="%{text}" if written is not None else None,
            customdata=[[f"{a} and {b}" for b in labels] for a in labels],
            hovertemplate="%{customdata}: Jaccard %{z:.3f}<extra></extra>",
            showscale=written is None, textfont={"size": 14},
        )
    )  # fmt: skip
    figure.update_xaxes(tickvals=places, ticktext=labels, tickangle=-35, showgrid=False, ticks="")
    figure.update_yaxes(tickvals=places, ticktext=labels, autorange="reversed", showgrid=False, ticks="")
    return styled(figure, mode=mode, height=height).update_layout(margin={"l": 8, "r": 8, "t": 30, "b": 8})


def short(name: str, most: int = LONG) -> str:
    """A name, shortened to fit on an axis."""
    return name if len(name) <= most else f"{name[: most - 1]}…"
