"""Square heat-maps: which metrics agree, which sources have similar tokens."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from core.figures.theme import DIVERGING, INK, Mode, styled, text

NUMBERS = 14  # cells show their number up to this many names


def agreement_map(
    matrix: pd.DataFrame, *, titles: Sequence[str], kept: Sequence[str] = (), mode: Mode = "light"
) -> go.Figure:
    """Rank correlations in the matrix's own order, −1 to 1; the metrics ``kept`` carry a dot before their name."""
    chosen = set(kept)
    names = [("● " if name in chosen else "") + text(title) for name, title in zip(matrix.index, titles, strict=True)]
    return square(matrix, names=names, title="ρ", low=-1, high=1, scale=DIVERGING, mode=mode)


def square(
    matrix: pd.DataFrame,
    *,
    names: Sequence[str],
    title: str,
    low: float,
    high: float,
    scale: str,
    mode: Mode = "light",
) -> go.Figure:
    """A square table as colours, the first name on top. ``names`` are already escaped for Plotly."""
    places = list(range(len(names)))
    values = matrix.to_numpy(dtype=float)
    small = len(names) <= NUMBERS
    figure = go.Figure(
        go.Heatmap(
            x=places,
            y=places,
            z=values,
            zmin=low,
            zmax=high,
            colorscale=scale,
            xgap=1,
            ygap=1,
            texttemplate="%{z:.2f}" if small else "",
            customdata=[[f"{across} · {down}" for across in names] for down in names],
            hovertemplate="%{customdata}<br>%{z:.3f}<extra></extra>",
            colorbar={"title": {"text": title}, "thickness": 14, "outlinewidth": 0},
        )
    )
    shown = [name if len(name) <= 40 else name[:39] + "…" for name in names]
    size = 13 if small else 11
    figure = styled(figure, mode=mode, height=min(900, 240 + (26 if small else 13) * len(names)))
    tick = {"size": size, "color": INK[mode]}
    figure.update_xaxes(tickvals=places, ticktext=shown, tickangle=-45, tickfont=tick, showgrid=False, ticks="")
    figure.update_yaxes(tickvals=places, ticktext=shown, tickfont=tick, autorange="reversed", showgrid=False, ticks="")
    return figure.update_layout(margin={"l": 20, "r": 20, "t": 16, "b": 20})
