"""The figure of cluster sizes: how many rows each cluster has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import CATEGORIES, Mode, styled, text

BARS = 60
TICKS = 12  # of the axis of clusters, at most


def cluster_sizes(
    sizes: NDArray[np.int64],
    *,
    names: Sequence[str] = (),
    selected: NDArray[np.int64] | None = None,
    mode: Mode = "light",
    height: int = 260,
) -> go.Figure:
    """Bars of the largest clusters in their colours on the map, largest first; ``names`` (clusters,) for the hover.

    ``selected`` (clusters,) rows of each are drawn full over the faint bar of all its rows.
    """
    shown = sizes[:BARS]
    words = [text(name)[:120] for name in names[:BARS]] or [""] * len(shown)
    colours = [CATEGORIES[number % len(CATEGORIES)] for number in range(len(shown))]
    figure = go.Figure(
        go.Bar(
            x=np.arange(len(shown)),
            y=shown,
            marker={"color": colours, "opacity": 1 if selected is None else 0.3},
            customdata=words,
            hovertemplate="cluster %{x}: %{y:,} rows<br>%{customdata}<extra></extra>",
        )
    )
    if selected is not None:
        figure.add_bar(
            x=np.arange(len(shown)), y=selected[:BARS], marker={"color": colours}, hoverinfo="skip", showlegend=False
        )
        figure.update_layout(barmode="overlay", showlegend=False)
    styled(figure, mode=mode, height=height)
    of = f"the {BARS} largest of {len(sizes):,} clusters" if len(sizes) > BARS else "cluster"
    # Whole steps: with few clusters or rows Plotly would set ticks between numbers, and write the same number twice.
    figure.update_xaxes(title_text=of, tickformat="d", tick0=0, dtick=max(1, -(-len(shown) // TICKS)))
    figure.update_yaxes(title_text="rows", tickformat=",", rangemode="tozero")
    if shown.max(initial=0) < TICKS:
        figure.update_yaxes(tick0=0, dtick=1)
    figure.update_layout(margin={"t": 12, "b": 48, "l": 60, "r": 8}, bargap=0.15)
    return figure
