"""A law of mixtures drawn: what it predicts against what came out, and the best mixture with its ranges."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from core.figures import theme
from core.figures.evidence import faded
from core.figures.theme import Mode

COLOUR = theme.PLAIN
GREY = theme.LEVELS["random"]


def predicted_scatter(points: pd.DataFrame, *, title: str, mode: Mode = "light", height: int = 420) -> go.Figure:
    """What a law predicts for runs that it has not seen, against what came out; on the grey line both agree.

    ``points``: columns name, predicted, observed.
    """
    both = points[["predicted", "observed"]].to_numpy(float)
    ends = [float(both.min()), float(both.max())] if len(both) else [0.0, 1.0]
    figure = go.Figure(
        [
            go.Scatter(x=ends, y=ends, mode="lines", line={"color": GREY, "dash": "dot"}, name="predicted = observed",
                       hoverinfo="skip"),
            go.Scatter(
                x=points["predicted"], y=points["observed"], mode="markers", name="runs",
                text=[theme.text(name) for name in points["name"]],
                marker={"size": 8, "color": faded(COLOUR, 0.55), "line": {"width": 1, "color": COLOUR}},
                hovertemplate="<b>%{text}</b><br>predicted %{x:.4g}, observed %{y:.4g}<extra></extra>",
            ),
        ]
    )  # fmt: skip
    figure.update_xaxes(title_text=f"predicted {theme.text(title)}")
    figure.update_yaxes(title_text=f"observed {theme.text(title)}")
    return theme.styled(figure, mode=mode, height=height)


def best_mixture(table: pd.DataFrame, *, mode: Mode = "light") -> go.Figure:
    """The share of each source in the best mixture, with its 95 % range, beside the mean share that was tried.

    ``table``: columns source, mean, best, best_low, best_high, from 0 to 1, the best source first.
    """
    ordered = table.sort_values("best", ascending=True, kind="stable")
    names = [theme.text(name) for name in ordered["source"]]
    best, low, high = (100 * ordered[name].to_numpy(float) for name in ("best", "best_low", "best_high"))
    figure = go.Figure(
        [
            go.Scatter(
                x=100 * ordered["mean"], y=names, mode="markers", name="mean tried",
                marker={"symbol": "line-ns", "size": 16, "line": {"width": 3, "color": GREY}},
                hovertemplate="%{y}: mean tried %{x:.1f} %<extra></extra>",
            ),
            go.Scatter(
                x=best, y=names, mode="markers", name="best by the law, 95 % range",
                marker={"size": 10, "color": COLOUR},
                error_x={"type": "data", "symmetric": False, "array": (high - best).clip(0),
                         "arrayminus": (best - low).clip(0), "thickness": 2, "width": 4, "color": faded(COLOUR, 0.7)},
                hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
            ),
        ]
    )  # fmt: skip
    figure.update_xaxes(title_text="share of the mixture, %", rangemode="tozero")
    return theme.styled(figure, mode=mode, height=max(420, 26 * len(names) + 110))
