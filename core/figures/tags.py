"""Figures of tags: the commonest tags, and how many tags a row carries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import GRID, INK, LEVELS, Mode, styled, text

BARS = 18
LONG = 34  # characters of a name on the axis; the hover text shows all


def frequencies(rows: NDArray[np.int64], names: Sequence[str]) -> pd.DataFrame:
    """Columns tag, rows: all tags, commonest first, ties in alphabetical order.

    ``rows`` (tags,) is the number of rows that carry each tag.
    """
    order = np.lexsort((np.arange(len(names)), -rows))
    return pd.DataFrame({"tag": [names[place] for place in order.tolist()], "rows": rows[order]})


def frequency_bars(data: pd.DataFrame, *, total: int, mode: Mode = "light", height: int = 430) -> go.Figure:
    """Bars of the commonest tags of :func:`frequencies` with their numbers of rows; ``total`` rows in the corpus."""
    top = data.head(BARS).iloc[::-1]
    labels = [name if len(name) <= LONG else f"{name[: LONG - 1]}…" for name in top["tag"]]
    figure = go.Figure(
        go.Bar(
            x=top["rows"],
            y=np.arange(len(top)),
            orientation="h",
            marker={"color": LEVELS["meso"]},
            text=[f"{count:,}" for count in top["rows"]],
            textposition="outside",
            constraintext="none",
            textfont={"size": 14},
            cliponaxis=False,
            customdata=[(text(name), 100 * count / max(total, 1)) for name, count in zip(top["tag"], top["rows"])],
            hovertemplate="%{customdata[0]}<br>%{x:,} rows, %{customdata[1]:.2f} %<extra></extra>",
        )
    )
    figure.update_yaxes(tickvals=np.arange(len(top)), ticktext=[text(label) for label in labels], showgrid=False)
    figure.update_xaxes(title="rows that carry the tag", tickformat="~s", range=[0, float(top["rows"].max()) * 1.12])
    figure.update_layout(margin={"t": 30, "b": 52, "l": 8, "r": 16}, bargap=0.25, showlegend=False)
    return styled(figure, mode=mode, height=height)


def tags_a_row(counts: NDArray[np.int64]) -> pd.DataFrame:
    """Columns tags, rows: how many rows carry that many tags. ``counts`` (rows,) is the number of tags of each row."""
    rows_with = np.bincount(counts, minlength=1)
    return pd.DataFrame({"tags": np.arange(len(rows_with)), "rows": rows_with})


def tags_histogram(data: pd.DataFrame, *, mean: float, mode: Mode = "light", height: int = 250) -> go.Figure:
    """Bars of :func:`tags_a_row`; rows without a tag are grey, because they are outside every meso pool."""
    figure = go.Figure(
        go.Bar(
            x=data["tags"],
            y=data["rows"],
            marker={"color": np.where(data["tags"] == 0, LEVELS["random"], LEVELS["meso"])},
            hovertemplate="%{x} tags: %{y:,} rows<extra></extra>",
        )
    )
    figure.add_vline(x=mean, line={"color": INK[mode], "width": 1.5, "dash": "dash"})
    figure.add_annotation(
        x=mean, y=1, yref="paper", xanchor="center", yanchor="bottom", showarrow=False,
        text=f"mean {mean:.3g}", font={"color": INK[mode], "size": 14},
    )  # fmt: skip
    figure.update_xaxes(title="tags of a row (grey: rows without one)", dtick=1, gridcolor=GRID[mode])
    figure.update_yaxes(title="rows", tickformat="~s")
    figure.update_layout(margin={"t": 26, "b": 52, "l": 60, "r": 16}, bargap=0.15, showlegend=False)
    return styled(figure, mode=mode, height=height)


def against_bars(data: pd.DataFrame, *, mode: Mode = "light", height: int = 330) -> go.Figure:
    """Bars of how far the rows that hold a tag lie from a random draw, the nine most above and below of ``data``.

    ``data`` has the columns of :func:`core.workbench.inspections.tag_relations.tags_against`.
    """
    ordered = data.sort_values(["z", "tag"], kind="stable")
    under, over = ordered[ordered["z"] < 0].head(9), ordered[ordered["z"] > 0].tail(9)
    shown = pd.concat([under, over])
    names = [name if len(name) <= LONG else f"{name[: LONG - 1]}…" for name in shown["tag"]]
    figure = go.Figure(
        go.Bar(
            x=shown["z"],
            y=np.arange(len(shown)),
            orientation="h",
            marker={"color": np.where(shown["z"] > 0, LEVELS["meso"], LEVELS["random"])},
            customdata=[
                (text(tag), rows, expected, tag)
                for tag, rows, expected in zip(shown["tag"], shown["rows"], shown["expected"], strict=True)
            ],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]:,} rows, %{customdata[2]:,.1f} expected<extra></extra>",
        )
    )
    figure.update_yaxes(tickvals=np.arange(len(shown)), ticktext=[text(name) for name in names], showgrid=False)
    figure.update_xaxes(title="standard deviations from a random draw (grey: too few, green: too many)")
    figure.update_layout(margin={"t": 12, "b": 52, "l": 8, "r": 16}, bargap=0.25, showlegend=False)
    return styled(figure, mode=mode, height=max(height, 60 + 19 * len(shown)))
