"""The figures around the slider: the measured curve above it, the mix of the subset below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from core.counted import counted
from core.figures.metric_axis import metric_axis
from core.figures.theme import INK, LEVELS, NOISE, PLAIN, Mode, component_shade, styled, text


@dataclass(frozen=True, eq=False, kw_only=True)
class SecondCurve:
    """A second strategy over the same slider: its ``table`` as that of :func:`curve`, and its value at the handle."""

    table: pd.DataFrame
    name: str
    colour: str
    value: float | None


def curve(
    table: pd.DataFrame,
    *,
    title: str,
    unit: str,
    colour: str,
    component: str,
    position: float,
    value: float | None = None,
    name: str = "",
    second: SecondCurve | None = None,
    band: tuple[float, float, float] | None = None,
    tick: float | None = None,
    levels: Sequence[float] = (),
    log: bool = False,
    mode: Mode = "light",
    height: int = 230,
) -> go.Figure:
    """A metric against the slider's position, with the handle and the random band.

    ``table`` has columns position (0 to 1) and value; ``value`` is the reading at ``position``; ``band`` is (mean, low,
    high) of random subsets of the same size; ``tick`` is where on the slider a random subset's own types stand;
    ``levels`` are the series' positions. With a ``second`` strategy a legend names both, the first as ``name``.
    """
    figure = go.Figure()
    if band is not None:
        mean, low, high = band
        grey = LEVELS["random"]
        figure.add_hrect(y0=low, y1=high, fillcolor=grey, opacity=0.22, line_width=0)
        figure.add_hline(y=mean, line={"color": grey, "dash": "dot", "width": 1.5})
    if second is not None:
        _add_curve(
            figure, second.table, colour=component_shade(second.colour, component), name=second.name, dash="dash"
        )
        _add_point(figure, position, second.value, colour=component_shade(second.colour, component), mode=mode)
    _add_curve(figure, table, colour=component_shade(colour, component), name=name or title)
    _add_point(figure, position, value, colour=component_shade(colour, component), mode=mode)
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
    metric_axis(figure, unit=unit).update_yaxes(type="log" if log else "linear", automargin=False)
    figure = styled(figure, mode=mode, height=height)
    top = 12 if second is None else 30
    legend = {"y": 1, "yanchor": "bottom", "x": 0, "font": {"size": 13}, "traceorder": "reversed"}
    return figure.update_layout(
        showlegend=second is not None, legend=legend, margin={"l": 72, "r": 32, "t": top, "b": 28}
    )


def _add_curve(figure: go.Figure, table: pd.DataFrame, *, colour: str, name: str, dash: str = "solid") -> None:
    drawn = table.dropna(subset=["value"])
    figure.add_scatter(
        x=drawn["position"] * 100,
        y=drawn["value"],
        mode="lines+markers",
        line={"color": colour, "width": 3, "dash": dash},
        marker={"size": 6 if len(drawn) > 1 else 12},
        cliponaxis=False,  # so that the dots at 0 and 100 % are not cut
        name=text(name),
        hovertemplate="%{x:.1f} %: %{y:.4g}<extra></extra>",
    )


def _add_point(figure: go.Figure, position: float, value: float | None, *, colour: str, mode: Mode) -> None:
    """The reading of the subset at the handle."""
    if value is None:
        return
    figure.add_scatter(
        x=[position * 100],
        y=[value],
        mode="markers",
        marker={"size": 13, "color": colour, "line": {"color": INK[mode], "width": 2}},
        cliponaxis=False,
        showlegend=False,
        hovertemplate="%{x:.1f} %: %{y:.4g}<extra>this subset</extra>",
    )


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
    for column, colour, label in (("pool", NOISE, "pool"), ("subset", PLAIN, "subset")):
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
