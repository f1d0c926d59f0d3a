"""The axis of a metric's values: shares in per cent, any other unit as people say it."""

from __future__ import annotations

import plotly.graph_objects as go

from core.counted import spoken_unit
from core.figures.theme import text
from core.metrics.worded import SHARE


def metric_axis(figure: go.Figure, *, unit: str, title: str = "") -> go.Figure:
    """Name the y-axis of ``figure`` after ``title`` and its metric's ``unit``, and write shares in per cent."""
    said = "" if unit == SHARE else spoken_unit(unit)
    named = f"{title} ({said})" if title and said else title or said
    return figure.update_yaxes(title={"text": text(named)}, tickformat=".3~%" if unit == SHARE else None)
