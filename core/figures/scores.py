"""Figures of scores: how a column of numbers is distributed over the rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import CATEGORIES, INK, Mode, styled, text

BINS = 50
TAIL = 0.005  # share at each end that is gathered into the first and the last bar


def score_table(values: NDArray[np.float64], *, bins: int = BINS) -> pd.DataFrame:
    """Bars of the finite ``values``: from, to, rows. Equal widths, on a logarithm where the values span decades."""
    known = np.sort(values[np.isfinite(values)])
    if not len(known):
        return pd.DataFrame({"from": [], "to": [], "rows": []})
    low, high = np.quantile(known, [TAIL, 1 - TAIL])
    if low == high:
        low, high = known[0], known[-1]
    if low == high:
        return pd.DataFrame({"from": [low], "to": [high], "rows": [len(known)]})
    edges = np.geomspace(low, high, bins + 1) if decades(values) else np.linspace(low, high, bins + 1)
    counts, _ = np.histogram(np.clip(known, edges[0], edges[-1]), bins=edges)
    return pd.DataFrame({"from": edges[:-1], "to": edges[1:], "rows": counts})


def decades(values: NDArray[np.float64]) -> bool:
    """Whether the bulk of the values is positive and spans more than a factor of thirty."""
    known = values[np.isfinite(values)]
    if not len(known):
        return False
    low, high = np.quantile(known, [TAIL, 1 - TAIL])
    return bool(low > 0 and high > 30 * low)


def score_histogram(values: NDArray[np.float64], *, title: str, mode: Mode = "light", height: int = 300) -> go.Figure:
    """Rows by score, the median marked; half a per cent at each end is gathered into the outer bars."""
    table = score_table(values)
    wide = (table["to"] - table["from"]).where(table["to"] > table["from"], 1.0)
    figure = go.Figure(
        go.Bar(
            x=(table["from"] + table["to"]) / 2,
            y=table["rows"],
            width=wide,
            marker={"color": CATEGORIES[0], "line": {"width": 0}},
            customdata=np.stack([table["from"], table["to"]], axis=1) if len(table) else None,
            hovertemplate="%{customdata[0]:.4g} to %{customdata[1]:.4g}: %{y:,.0f} rows<extra></extra>",
        )
    )
    known = values[np.isfinite(values)]
    if len(known):
        middle = float(np.median(known))
        figure.add_vline(x=middle, line={"color": INK[mode], "width": 2, "dash": "dot"})
        figure.add_annotation(
            # A line is placed by its value on any axis, a label on a logarithmic axis by its exponent.
            x=np.log10(middle) if decades(values) else middle,
            y=1,
            yref="paper",
            text=f"median {middle:.3g}",
            yanchor="bottom",
            showarrow=False,
        )
    figure.update_xaxes(title=text(title), type="log" if decades(values) else "linear")
    figure.update_yaxes(title="Rows", tickformat=",", rangemode="tozero")
    figure.update_layout(bargap=0, showlegend=False)
    return styled(figure, mode=mode, height=height)
