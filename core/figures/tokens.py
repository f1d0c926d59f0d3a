"""Token frequencies as figures: the rank–frequency curve with its bands, and mid-band types per row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.bands import BAND_NAMES, Band
from core.counted import figure3
from core.figures.theme import BANDS, GRID, INK, LEVELS, Mode, styled

POINTS = 2000  # a log-spaced curve of this many points looks like a curve of a million
TITLES = {"high": "high band", "mid": "mid band", "low": "low band"}


def rank_frequency(frequency: NDArray[np.int64], *, band: Band, points: int = POINTS) -> pd.DataFrame:
    """Columns rank, occurrences, band of the types of ``frequency`` (types,) that occur, at most ``points`` rows.

    The commonest type has rank 1. ``band`` is the mid band of the same corpus. Ranks are thinned evenly on a
    logarithmic scale; the first and last rank of each band are always kept.
    """
    ordered = np.sort(frequency[frequency > 0])[::-1]
    count = len(ordered)
    if count == 0:
        return pd.DataFrame({"rank": [], "occurrences": [], "band": []})
    masks = band.split(ordered)
    last_high = int(masks["high"].sum())
    last_mid = last_high + int(masks["mid"].sum())
    edges = [rank for edge in (0, last_high, last_mid, count) for rank in (edge, edge + 1) if 1 <= rank <= count]
    spaced = np.geomspace(1, count, num=min(count, points - len(edges)))
    ranks = np.unique(np.concatenate((np.rint(spaced).astype(np.int64), edges)))
    names = np.where(ranks <= last_high, "high", np.where(ranks <= last_mid, "mid", "low"))
    return pd.DataFrame({"rank": ranks, "occurrences": ordered[ranks - 1], "band": names})


def frequency_curve(
    data: pd.DataFrame, *, low: float, high: float, mode: Mode = "light", height: int = 380
) -> go.Figure:
    """The log–log curve of :func:`rank_frequency` with each band in its colour and both thresholds drawn."""
    figure = go.Figure()
    for band in BAND_NAMES:
        places = np.flatnonzero(data["band"] == band)
        part = data.iloc[max(0, places[0] - 1) : places[-1] + 1] if len(places) else data.iloc[:0]  # no gap between
        figure.add_trace(
            go.Scatter(
                x=part["rank"],
                y=part["occurrences"],
                mode="lines+markers",
                name=TITLES[band],
                line={"color": BANDS[band], "width": 4},
                marker={"color": BANDS[band], "size": 5},
                hovertemplate="rank %{x:,}<br>%{y:,} occurrences<extra></extra>",
            )
        )
    top = float(data["occurrences"].max()) if len(data) else 10.0
    last = float(data["rank"].max()) if len(data) else 10.0
    for value, caption in ((low, "low"), (high, "high")):
        if value > 0:
            figure.add_hline(y=value, line={"color": INK[mode], "width": 1.5, "dash": "dash"})
            figure.add_annotation(
                text=f"{caption} {value:,.6g}",
                x=0.01,
                xref="paper",
                xanchor="left",
                y=float(np.log10(value)),  # annotations, unlike shapes, take the exponent on a logarithmic axis
                yanchor="bottom" if caption == "high" else "top",
                showarrow=False,
                font={"color": INK[mode], "size": 14},
            )
    if low <= high and low > 0:
        figure.add_hrect(y0=low, y1=high, fillcolor=BANDS["mid"], opacity=0.08, line_width=0, layer="below")
    figure.update_xaxes(type="log", title="rank (1 = the commonest token)", range=_decades(1, last), dtick=1)
    figure.update_yaxes(type="log", title="occurrences in the corpus", range=_decades(1, max(top, high, 10)), dtick=1)
    for axis in ("xaxis", "yaxis"):
        figure.update_layout({axis: {"exponentformat": "SI", "tickformat": "~s"}})
    figure.update_layout(dragmode="select", selectdirection="v", hovermode="closest")
    # Points outside a drawn box keep their colour: a box sets thresholds, it does not select points.
    figure.update_traces(selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}})
    return styled(figure, mode=mode, height=height)


def types_per_row(counts: NDArray[np.int64], *, most: int = 60) -> pd.DataFrame:
    """Columns types, to, rows: how many rows hold from ``types`` to ``to`` mid-band types.

    Rows without such a type come first, in a bar of their own; the others follow in at most ``most`` bars of equal
    width.
    """
    width = max(1, -(-int(counts.max(initial=0)) // most))
    rows_in_bar = np.bincount(-(-counts // width), minlength=1)  # bar 0 is the rows without a type
    ends = np.arange(len(rows_in_bar)) * width
    starts = np.where(ends > 0, ends - width + 1, 0)
    return pd.DataFrame({"types": starts, "to": ends, "rows": rows_in_bar})


def types_histogram(data: pd.DataFrame, *, mean: float, mode: Mode = "light", height: int = 300) -> go.Figure:
    """Bars of :func:`types_per_row`; rows without a type are grey, because they are outside every micro pool."""
    width = int(data["to"].iloc[-1] - data["types"].iloc[-1] + 1)
    none = data["to"].eq(0)
    label = [f"{a}" if a == b else f"{a}–{b}" for a, b in zip(data["types"], data["to"], strict=True)]
    figure = go.Figure(
        go.Bar(
            x=data["to"] - (width - 1) / 2,
            y=data["rows"],
            width=width * 0.9,
            marker={"color": np.where(none, LEVELS["random"], BANDS["mid"])},
            customdata=label,
            hovertemplate="%{customdata} mid-band types<br>%{y:,} rows<extra></extra>",
        )
    )
    figure.add_annotation(
        text=f"none: {int(data['rows'].iloc[0]):,}",
        x=-(width - 1) / 2 + width / 2,
        xanchor="right",
        y=int(data["rows"].iloc[0]),
        yanchor="bottom",
        showarrow=False,
        font={"color": INK[mode], "size": 14},
    )
    figure.add_vline(
        x=mean,
        line={"color": INK[mode], "width": 1.5, "dash": "dash"},
        annotation={"text": f"mean {figure3(mean)}", "font": {"color": INK[mode], "size": 14}},
    )
    figure.update_xaxes(title="distinct mid-band types in a row", gridcolor=GRID[mode])
    figure.update_yaxes(title="rows", tickformat=",")
    figure.update_layout(bargap=0, showlegend=False)
    return styled(figure, mode=mode, height=height)


def apply_selection(event: Mapping[str, Any], *, most: int) -> tuple[int, int] | None:
    """The thresholds that a box drawn on the curve sets: the whole occurrences inside it; None without a box.

    ``event`` is a selection event of Streamlit; only the geometry is read, so an empty box counts too. The result
    stays within 1 … ``most``.
    """
    boxes: Sequence[Mapping[str, Any]] = (event.get("selection") or {}).get("box") or ()
    if not boxes:
        return None
    ends = sorted(float(value) for value in boxes[-1].get("y") or ())
    if len(ends) != 2 or not np.isfinite(ends).all():
        return None
    low = int(np.clip(np.ceil(ends[0]), 1, most))
    high = int(np.clip(np.floor(ends[1]), 1, most))
    return (low, high) if low <= high else (high, high)


def _decades(lowest: float, highest: float) -> list[float]:
    """A logarithmic range with a small margin, in powers of ten."""
    low, high = np.log10(max(lowest, 1e-9)), np.log10(max(highest, lowest, 1e-9))
    air = max(0.04 * (high - low), 0.05)
    return [float(low - air), float(high + air)]
