"""The losses of a training inside: a hue for each member, a line for each run."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from core.figures import theme
from core.figures.theme import Mode


def loss_curves(points: pd.DataFrame, *, y_title: str, mode: Mode = "light") -> go.Figure:
    """``points`` has run, member, tokens and value; runs of one member share its hue and one entry of the legend."""
    figure = go.Figure()
    members = list(dict.fromkeys(points["member"]))
    for (member, run), part in points.groupby(["member", "run"], sort=False):
        colour = theme.CATEGORIES[members.index(member) % len(theme.CATEGORIES)]
        first = run == points.loc[points["member"] == member, "run"].iloc[0]
        name = theme.text(str(member))
        figure.add_trace(
            go.Scatter(
                x=part["tokens"], y=part["value"], mode="lines+markers" if len(part) < 20 else "lines",
                line={"color": colour, "width": 1.8}, marker={"size": 5}, name=name, legendgroup=name, showlegend=first,
                hovertemplate=f"<b>{theme.text(str(run))}</b><br>%{{x:,.0f}} tokens: %{{y:.4g}}<extra></extra>",
            )
        )  # fmt: skip
    figure.update_layout(showlegend=True)
    figure.update_xaxes(title_text="tokens learnt")
    figure.update_yaxes(title_text=theme.text(y_title))
    return theme.styled(figure, mode=mode, height=380)
