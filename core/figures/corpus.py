"""Figures of the Corpus page: how long the rows are, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.figures.theme import CATEGORIES, Mode, component_shade, styled, text

BASE = "#2F6DB5"
BARS = 12  # values shown by name; the rest are one bar


def length_table(report: Mapping[str, Any]) -> pd.DataFrame:
    """Bins of the lengths: component, from and to in characters, rows."""
    parts = []
    for component in ("instruction", "response"):
        held = report["lengths"][component]["histogram"]
        edges = held["edges"]
        parts.append(
            pd.DataFrame(
                {
                    "component": component,
                    "from_characters": edges[:-1],
                    "to_characters": edges[1:],
                    "rows": held["counts"],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def length_histogram(table: pd.DataFrame, *, mode: Mode = "light", height: int = 280) -> go.Figure:
    """Rows by length in characters, instruction and response, on a logarithmic axis."""
    figure = go.Figure()
    for component in ("instruction", "response"):
        part = table[table["component"] == component]
        low, high = part["from_characters"], part["to_characters"]
        figure.add_scatter(
            x=(low * high) ** 0.5,
            y=part["rows"],
            mode="lines",
            line={"shape": "hvh", "width": 2, "color": component_shade(BASE, component)},
            fill="tozeroy",
            name=component.capitalize(),
            customdata=list(zip(low, high, strict=True)),
            hovertemplate="%{customdata[0]:,.0f}–%{customdata[1]:,.0f} characters: %{y:,.0f} rows<extra></extra>",
        )
    ticks = [1, 10, 100, 1_000, 10_000, 100_000]
    figure.update_xaxes(
        type="log", title="Characters", tickvals=ticks, ticktext=["1", "10", "100", "1,000", "10,000", "100,000"]
    )
    figure.update_yaxes(title="Rows", tickformat=",", rangemode="tozero")
    return styled(figure, mode=mode, height=height)


def count_table(counts: Mapping[str, int], *, title: str) -> pd.DataFrame:
    """The most frequent values with their rows; what is beyond the twelfth is summed at the end."""
    ordered = [(name, count) for name, count in counts.items() if name != "(others)"]
    shown, rest = ordered[:BARS], ordered[BARS:]
    if len(rest) == 1:
        shown, rest = ordered, []
    others = sum(count for _, count in rest) + counts.get("(others)", 0)
    if others:
        shown = [*shown, (f"{len(rest):,}{' and more' if '(others)' in counts else ''} others", others)]
    return pd.DataFrame(shown, columns=[title, "rows"])


def count_bars(table: pd.DataFrame, *, mode: Mode = "light", height: int = 280) -> go.Figure:
    """One bar a value, the largest on top."""
    title = str(table.columns[0])
    labels = [text(value if len(str(value)) <= 28 else f"{str(value)[:27]}…") for value in table[title]]
    figure = go.Figure(
        go.Bar(
            x=table["rows"],
            y=list(range(len(table))),
            orientation="h",
            marker={"color": CATEGORIES[0]},
            text=[f"{count:,.0f}" for count in table["rows"]],
            textposition="auto",
            customdata=[text(value) for value in table[title]],
            hovertemplate="%{customdata}: %{x:,.0f} rows<extra></extra>",
        )
    )
    figure.update_yaxes(tickvals=list(range(len(table))), ticktext=labels, autorange="reversed", title=None)
    figure.update_xaxes(title="Rows", tickformat=",")
    return styled(figure, mode=mode, height=max(height, 24 * len(table) + 80))
