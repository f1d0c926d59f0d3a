"""Figures of sampled answers: how mastery is distributed, and where its levels end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import INK, PLAIN, Mode, styled


def mastery_histogram(
    share: NDArray[np.float64], *, edges: Sequence[float], draws: int, mode: Mode = "light", height: int = 260
) -> go.Figure:
    """Rows by their share of answers that agree, a bar for each possible share of ``draws``; lines are the ``edges``.

    A level holds what lies to the right of its line and up to the next.
    """
    known = share[np.isfinite(share)]
    steps = max(1, min(draws, 20))
    counts = np.bincount(np.rint(known * steps).astype(np.int64), minlength=steps + 1)
    places = np.arange(steps + 1) / steps
    figure = go.Figure(
        go.Bar(
            x=places, y=counts, width=0.8 / steps, marker={"color": PLAIN, "line": {"width": 0}},
            hovertemplate="%{x:.0%} of the answers agree: %{y:,.0f} rows<extra></extra>",
        )
    )  # fmt: skip
    for edge in edges:
        figure.add_vline(x=edge + 0.5 / steps, line={"color": INK[mode], "width": 2, "dash": "dot"})
    figure.update_xaxes(title="Share of answers that agree with the response", tickformat=".0%", range=[-0.06, 1.06])
    figure.update_yaxes(title="Rows", tickformat=",", rangemode="tozero")
    figure.update_layout(showlegend=False)
    return styled(figure, mode=mode, height=height)
