"""A metric over each knob of corpora of known diversity, a panel a knob."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.figures import theme
from core.figures.evidence import faded
from core.figures.theme import Mode

DIVERSE, OTHER = theme.PLAIN, theme.LEVELS["random"]


def knob_panels(
    curves: pd.DataFrame, *, panels: Sequence[tuple[str, str, bool]], title: str, mode: Mode = "light"
) -> go.Figure:
    """The mean of a metric with the deviation between seeds, over each knob; all panels share the metric's axis.

    ``curves``: columns knob, step, value, spread. ``panels``: (knob, title, whether more of it is more diverse); knobs
    of size and length are grey.
    """
    figure = make_subplots(rows=1, cols=len(panels), shared_yaxes=True, horizontal_spacing=0.02)
    for place, (knob, named, diverse) in enumerate(panels, start=1):
        part = curves[curves["knob"] == knob].sort_values("step")
        colour = DIVERSE if diverse else OTHER
        steps, mean, spread = (part[name].to_numpy(float) for name in ("step", "value", "spread"))
        figure.add_trace(
            go.Scatter(
                x=np.concatenate([steps, steps[::-1]]), y=np.concatenate([mean + spread, (mean - spread)[::-1]]),
                mode="lines", fill="toself", fillcolor=faded(colour, 0.18), line={"width": 0}, hoverinfo="skip",
                showlegend=False,
            ),
            row=1, col=place,
        )  # fmt: skip
        figure.add_trace(
            go.Scatter(
                x=steps, y=mean, mode="lines+markers", line={"color": colour, "width": 2.5}, marker={"size": 7},
                name="more of it is more diverse" if diverse else "size and length: the same diversity",
                legendgroup=str(diverse), showlegend=place in (1, len(panels)),
                hovertemplate=f"{theme.text(named)} %{{x:g}}: %{{y:.4g}}<extra></extra>",
            ),
            row=1, col=place,
        )  # fmt: skip
        scale = "log" if len(steps) and steps.min() > 0 and steps.max() / steps.min() >= 8 else "linear"
        figure.update_xaxes(
            title_text=theme.text(named), title_font_size=13, type=scale, row=1, col=place,
            tickvals=steps, ticktext=[f"{step:g}" for step in steps], tickfont_size=12, tickangle=0,
        )  # fmt: skip
    figure.update_yaxes(title_text=theme.text(title), row=1, col=1)
    return theme.styled(figure, mode=mode, height=360)
