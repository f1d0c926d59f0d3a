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
    better: pd.DataFrame | None = None, title: str = "Pearson r", mode: Mode = "light",
) -> go.Figure:  # fmt: skip
    """Metrics by groups, −1 to 1. Claimed cells are bold, those of too few subsets in brackets; empty cells stay empty.

    ``table``: index metric, columns group; ``claims`` and ``enough`` the same shape, boolean. ``better``: the same
    numbers with signs such that above 0 more of the metric goes with better scores, also where a lower score is the
    better one. With it the colour says better or worse, and so does a triangle in each cell; the number keeps its sign.
    """
    words = _words(table, claims, enough, better)
    return _heat(table, words=words, limit=1.0, title=title, mode=mode, better=better)


def slope_heat(
    table: pd.DataFrame, *, claims: pd.DataFrame | None = None, enough: pd.DataFrame | None = None,
    better: pd.DataFrame | None = None, mode: Mode = "light",
) -> go.Figure:  # fmt: skip
    """Points gained from 0 to 100 % of the scale: rows are sizes, columns component and strategy (Table 2).

    Cells are marked as in :func:`correlation_heat`.
    """
    words = _words(table, claims, enough, better)
    values = table.to_numpy(float)
    limit = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
    return _heat(table, words=words, limit=limit, title="points, 0 to 100 %", mode=mode, better=better)


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


def decision_bars(table: pd.DataFrame, *, coin: float, mode: Mode = "light") -> go.Figure:
    """Decision accuracy of each metric and proxy, best first, with its interval and the line of a coin.

    ``table``: columns metric, accuracy, low, high, right, ties, pairs. A proxy, marked in its name, has a hue of its
    own.
    """
    best_last = table.iloc[::-1]
    hues = [theme.CATEGORIES[6] if "(proxy" in str(name) else theme.RANKED[2] for name in best_last["metric"]]
    accuracy, low, high = (best_last[name].to_numpy(float) for name in ("accuracy", "low", "high"))
    there = np.isfinite(low) & np.isfinite(high)
    figure = go.Figure(
        go.Bar(
            x=accuracy, y=[theme.text(name) for name in best_last["metric"]], orientation="h", marker={"color": hues},
            error_x={"type": "data", "symmetric": False, "array": np.where(there, np.maximum(0, high - accuracy), 0),
                     "arrayminus": np.where(there, np.maximum(0, accuracy - low), 0), "color": theme.INK[mode]},
            customdata=best_last[["right", "ties", "pairs"]],
            hovertemplate="<b>%{y}</b><br>%{x:.1%} of %{customdata[2]:,} pairs: %{customdata[0]:,} right, "
            "%{customdata[1]:,} tied<extra></extra>",
        )
    )  # fmt: skip
    figure.add_vline(x=coin, line={"dash": "dash", "color": theme.LEVELS["random"], "width": 2})
    figure.update_xaxes(
        title_text="share of pairs in the right order; dashed: a coin", range=[0, 1.02], tickformat=".0%"
    )
    figure.update_yaxes(type="category", dtick=1)
    return theme.styled(figure, mode=mode, height=max(300, 24 * len(best_last) + 120))


def _heat(
    table: pd.DataFrame, *, words: list[list[str]], limit: float, title: str, mode: Mode,
    better: pd.DataFrame | None = None,
) -> go.Figure:  # fmt: skip
    show = table.shape[0] <= COLOURED_UP_TO
    coloured = table if better is None else better.reindex_like(table)
    ticks = {} if better is None else {
        "tickvals": [-limit, -limit / 2, 0, limit / 2, limit],
        "ticktext": ["worse", f"{limit / 2:.3g}", "0", f"{limit / 2:.3g}", "better"],
    }  # fmt: skip
    figure = go.Figure(
        go.Heatmap(
            z=coloured.to_numpy(float), x=[theme.text(name) for name in table.columns],
            y=[theme.text(name) for name in table.index], zmin=-limit, zmax=limit,
            colorscale=theme.DIVERGING if better is None else theme.WORSE_TO_BETTER, xgap=2,
            ygap=2, text=words if show else None, texttemplate="%{text}" if show else None, hoverongaps=False,
            colorbar={"title": {"text": title, "side": "right"}, "thickness": 14, "lenmode": "pixels",
                      "len": max(150, min(400, 30 * table.shape[0])), **ticks},
            customdata=_told(table, coloured) if better is not None else None,
            hovertemplate="%{y}<br>%{x}<br>%{z:.3f}<extra></extra>" if better is None
            else "%{y}<br>%{x}<br>%{customdata}<extra></extra>",
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


def _told(table: pd.DataFrame, better: pd.DataFrame) -> list[list[str]]:
    """For each cell its number, and in words what more of the row's measure goes with."""
    told = []
    for values, signed in zip(table.to_numpy(float), better.to_numpy(float), strict=True):
        words = ["better" if sign > 0 else "worse" if sign < 0 else "" for sign in np.sign(signed)]
        turned = [" (a lower score is better here)" if a * b < 0 else "" for a, b in zip(values, signed, strict=True)]
        told.append([
            f"{value:.3f}" + (f": more goes with {word} scores{note}" if word else "")
            for value, word, note in zip(values, words, turned, strict=True)
        ])  # fmt: skip
    return told


def _words(
    table: pd.DataFrame,
    claims: pd.DataFrame | None,
    enough: pd.DataFrame | None = None,
    better: pd.DataFrame | None = None,
) -> list[list[str]]:
    """Bold where claimed, plain where there are enough subsets for a claim, else in brackets; ▲ is better, ▼ worse."""
    cells = _numbers(table, claims, enough)
    if better is None:
        return cells
    signs = np.sign(np.round(better.reindex_like(table).to_numpy(float), 2))
    marks = {1.0: "▲ ", -1.0: "▼ "}
    return [
        [marks.get(float(sign), "") + cell if cell else "" for sign, cell in zip(line, said, strict=True)]
        for line, said in zip(signs, cells, strict=True)
    ]


def _numbers(table: pd.DataFrame, claims: pd.DataFrame | None, enough: pd.DataFrame | None) -> list[list[str]]:
    values = table.to_numpy(float)
    bold = np.isfinite(values) if claims is None else claims.reindex_like(table).fillna(False).to_numpy(bool)
    bare = bold if enough is None else enough.reindex_like(table).fillna(False).to_numpy(bool)
    return [[_cell(*cell) for cell in zip(*lines)] for lines in zip(values, bold, bare)]


def _cell(value: float, bold: bool, bare: bool) -> str:
    if not np.isfinite(value):
        return ""
    said = f"{round(value, 2) + 0.0:.2f}".replace("-", "−")  # adding 0.0 turns −0 into 0
    return f"<b>{said}</b>" if bold else said if bare else f"({said})"
