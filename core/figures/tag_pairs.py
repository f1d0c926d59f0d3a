"""Which tags stand in the same rows, as a heat map: a square for each pair, the stronger the more than by chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.theme import GRID, INK, LEVELS, Mode, styled, text

LONG = 20  # characters of a name on an axis; the hover text shows all
STRONGEST = 100.0  # the lift from which a square has the full colour


def pair_heat(grid: pd.DataFrame, *, mode: Mode = "light", height: int = 470) -> go.Figure:
    """The pairs of :func:`core.workbench.inspections.tag_relations.tag_grid` as squares, in its order.

    The colour is the lift on a logarithmic scale, from grey (as by chance, or rarer) to the colour of tags (100 times
    as often, or more). The number in a square is its rows. Invisible marks over the squares take the press:
    ``customdata`` holds the two tags.
    """
    names = list(dict.fromkeys(grid["tag"].tolist()))
    place_of = {name: place for place, name in enumerate(names)}
    rows, columns = grid["tag"].map(place_of).to_numpy(), grid["with"].map(place_of).to_numpy()
    colour = np.full((len(names), len(names)), np.nan)
    told = np.log10(np.maximum(grid["lift"].to_numpy(float), 1))
    colour[rows, columns] = np.where(grid["rows"] > 0, told, 0)
    written = np.full(colour.shape, "", dtype=object)
    written[rows, columns] = [f"{count:,}" if count else "" for count in grid["rows"].tolist()]
    figure = go.Figure(
        go.Heatmap(
            z=colour,
            zmin=0,
            zmax=float(np.log10(STRONGEST)),
            colorscale=[[0, GRID[mode]], [1, LEVELS["meso"]]],
            xgap=2,
            ygap=2,
            text=written,
            texttemplate="%{text}",
            textfont={"size": 11, "color": INK[mode]},
            hoverinfo="skip",
            colorbar={
                "title": {"text": "times as often<br>as by chance", "font": {"size": 13}},
                "tickvals": [0, 1, 2],
                "ticktext": ["1", "10", "100"],
                "thickness": 12,
                "len": 0.7,
                "tickfont": {"size": 13},
            },
        )
    )
    figure.add_scatter(
        x=columns,
        y=rows,
        mode="markers",
        marker={"symbol": "square", "size": max(10, (height - 150) // max(len(names), 1)), "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=[
            [first, other, text(first), text(other), f"{count:,}", f"{lift:.3g}"]
            for first, other, count, lift in zip(grid["tag"], grid["with"], grid["rows"], grid["lift"], strict=True)
        ],
        hovertemplate="%{customdata[2]} and %{customdata[3]}<br>%{customdata[4]} rows with both, %{customdata[5]} "
        "times as many as by chance<extra></extra>",
        showlegend=False,
    )
    labels = [text(name if len(name) <= LONG else f"{name[: LONG - 1]}…") for name in names]
    places = np.arange(len(names))
    ticks = {"tickvals": places, "ticktext": labels, "showgrid": False, "ticks": "", "tickfont": {"size": 13}}
    figure.update_xaxes(tickangle=-45, range=[-0.5, len(names) - 0.5], **ticks)
    figure.update_yaxes(range=[len(names) - 0.5, -0.5], **ticks)
    return styled(figure, mode=mode, height=height).update_layout(
        margin={"l": 8, "r": 8, "t": 12, "b": 8}, showlegend=False
    )
