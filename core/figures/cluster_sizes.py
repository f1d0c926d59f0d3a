"""The figure of cluster sizes: how many rows each cluster has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import CATEGORIES, Mode, styled, text

BARS = 60


def cluster_sizes(
    sizes: NDArray[np.int64], *, names: Sequence[str] = (), mode: Mode = "light", height: int = 260
) -> go.Figure:
    """Bars of the largest clusters in their colours on the map, largest first; ``names`` (clusters,) for the hover."""
    shown = sizes[:BARS]
    words = [text(name)[:120] for name in names[:BARS]] or [""] * len(shown)
    figure = go.Figure(
        go.Bar(
            x=np.arange(len(shown)),
            y=shown,
            marker={"color": [CATEGORIES[number % len(CATEGORIES)] for number in range(len(shown))]},
            customdata=words,
            hovertemplate="cluster %{x}: %{y:,} rows<br>%{customdata}<extra></extra>",
        )
    )
    styled(figure, mode=mode, height=height)
    of = f"the {BARS} largest of {len(sizes):,} clusters" if len(sizes) > BARS else "cluster"
    figure.update_xaxes(title_text=of, tickformat="d")
    figure.update_yaxes(title_text="rows", tickformat=",")
    figure.update_layout(margin={"t": 12, "b": 48, "l": 60, "r": 8}, bargap=0.15)
    return figure
