"""Figures of the Corpus page: how long the rows are, and where they come from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.figures.theme import CATEGORIES, Mode, component_shade, styled, text

BASE = "#2F6DB5"
BARS = 12  # values shown by name; the others are one bar


def length_table(report: Mapping[str, Any]) -> pd.DataFrame:
    """Bins of the lengths: component, from and to in characters, rows."""
    parts = []
    for component in ("instruction", "response"):
        histogram = report["lengths"][component]["histogram"]
        edges = histogram["edges"]
        parts.append(
            pd.DataFrame(
                {
                    "component": component,
                    "from_characters": edges[:-1],
                    "to_characters": edges[1:],
                    "rows": histogram["counts"],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def length_histogram(table: pd.DataFrame, *, mode: Mode = "light", height: int = 280) -> go.Figure:
    """Rows by length in characters, instruction and response, on a logarithmic axis."""
    filled = table[table["rows"] > 0]
    first, last = (filled["from_characters"].min(), filled["to_characters"].max()) if len(filled) else (1.0, 10.0)
    figure = go.Figure()
    for component in ("instruction", "response"):
        part = table[
            (table["component"] == component) & table["from_characters"].between(first, last, inclusive="left")
        ]
        low, high, counts = part["from_characters"].tolist(), part["to_characters"].tolist(), part["rows"].tolist()
        figure.add_scatter(
            x=[*low, *high[-1:]],
            y=[*counts, *counts[-1:]],  # a step runs from its own edge to the next
            mode="lines",
            line={"shape": "hv", "width": 2, "color": component_shade(BASE, component)},
            fill="tozeroy",
            name=component.capitalize(),
            customdata=[*zip(low, high, strict=True), *zip(low[-1:], high[-1:], strict=True)],
            hovertemplate="%{customdata[0]:,.0f}–%{customdata[1]:,.0f} characters: %{y:,.0f} rows<extra></extra>",
        )
    ticks = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000]
    wide = last > first * 50
    ticks = [tick for tick in ticks if not wide or str(tick)[0] == "1"]
    figure.update_xaxes(
        type="log",
        title="Characters",
        tickvals=ticks,
        ticktext=[f"{tick:,}" for tick in ticks],
        range=[math.log10(first), math.log10(last)],
    )
    figure.update_yaxes(title="Rows", tickformat=",", rangemode="tozero")
    if table["rows"].max() < 6:
        figure.update_yaxes(dtick=1)
    return styled(figure, mode=mode, height=height)


def count_table(counts: Mapping[str, int], *, title: str) -> pd.DataFrame:
    """The most frequent values with their rows; the values after the twelfth are summed at the end."""
    named = [(name, count) for name, count in counts.items() if name != "(others)"]
    ordered = sorted(named, key=lambda item: (-item[1], item[0]))
    shown, rest = ordered[:BARS], ordered[BARS:]
    if len(rest) == 1:
        shown, rest = ordered, []
    others = sum(count for _, count in rest) + counts.get("(others)", 0)
    if others:
        shown = [*shown, (f"{len(rest):,}{' and more' if '(others)' in counts else ''} others", others)]
    return pd.DataFrame(shown, columns=[title, "rows"])


def count_bars(table: pd.DataFrame, *, mode: Mode = "light", height: int = 280) -> go.Figure:
    """A bar for each value, the largest on top."""
    title = str(table.columns[0])
    labels = [text(value if len(str(value)) <= 28 else f"{str(value)[:27]}…") for value in table[title]]
    figure = go.Figure(
        go.Bar(
            x=table["rows"],
            y=list(range(len(table))),
            orientation="h",
            width=0.7,
            marker={"color": CATEGORIES[0]},
            text=[f"{count:,.0f}" for count in table["rows"]],
            textposition="outside",
            textangle=0,
            textfont={"size": 13},
            constraintext="none",
            cliponaxis=False,
            customdata=[text(value) for value in table[title]],
            hovertemplate="%{customdata}: %{x:,.0f} rows<extra></extra>",
        )
    )
    figure.update_yaxes(
        tickvals=list(range(len(table))), ticktext=labels, range=[max(len(table), 5) - 0.5, -0.5], title=None
    )
    most = float(table["rows"].max()) if len(table) else 1.0
    figure.update_xaxes(title="Rows", tickformat=",", range=[0, most * 1.18])
    if len(table) and table["rows"].max() < 6:
        figure.update_xaxes(dtick=1)
    return styled(figure, mode=mode, height=max(height, 24 * len(table) + 80))
