"""Tables drawn as heat maps: slopes (Table 2), correlations (Fig. 4, Table 8), metrics against metrics; the ranking."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures import theme
from core.figures.theme import Mode

WIDE = 110  # the labels under a heat map are slanted from this many letters on
COLOURED_UP_TO = 40  # the cells of a heat map show no numbers beyond this many rows


def correlation_heat(
    table: pd.DataFrame, *, claims: pd.DataFrame | None = None, enough: pd.DataFrame | None = None,
    title: str = "Pearson r", mode: Mode = "light",
) -> go.Figure:  # fmt: skip
    """Metrics by groups, −1 to 1. Claimed cells are bold, those of too few subsets in brackets; empty cells stay empty.

    ``table``: index metric, columns group; ``claims`` and ``enough`` the same shape, boolean.
    """
    words = _words(table, claims, enough)
    return _heat(table, words=words, limit=1.0, title=title, mode=mode)


def slope_heat(
    table: pd.DataFrame, *, claims: pd.DataFrame | None = None, enough: pd.DataFrame | None = None, mode: Mode = "light"
) -> go.Figure:
    """Points gained from 0 to 100 % of the scale: rows are sizes, columns component and strategy (Table 2).

    Cells are marked as in :func:`correlation_heat`.
    """
    words = _words(table, claims, enough)
    values = table.to_numpy(float)
    limit = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
    return _heat(table, words=words, limit=limit, title="points, 0 to 100 %", mode=mode)


def metric_matrix(table: pd.DataFrame, *, mode: Mode = "light") -> go.Figure:
    """Spearman correlations between metrics, in the clustered order of ``table``."""
    small = table.shape[0] > 16
    words = [
        ["" if small or not np.isfinite(value) else f"{value:.2f}" for value in line] for line in table.to_numpy(float)
    ]
    figure = _heat(table, words=words, limit=1.0, title="Spearman ρ", mode=mode)
    return figure.update_layout(height=max(420, 26 * table.shape[0] + 160))


def ranking_bars(table: pd.DataFrame, *, reference: str, mode: Mode = "light") -> go.Figure:
    """Regret of each metric, best first, with its interval; the bar of picking at random (``reference``) is grey.

    ``table``: columns metric, regret, low, high, points (all shares of the range, points in score units).
    """
    best_last = table.iloc[::-1]
    colours = [theme.LEVELS["random"] if name == reference else theme.RANKED[2] for name in best_last["metric"]]
    low, high = best_last["low"].to_numpy(float), best_last["high"].to_numpy(float)
    regret = best_last["regret"].to_numpy(float)
    there = np.isfinite(low) & np.isfinite(high)
    figure = go.Figure(
        go.Bar(
            x=regret, y=[theme.text(name) for name in best_last["metric"]], orientation="h", marker={"color": colours},
            error_x={"type": "data", "symmetric": False, "array": np.where(there, np.maximum(0, high - regret), 0),
                     "arrayminus": np.where(there, np.maximum(0, regret - low), 0), "color": theme.INK[mode]},
            customdata=best_last["points"], hovertemplate="<b>%{y}</b><br>regret %{x:.3f} of the range"
            "<br>%{customdata:.3g} points<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title_text="regret: share of the range from best to worst", rangemode="tozero")
    figure.update_yaxes(type="category")
    return theme.styled(figure, mode=mode, height=max(320, 26 * len(best_last) + 130))


def _heat(table: pd.DataFrame, *, words: list[list[str]], limit: float, title: str, mode: Mode) -> go.Figure:
    show = table.shape[0] <= COLOURED_UP_TO
    figure = go.Figure(
        go.Heatmap(
            z=table.to_numpy(float), x=[theme.text(name) for name in table.columns],
            y=[theme.text(name) for name in table.index], zmin=-limit, zmax=limit, colorscale=theme.DIVERGING, xgap=2,
            ygap=2, text=words if show else None, texttemplate="%{text}" if show else None, hoverongaps=False,
            colorbar={"title": {"text": title, "side": "right"}, "thickness": 14, "lenmode": "pixels",
                      "len": max(150, min(400, 30 * table.shape[0]))},
            hovertemplate="%{y}<br>%{x}<br>%{z:.3f}<extra></extra>",
        )
    )  # fmt: skip
    lines = [_folded(name) for name in table.columns]
    lean = max((len(part) for name in lines for part in name.split("<br>")), default=0) * table.shape[1] > WIDE
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False, dtick=1, ticks="")
    figure.update_xaxes(
        type="category", side="bottom", showgrid=False, dtick=1, ticks="", tickangle=-50 if lean else 0,
        tickvals=[theme.text(name) for name in table.columns], ticktext=lines,
    )  # fmt: skip
    below = 170 if lean else 20 * max((name.count("<br>") + 1 for name in lines), default=1)
    return theme.styled(figure, mode=mode, height=max(260, 30 * table.shape[0] + 90 + below))


def _folded(name: object) -> str:
    """A long label on several lines, escaped for Plotly."""
    return "<br>".join(theme.text(line) for line in textwrap.wrap(str(name), 22)) or " "


def _words(table: pd.DataFrame, claims: pd.DataFrame | None, enough: pd.DataFrame | None = None) -> list[list[str]]:
    """Bold where claimed, plain where there are enough subsets for a claim, else in brackets."""
    values = table.to_numpy(float)
    bold = np.isfinite(values) if claims is None else claims.reindex_like(table).fillna(False).to_numpy(bool)
    bare = bold if enough is None else enough.reindex_like(table).fillna(False).to_numpy(bool)
    return [[_cell(*cell) for cell in zip(*lines)] for lines in zip(values, bold, bare)]


def _cell(value: float, bold: bool, bare: bool) -> str:
    if not np.isfinite(value):
        return ""
    said = f"{round(value, 2) + 0.0:.2f}".replace("-", "−")  # adding 0.0 turns −0 into 0
    return f"<b>{said}</b>" if bold else said if bare else f"({said})"
