"""The figures around the slider: the measured curve above it, the mix of the subset below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from core.counted import counted
from core.figures.theme import CATEGORIES, INK, LEVELS, NOISE, Mode, component_shade, level_colour, styled, text


def curve(
    table: pd.DataFrame,
    *,
    title: str,
    unit: str,
    level: str,
    component: str,
    position: float,
    band: tuple[float, float, float] | None = None,
    tick: float | None = None,
    levels: Sequence[float] = (),
    log: bool = False,
    mode: Mode = "light",
    height: int = 230,
) -> go.Figure:
    """A metric against the slider's position, with the handle and the random band.

    ``table`` has columns position (0 to 1) and value; ``band`` is (mean, low, high) of random subsets of the same
    size; ``tick`` is where on the slider a random subset's own types stand; ``levels`` are the series' positions.
    """
    colour = component_shade(level_colour(level), component)
    figure = go.Figure()
    if band is not None:
        mean, low, high = band
        grey = LEVELS["random"]
        figure.add_hrect(y0=low, y1=high, fillcolor=grey, opacity=0.22, line_width=0)
        figure.add_hline(y=mean, line={"color": grey, "dash": "dot", "width": 1.5})
    drawn = table.dropna(subset=["value"])
    figure.add_scatter(
        x=drawn["position"] * 100,
        y=drawn["value"],
        mode="lines+markers",
        line={"color": colour, "width": 3},
        marker={"size": 6 if len(drawn) > 1 else 12},
        cliponaxis=False,  # so that the dots at 0 and 100 % are not cut
        name=title,
        hovertemplate="%{x:.1f} %: %{y:.4g}<extra></extra>",
    )
    figure.add_vline(x=position * 100, line={"color": INK[mode], "width": 2})
    if tick is not None:
        figure.add_vline(x=tick * 100, line={"color": LEVELS["random"], "width": 2, "dash": "dash"})
        fits = tick < 0.9  # further right the word would leave the plot
        figure.add_annotation(
            x=tick * 100,
            y=1,
            yref="paper",
            text="random",
            showarrow=False,
            xanchor="left" if fits else "right",
            yanchor="top",
            xshift=4 if fits else -4,
            font={"color": LEVELS["random"], "size": 13},
        )
    figure.update_xaxes(
        range=[0, 100],
        tickvals=[round(at * 100, 1) for at in levels] or None,
        ticktext=[f"{at * 100:.1f}".removesuffix(".0") + " %" for at in levels] or None,
    )
    figure.update_yaxes(title={"text": unit}, type="log" if log else "linear", automargin=False)
    figure.update_layout(title={"text": text(title), "font": {"size": 14}, "x": 0, "xref": "container", "y": 0.99})
    figure = styled(figure, mode=mode, height=height)
    return figure.update_layout(showlegend=False, margin={"l": 72, "r": 32, "t": 28, "b": 28})


def mix(counts: pd.DataFrame, *, title: str, mode: Mode = "light", height: int = 230, most: int = 8) -> go.Figure:
    """Shares of a column's values in the subset and in the pool, as two bars for each value, the largest first.

    ``counts`` has columns value, subset, pool (rows); values past ``most`` are joined as "others".
    """
    table = counts.sort_values(["pool", "value"], ascending=[False, True]).reset_index(drop=True)
    if len(table) > most:
        rest = table.iloc[most - 1 :]
        others = {"value": f"{counted(len(rest), 'other')}", "subset": rest["subset"].sum(), "pool": rest["pool"].sum()}
        table = pd.concat([table.iloc[: most - 1], pd.DataFrame([others])], ignore_index=True)
    names = [text(str(value)[:28]) for value in table["value"]][::-1]
    figure = go.Figure()
    for column, colour, label in (("pool", NOISE, "pool"), ("subset", CATEGORIES[0], "subset")):
        total = max(1, int(table[column].sum()))
        figure.add_bar(
            y=names,
            x=(table[column] / total * 100)[::-1],
            orientation="h",
            name=label,
            marker={"color": colour},
            hovertemplate="%{y}: %{x:.1f} %<extra>" + label + "</extra>",
        )
    figure.update_xaxes(title={"text": f"share of rows by {text(title)} (%)"})
    figure.update_yaxes(tickmode="linear", dtick=1, tickfont={"size": 13})  # else Plotly leaves out every second name
    figure = styled(figure, mode=mode, height=height)
    return figure.update_layout(barmode="group", bargap=0.25, margin={"l": 120, "r": 12, "t": 24, "b": 44})


def frame_of(values: Mapping[float, float | None]) -> pd.DataFrame:
    """Positions and values as the table that :func:`curve` draws and downloads."""
    return pd.DataFrame({"position": list(values), "value": list(values.values())}).sort_values("position")
