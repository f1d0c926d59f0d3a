"""Figures of the Corpus page: how long the rows are, and where they come from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.figures.theme import NOISE, PAPER, PLAIN, Mode, component_shade, styled, text

BARS = 12  # values shown by name; the others are one bar, drawn apart


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
            line={"shape": "hv", "width": 2, "color": component_shade(PLAIN, component)},
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


def count_table(counts: Mapping[str, int], *, title: str, by_number: bool = False) -> pd.DataFrame:
    """The most frequent values with their rows; the values after the twelfth are summed at the end.

    ``by_number``: the values are whole numbers and stay in their order. The column ``values`` says how many values a
    line sums up.
    """
    named = [(name, count) for name, count in counts.items() if name != "(others)"]
    ordered = sorted(named, key=lambda item: (int(item[0]), 0) if by_number else (-item[1], item[0]))
    shown, rest = ordered[:BARS], ordered[BARS:]
    if len(rest) == 1:
        shown, rest = ordered, []
    lines = [(name, count, 1) for name, count in shown]
    others = sum(count for _, count in rest) + counts.get("(others)", 0)
    if others:
        name = f"{len(rest):,}{' and more' if '(others)' in counts else ''} others"
        if by_number and rest:
            name = f"{int(rest[0][0]):,} to {int(rest[-1][0]):,}"
        lines.append((name, others, max(2, len(rest))))
    return pd.DataFrame(lines, columns=[title, "rows", "values"])


def count_bars(table: pd.DataFrame, *, mode: Mode = "light", height: int = 280) -> go.Figure:
    """A bar for each value, the first on top; the others together are drawn apart and no longer than the longest.

    So that a thousand rare values do not flatten the frequent ones; the number beside each bar is exact.
    """
    title = str(table.columns[0])
    alone = (table["values"] == 1).to_numpy()
    most = float(table["rows"][alone].max()) if alone.any() else float(table["rows"].max() if len(table) else 1)
    places = np.arange(len(table)) + np.where(alone, 0.0, 0.45)
    labels = [text(value if len(str(value)) <= 28 else f"{str(value)[:27]}…") for value in table[title]]
    figure = go.Figure()
    for kind, marker in (
        (alone, {"color": PLAIN}),
        (~alone, {"color": NOISE, "pattern": {"shape": "/", "size": 5, "fgcolor": PAPER[mode]}}),
    ):
        if not kind.any():
            continue
        counts = table["rows"][kind]
        cut = counts > most
        figure.add_bar(
            x=counts.clip(upper=most),
            y=places[kind],
            orientation="h",
            width=0.7,
            marker=marker,
            text=[f"{'→ ' if longer else ''}{count:,.0f}" for count, longer in zip(counts, cut, strict=True)],
            textposition="outside",
            textangle=0,
            textfont={"size": 13},
            constraintext="none",
            cliponaxis=False,
            customdata=[
                (text(value), f"{count:,.0f}", "; the bar is cut off" if longer else "")
                for value, count, longer in zip(table[title][kind], counts, cut, strict=True)
            ],
            hovertemplate="%{customdata[0]}: %{customdata[1]} rows%{customdata[2]}<extra></extra>",
        )
    last = places[-1] if len(places) else 0.0
    figure.update_yaxes(tickvals=places.tolist(), ticktext=labels, range=[max(last, 4) + 0.5, -0.5], title=None)
    figure.update_xaxes(title="Rows", tickformat=",", range=[0, most * 1.18])
    if len(table) and most < 6:
        figure.update_xaxes(dtick=1)
    figure.update_layout(showlegend=False)
    return styled(figure, mode=mode, height=max(height, 24 * len(table) + 80))


def value_table(lows: Sequence[float], highs: Sequence[float], counts: Sequence[int]) -> pd.DataFrame:
    """Bins of a column of numbers: lowest and highest value, rows."""
    return pd.DataFrame({"from": lows, "to": highs, "rows": counts})


def value_bars(table: pd.DataFrame, *, title: str, mode: Mode = "light", height: int = 240) -> go.Figure:
    """Rows in each bin of a column of numbers, the bins side by side whatever their width."""
    names = [
        f"{low:.3g}" if low == high else f"{low:.3g}–{high:.3g}"
        for low, high in zip(table["from"], table["to"], strict=True)
    ]
    figure = go.Figure(
        go.Bar(
            x=list(range(len(names))), y=table["rows"], marker={"color": PLAIN}, customdata=names,
            hovertemplate="%{customdata}: %{y:,} rows<extra></extra>",
        )
    )  # fmt: skip
    step = max(1, -(-len(names) // 6))
    begins = [f"{low:.2g}" for low in table["from"]]
    figure.update_xaxes(title=text(title), tickvals=list(range(0, len(names), step)), ticktext=begins[::step])
    figure.update_yaxes(title="Rows", tickformat=",", type="log" if _skewed(table) else "linear")
    return styled(figure, mode=mode, height=height)


def _skewed(table: pd.DataFrame) -> bool:
    """Whether one bin dwarfs the others, which a logarithmic axis shows."""
    counts = sorted(table["rows"].tolist())
    return len(counts) > 1 and counts[-1] > 50 * max(1, counts[-2])


def cut_curve(table: pd.DataFrame, *, limit: int, mode: Mode = "light", height: int = 200) -> go.Figure:
    """Rows that are longer over the context length in tokens, columns context and rows, with a mark at ``limit``."""
    figure = go.Figure(
        go.Scatter(
            x=table["context"], y=table["rows"], mode="lines+markers", line={"color": PLAIN, "width": 2},
            marker={"size": 6}, hovertemplate="%{x:,} tokens: %{y:,} rows are longer<extra></extra>",
        )
    )  # fmt: skip
    figure.add_vline(x=limit, line={"color": NOISE, "dash": "dot", "width": 2})
    ticks = table["context"].tolist()
    figure.update_xaxes(
        type="log", title="Context, in tokens", tickvals=ticks, ticktext=[f"{tick:,}" for tick in ticks]
    )
    figure.update_yaxes(title="Longer rows", tickformat=",", rangemode="tozero")
    return styled(figure, mode=mode, height=height)
