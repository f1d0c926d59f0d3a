"""Figure of leaks: how many rows are left out for each limit of common n-grams."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from core.figures.theme import NOISE, Mode, styled

BASE = "#2F6DB5"


def limit_table(points: Sequence[tuple[int, int]]) -> pd.DataFrame:
    """``points`` as (limit, rows left out), ascending."""
    return pd.DataFrame(points, columns=["limit", "rows"])


def limit_curve(table: pd.DataFrame, *, limit: int, mode: Mode = "light", height: int = 220) -> go.Figure:
    """Rows left out over the limit of rows that may hold the same n-gram, with a mark at ``limit``; 0 for no limit."""
    figure = go.Figure(
        go.Scatter(
            x=table["limit"], y=table["rows"], mode="lines+markers", line={"shape": "hv", "width": 2, "color": BASE},
            marker={"size": 6, "color": BASE},
            hovertemplate="n-grams of at most %{x:,} rows: %{y:,} rows are leaks<extra></extra>",
        )
    )  # fmt: skip
    if limit:
        figure.add_vline(x=limit, line={"color": NOISE, "dash": "dot", "width": 2})
    figure.update_xaxes(type="log", title="Rows that may hold the same n-gram", tickformat=",", dtick=1)
    figure.update_yaxes(title="Rows left out", tickformat=",", rangemode="tozero")
    return styled(figure, mode=mode, height=height)
