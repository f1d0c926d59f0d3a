"""Figures of scores: how a column of numbers is distributed over the rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.counted import figure3
from core.figures.theme import INK, NOISE, PLAIN, Mode, styled, text

BINS = 50
TAIL = 0.005  # share of rows at each end that the first and the last bar gather


def score_table(values: NDArray[np.float64], *, bins: int = BINS) -> pd.DataFrame:
    """Bars of the finite ``values``: from, to, rows. Equal widths, on a logarithmic axis if the values span decades."""
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
    """Whether the values are positive, span more than a factor of 30, and are less skewed on a logarithmic axis."""
    known = values[np.isfinite(values)]
    if not len(known):
        return False
    low, high = np.quantile(known, [TAIL, 1 - TAIL])
    if low <= 0 or high <= 30 * low:
        return False
    bulk = np.quantile(known, [0.05, 0.5, 0.95])
    return bool(_lean(np.log(bulk)) < _lean(bulk))


def _lean(bulk: NDArray[np.float64]) -> float:
    """The skew of the bulk: how far its median lies from its middle, 0 to 1."""
    low, middle, high = bulk
    return float(abs(low + high - 2 * middle) / (high - low)) if high > low else 1.0


def _ticks(low: float, high: float) -> list[float]:
    """Powers of ten from ``low`` to ``high``; steps of about three if there are fewer than three powers."""
    powers = [10.0**exponent for exponent in range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)]
    whole = [value for value in powers if low <= value <= high]
    return whole if len(whole) > 2 else [v for power in powers for v in (power, 3 * power) if low <= v <= high]


def _bar_colours(table: pd.DataFrame, between: tuple[float, float] | None) -> list[str]:
    """The colour of each bar: grey where none of its values lies between the two ends."""
    low, high = between or (-np.inf, np.inf)
    ends = zip(table["from"], table["to"], strict=True)
    colours = [PLAIN if start <= high and stop >= low else NOISE for start, stop in ends]
    if colours and between is not None:  # the outer bars also hold what lies beyond them
        first, last = table["to"].iloc[0], table["from"].iloc[-1]
        colours[0] = PLAIN if low <= first else NOISE
        colours[-1] = PLAIN if high >= last else NOISE
    return colours


def line_figure(
    table: pd.DataFrame, *, x: str, y: str, x_title: str, y_title: str, mode: Mode = "light", height: int = 300
) -> go.Figure:
    """One line through the points of ``table``, column ``x`` across and ``y`` up."""
    figure = go.Figure(go.Scatter(x=table[x], y=table[y], mode="lines+markers", line={"color": PLAIN, "width": 2}))
    figure.update_xaxes(title=text(x_title))
    figure.update_yaxes(title=text(y_title))
    figure.update_layout(showlegend=False)
    return styled(figure, mode=mode, height=height)


def score_histogram(
    values: NDArray[np.float64],
    *,
    title: str,
    between: tuple[float, float] | None = None,
    mode: Mode = "light",
    height: int = 300,
) -> go.Figure:
    """Rows by score, with the median marked; the outer bars gather half a per cent of the rows at each end.

    With ``between`` the bars outside it are grey: the others hold the rows that are selected.
    """
    table = score_table(values)
    wide = (table["to"] - table["from"]).where(table["to"] > table["from"], 1.0)
    figure = go.Figure(
        go.Bar(
            x=(table["from"] + table["to"]) / 2,
            y=table["rows"],
            width=wide,
            marker={"color": _bar_colours(table, between), "line": {"width": 0}},
            customdata=np.stack([table["from"], table["to"]], axis=1) if len(table) else None,
            hovertemplate="%{customdata[0]:,.4~r} to %{customdata[1]:,.4~r}: %{y:,.0f} rows<extra></extra>",
        )
    )
    known = values[np.isfinite(values)]
    if len(known):
        middle = float(np.median(known))
        figure.add_vline(x=middle, line={"color": INK[mode], "width": 2, "dash": "dot"})
        figure.add_annotation(
            # A line is placed by its value on any axis, but a label on a logarithmic axis by its exponent.
            x=np.log10(middle) if decades(values) else middle,
            y=1,
            yref="paper",
            text=f"median {figure3(middle)}",
            yanchor="bottom",
            showarrow=False,
        )
    if decades(values):
        marks = _ticks(table["from"].iloc[0], table["to"].iloc[-1])
        figure.update_xaxes(
            title=f"{text(title)} (logarithmic)",
            type="log",
            tickvals=marks,
            ticktext=[f"{mark:,.12g}" for mark in marks],
        )
    else:
        figure.update_xaxes(title=text(title))
    figure.update_yaxes(title="Rows", tickformat=",", rangemode="tozero")
    figure.update_layout(bargap=0, showlegend=False, selectdirection="h")
    return styled(figure, mode=mode, height=height)
