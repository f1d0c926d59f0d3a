"""Token frequencies as figures: the rank–frequency curve with its bands, and mid-band types per row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.bands import BAND_NAMES, Band
from core.counted import figure3
from core.figures.theme import BANDS, CATEGORIES, GRID, INK, LEVELS, NOISE, Mode, styled, text


def frequency_steps(frequency: NDArray[np.int64], *, band: Band) -> pd.DataFrame:
    """Columns first_rank, last_rank, tokens, occurrences, band: the rank–frequency curve of ``frequency`` (types,).

    One line for each number of occurrences that some type has, the commonest type first, which has rank 1; types that
    never occur are left out. A corpus of 118,000 rows has about a thousand lines. ``band`` is the mid band of the same
    corpus.
    """
    values, types = np.unique(frequency[frequency > 0], return_counts=True)
    values, types = values[::-1], types[::-1]
    last = np.cumsum(types)
    masks = Band(*band.thresholds(frequency)).split(values)
    names = np.select([masks[name] for name in BAND_NAMES], BAND_NAMES, default="")
    return pd.DataFrame(
        {"first_rank": last - types + 1, "last_rank": last, "tokens": types, "occurrences": values, "band": names}
    )


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


def subset_curves(data: pd.DataFrame, *, mode: Mode = "light", height: int = 420) -> go.Figure:
    """Share of the text over the rank of the token on log–log axes, a line a subset; the first, the corpus, is grey.

    ``data``: columns subset, rank, share.
    """
    figure = go.Figure()
    for place, (name, part) in enumerate(data.groupby("subset", sort=False)):
        line = {"color": NOISE, "width": 6} if place == 0 else {"color": CATEGORIES[(place - 1) % 12], "width": 2.5}
        figure.add_trace(
            go.Scatter(
                x=part["rank"], y=100 * part["share"], mode="lines", name=text(name), line=line,
                hovertemplate="rank %{x:,}: %{y:.3g} % of the text<extra>" + text(name) + "</extra>",
            )
        )  # fmt: skip
    figure.update_xaxes(title_text="rank of the token in the subset", type="log", dtick=1)
    figure.update_yaxes(title_text="% of the subset's tokens", type="log", dtick=1, exponentformat="none")
    figure.update_layout(showlegend=True)
    return styled(figure, mode=mode, height=height)
