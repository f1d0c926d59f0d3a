"""How many rows are copies at each threshold, drawn so that a threshold can be set by eye."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from core.figures.theme import CATEGORIES, INK, Mode, styled, text


def removed_curve(
    table: pd.DataFrame, *, measure: str, threshold: float, mode: Mode = "light", height: int = 250
) -> go.Figure:
    """Rows that are copies of another (column rows) against the least similarity of a pair (column threshold).

    The line stands at ``threshold``; ``measure`` is what the axis counts.
    """
    figure = go.Figure(
        go.Scatter(
            x=table["threshold"],
            y=table["rows"],
            mode="lines",
            line={"color": CATEGORIES[0], "width": 3, "shape": "hv"},
            fill="tozeroy",
            hovertemplate="%{y:,} rows from %{x:.2f} up<extra></extra>",
        )
    )
    figure.add_vline(x=threshold, line={"color": INK[mode], "width": 2, "dash": "dash"})
    figure.update_xaxes(title_text=f"least {text(measure)} of a pair")
    figure.update_yaxes(title_text="rows", rangemode="tozero", tickformat=",")
    figure.update_layout(margin={"t": 12, "r": 12}, showlegend=False)
    return styled(figure, mode=mode, height=height)
