"""Metrics on their random bands: a line for each metric, the band as a bar, the rows as a dot, on one common axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
import plotly.graph_objects as go

from core.counted import figure3
from core.figures.theme import INK, LEVELS, Mode, styled, text
from core.metrics.random_band import RandomBand
from core.metrics.reading import Reading
from core.metrics.registry import metric
from core.metrics.worded import worded, worded_span

SYMBOLS = ("circle", "diamond-open")
RIM = 6.0  # half-widths of the band beyond which a dot stands at the rim
LINE = 30  # pixels of a metric
MEANS = {1: "higher is more diverse", -1: "lower is more diverse", 0: "says nothing about diversity by itself"}


@dataclass(frozen=True, eq=False, kw_only=True)
class MetricDot:
    """A metric's value and its random bands by what they hold fixed ("as many rows"), or why something is missing.

    ``why`` says why there is no value, "" where there is one; ``without`` why a kind of random subset has no band.
    ``mark`` stands behind the title: " (preview)" where coarse vectors were read.
    """

    name: str
    value: float | None
    why: str = ""
    mark: str = ""
    bands: Mapping[str, RandomBand] = field(default_factory=dict)
    without: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return metric(self.name).title + self.mark

    @property
    def worded(self) -> str:
        """The value as people write it: "7.46", "100 %"; an em dash without one."""
        return worded(metric(self.name), self.value)

    @property
    def missing(self) -> list[str]:
        """Why there is no value, or no band: a sentence each."""
        if self.value is None:
            return [self.why or "not measured yet"]
        return [f"random band {why}" for why in dict.fromkeys(self.without.values())]


def dots_of(
    names: Sequence[str],
    readings: Mapping[str, Reading],
    bands: Mapping[str, Mapping[str, RandomBand]],
    *,
    marks: Mapping[str, str] | None = None,
) -> list[MetricDot]:
    """A dot for each metric of ``names``; ``bands`` are by what they hold fixed, then by metric.

    ``marks`` stand behind the titles of some metrics.
    """
    dots = []
    for name in names:
        reading = readings.get(name)
        drawn = {kind: own[name] for kind, own in bands.items() if name in own and own[name].span is not None}
        without = {
            kind: own[name].why if name in own else "not drawn yet" for kind, own in bands.items() if kind not in drawn
        }
        value = None if reading is None else reading.value
        why = "" if reading is None else reading.why
        dots.append(
            MetricDot(name=name, value=value, why=why, mark=(marks or {}).get(name, ""), bands=drawn, without=without)
        )
    return dots


def distance(value: float, band: RandomBand, direction: int) -> float:
    """How far a value is from the mean of its random band, in half-widths of the band's side; right is more diverse.

    −1 to 1 is inside the band. For a metric of which a lower value is more diverse (``direction`` −1) the sign is
    turned. A value off a band without width stands at infinity.
    """
    assert band.span is not None
    mean, low, high = band.span
    half = high - mean if value >= mean else mean - low
    away = value - mean
    steps = 0.0 if away == 0 else float("inf") * (1 if away > 0 else -1) if half == 0 else away / half
    return -steps if direction < 0 else steps


def metric_dots(dots: Sequence[MetricDot], *, colour: str, mode: Mode = "light") -> go.Figure:
    """The dot plot of ``dots``, the first on top; ``colour`` is that of the rows that were measured."""
    kinds = list(dict.fromkeys(kind for dot in dots for kind in (*dot.bands, *dot.without)))
    placed = [
        [(line, dot, distance(dot.value, dot.bands[kind], metric(dot.name).direction)) for line, dot in _lines(dots)
         if dot.value is not None and kind in dot.bands]
        for kind in kinds
    ]  # fmt: skip
    widest = max((abs(at) for own in placed for _, _, at in own), default=1.0)
    most = min(RIM, max(2.0, widest))
    figure = go.Figure()
    for line, dot in _lines(dots):
        if dot.value is not None and dot.bands:
            figure.add_shape(
                type="rect", x0=-1, x1=1, y0=line - 0.32, y1=line + 0.32, fillcolor=LEVELS["random"], opacity=0.28,
                line_width=0,
            )  # fmt: skip
        figure.add_annotation(
            x=1, xref="paper", xanchor="left", xshift=10, y=line, text=text(dot.worded), showarrow=False, align="left"
        )
        if dot.value is None or not dot.bands:
            said = dot.missing[0] if dot.missing else "no random band"
            figure.add_annotation(
                x=0, y=line, text=text(said if len(said) < 70 else f"{said[:69]}…"), showarrow=False,
                font={"color": LEVELS["random"], "size": 13},
            )  # fmt: skip
    figure.add_vline(x=0, line={"color": LEVELS["random"], "dash": "dot", "width": 1.5})
    for kind, symbol, own in zip(kinds, SYMBOLS, placed, strict=False):
        figure.add_scatter(
            x=[min(max(at, -most), most) for _, _, at in own],
            y=[line for line, _, _ in own],
            mode="markers",
            name=f"against random subsets of {kind}",
            marker={
                "size": 13,
                "color": colour,
                "symbol": [_symbol(symbol, at, most) for _, _, at in own],
                "line": {"color": INK[mode], "width": 1.5},
            },
            cliponaxis=False,
            hovertext=[_hover(dot, kind, at) for _, dot, at in own],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    ticks = [tick for tick in (-6, -4, -2, -1, 0, 1, 2, 4, 6) if abs(tick) <= most]
    figure.update_xaxes(
        range=[-most - 0.3, most + 0.3],
        tickvals=ticks,
        ticktext=["mean" if tick == 0 else f"{tick:+d}".replace("-", "−") for tick in ticks],
        title={"text": "−1 to +1, grey: where 95 % of random subsets lie · right: more diverse (italics: neither)"},
    )
    lines = [*_lines(dots)]
    figure.update_yaxes(
        tickvals=[line for line, _ in lines],
        ticktext=[text(dot.title) if metric(dot.name).direction else f"<i>{text(dot.title)}</i>" for _, dot in lines],
        range=[-0.6, len(dots) - 0.4],
        showgrid=False,
        ticks="",
    )
    figure = styled(figure, mode=mode, height=110 + LINE * len(dots))
    top = 34  # the legend's, and the tools' above the first value
    return figure.update_layout(
        showlegend=len(kinds) > 1, margin={"l": 210, "r": 120, "t": top, "b": 56}, xaxis_title_font_size=13
    )


def frame_of(dots: Sequence[MetricDot]) -> pd.DataFrame:
    """The table of the plot: for each metric and kind of random subset its value, the band and the distance."""
    lines = []
    for dot in dots:
        for kind in (*dot.bands, *dot.without):
            band = dot.bands.get(kind)
            mean, low, high = band.span if band is not None and band.span is not None else (None, None, None)
            both = dot.value is not None and band is not None
            lines.append(
                {
                    "metric": dot.name,
                    "value": dot.value,
                    "unit": metric(dot.name).unit,
                    "direction": metric(dot.name).direction,
                    "random": kind,
                    "mean": mean,
                    "low": low,
                    "high": high,
                    "half_widths": distance(dot.value, band, metric(dot.name).direction)  # type: ignore[arg-type]
                    if both
                    else None,
                    "why_missing": "; ".join(dot.missing) if not both else "",
                }
            )
    return pd.DataFrame(lines)


def _lines(dots: Sequence[MetricDot]) -> list[tuple[int, MetricDot]]:
    """Each dot with its height in the plot: the first is on top."""
    return [(len(dots) - 1 - place, dot) for place, dot in enumerate(dots)]


def _symbol(usual: str, at: float, most: float) -> str:
    """The marker of a dot; an arrow at the rim if the plot does not reach it."""
    return usual if abs(at) <= most else "triangle-right" if at > 0 else "triangle-left"


def _hover(dot: MetricDot, kind: str, at: float) -> str:
    chosen, band = metric(dot.name), dot.bands[kind]
    assert band.span is not None
    assert dot.value is not None
    mean, low, high = band.span
    where = band.place(dot.value)
    away = (
        f"{figure3(abs(at))} times as far from their mean as the end of the grey bar"
        if abs(at) != float("inf")
        else "all random subsets have the same value"
    )
    lines = [
        f"<b>{text(dot.title)}: {text(dot.worded)}</b>",
        f"{where} random subsets of {kind}: {worded(chosen, mean)} ({worded_span(chosen, low, high)})",
        away,
        MEANS[chosen.direction],
    ]
    return "<br>".join(lines)
