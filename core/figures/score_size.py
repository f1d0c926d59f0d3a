"""Score against size: the points of the subsets, a line through their means, and random subsets as a grey band."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from core.figures import theme
from core.figures.evidence import colour_of, faded
from core.figures.theme import Mode

GREY = theme.LEVELS["random"]


def score_against_size(
    points: pd.DataFrame, lines: pd.DataFrame, band: pd.DataFrame, *, by_strategy: bool, x_title: str, y_title: str,
    mode: Mode = "light",
) -> go.Figure:  # fmt: skip
    """Score over size, on a logarithmic axis. ``points``: columns at, score, name, strategy, component, line (a name).

    ``lines``: columns line, at, score; ``band``: at, score, low, high of random subsets, NaN where there is no band.
    With ``by_strategy`` a line has its strategy's hue in the shade of its component, else a hue of the categories.
    """
    figure = go.Figure()
    banded = band.dropna(subset=["low", "high"])
    if len(banded) > 1:
        figure.add_trace(
            go.Scatter(
                x=[*banded["at"], *banded["at"][::-1]], y=[*banded["high"], *banded["low"][::-1]], fill="toself",
                fillcolor=faded(GREY, 0.22), mode="lines", line={"width": 0}, hoverinfo="skip",
                name="random, 95 % of one more",
            )
        )  # fmt: skip
    if len(band):
        spread = band["high"] - band["score"]
        figure.add_trace(
            go.Scatter(
                x=band["at"], y=band["score"], mode="lines+markers", name="random", line={"color": GREY, "width": 2},
                marker={"size": 8, "color": GREY}, hovertemplate="random<br>%{x:,} → %{y:.4g}<extra></extra>",
                error_y={"type": "data", "array": spread.fillna(0), "color": GREY, "visible": len(banded) == 1},
            )
        )  # fmt: skip
    for number, name in enumerate(dict.fromkeys(lines["line"])):
        part, line = points[points["line"] == name], lines[lines["line"] == name]
        hue = theme.CATEGORIES[number % len(theme.CATEGORIES)]
        if by_strategy:
            hue = colour_of(str(part["strategy"].iloc[0]), points)
            hue = theme.component_shade(hue, str(part["component"].iloc[0]))
        figure.add_trace(
            go.Scatter(
                x=line["at"], y=line["score"], mode="lines", line={"color": hue, "width": 2.5},
                name=theme.text(name), legendgroup=name, hoverinfo="skip",
            )
        )  # fmt: skip
        figure.add_trace(
            go.Scatter(
                x=part["at"], y=part["score"], mode="markers", marker={"size": 9, "color": hue, "opacity": 0.75},
                text=[theme.text(value) for value in part["name"]], legendgroup=name, showlegend=False,
                hovertemplate="<b>%{text}</b><br>%{x:,} → %{y:.4g}<extra></extra>",
            )
        )  # fmt: skip
    sizes = sorted(points["at"].unique())
    few = len(sizes) <= 8
    figure.update_xaxes(
        type="log", title_text=theme.text(x_title), tickvals=sizes if few else None,
        ticktext=[f"{size:,.0f}" for size in sizes] if few else None,
    )  # fmt: skip
    figure.update_yaxes(title_text=theme.text(y_title))
    figure.update_layout(showlegend=True)
    return theme.styled(figure, mode=mode, height=480)
