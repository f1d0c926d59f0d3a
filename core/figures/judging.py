"""Figures of a judgement: its outcomes, length against verdict, and two judges beside one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures import theme
from core.figures.theme import Mode

# Won and lost stand at the two ends of the diverging scale that the house uses; equal is grey between them.
OUTCOME_COLOURS = {"Good": "#2F6DB5", "Same": theme.NOISE, "Bad": "#C44E52", "no verdict": "#E3C878"}


def outcome_bars(lines: Mapping[str, Mapping[str, int]], *, mode: Mode) -> go.Figure:
    """A bar for each judgement, divided into Good, Same, Bad and no verdict, with the number of prompts in each."""
    figure = go.Figure()
    names = [theme.text(name) for name in lines]
    for outcome, colour in OUTCOME_COLOURS.items():
        values = [counted.get(outcome, 0) for counted in lines.values()]
        if not any(values):
            continue
        figure.add_bar(
            y=names, x=values, orientation="h", name=outcome, marker={"color": colour},
            text=[str(value) if value else "" for value in values], textposition="inside", insidetextanchor="middle",
            textfont={"color": "#FFFFFF" if outcome in ("Good", "Bad") else "#1C2430"},
            hovertemplate=f"{outcome}: %{{x}} prompts<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title_text="prompts")
    figure.update_yaxes(type="category", autorange="reversed", showticklabels=len(names) > 1)
    figure = theme.styled(figure, mode=mode, height=150 + 34 * len(names))
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"})
    return figure


def length_curve(bins: pd.DataFrame, curve: pd.DataFrame, *, at_zero: float, mode: Mode) -> go.Figure:
    """Win rate against how much longer the judged answer is: observed groups, the fitted curve, its value at zero.

    ``bins``: :func:`core.judging.length.length_bins`; ``curve``: columns "characters longer" and "fitted".
    """
    ink = theme.INK[mode]
    figure = go.Figure()
    figure.add_hline(y=50, line={"color": theme.LEVELS["random"], "width": 1, "dash": "dot"})
    figure.add_vline(x=0, line={"color": theme.LEVELS["random"], "width": 1, "dash": "dot"})
    figure.add_scatter(
        x=curve["characters longer"], y=curve["fitted"], mode="lines", name="fitted",
        line={"color": theme.LEVELS["micro"], "width": 2.5}, hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=bins["characters longer"], y=bins["win rate"], mode="markers", name="observed, a group of prompts each",
        marker={"color": theme.LEVELS["macro"], "size": 10, "line": {"color": theme.PAPER[mode], "width": 1}},
        customdata=bins["prompts"],
        hovertemplate="%{x:,.0f} characters longer<br>win rate %{y:.1f} %<br>%{customdata} prompts<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=[0], y=[at_zero], mode="markers", name="at equal length",
        marker={"color": theme.LEVELS["micro"], "size": 13, "symbol": "diamond", "line": {"color": ink, "width": 1.5}},
        hovertemplate="at equal length<br>%{y:.1f} %<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title_text="characters that the judged answer is longer")
    figure.update_yaxes(title_text="win rate, %", range=[-3, 103])
    return theme.styled(figure, mode=mode, height=360)


def agreement_heat(table: Sequence[Sequence[int]], *, names: Sequence[str], mode: Mode) -> go.Figure:
    """The outcomes of one judgement (rows) against those of another (columns), in prompts."""
    counts = np.array(table, dtype=float)
    figure = go.Figure(
        go.Heatmap(
            z=counts, x=[f"{name} " for name in names], y=list(names), colorscale="Blues", showscale=False, xgap=2,
            ygap=2, text=counts.astype(int).astype(str), texttemplate="%{text}",
            hovertemplate="here %{y}, there %{x}: %{z} prompts<extra></extra>",
        )
    )  # fmt: skip
    figure.update_yaxes(title_text="this judgement", autorange="reversed", type="category", showgrid=False, ticks="")
    figure.update_xaxes(title_text="the other", type="category", showgrid=False, ticks="")
    return theme.styled(figure, mode=mode, height=300)
