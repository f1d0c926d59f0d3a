"""A figure for a room: the same picture with larger type, thicker lines and larger points."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import numpy as np
import plotly.graph_objects as go

TYPE, LINES, POINTS, HEIGHT = 1.3, 1.7, 1.4, 1.12  # how many times as large


def enlarged(figure: go.Figure) -> go.Figure:
    """A copy of ``figure`` to be read from the back of a room; its data and its colours stay as they are."""
    whole = figure.to_plotly_json()
    layout = dict(whole["layout"])
    if height := layout.get("height"):
        layout["height"] = round(height * HEIGHT)
    return go.Figure({"data": [_larger(trace, "") for trace in whole["data"]], "layout": _larger(layout, "")})


def _larger(value: Any, name: str) -> Any:
    """``value``, which stands under the key ``name``, with every size of type, line and point in it larger."""
    if isinstance(value, list | tuple) and all(isinstance(entry, dict) for entry in value):
        return [_larger(entry, name) for entry in value]
    if not isinstance(value, dict):
        return value
    larger = {key: _larger(entry, key) for key, entry in value.items()}
    if "size" in value and (name.endswith("font") or name == "marker"):
        larger["size"] = _times(value["size"], TYPE if name.endswith("font") else POINTS)
    if "width" in value and name == "line":
        larger["width"] = _times(value["width"], LINES)
    return larger


def _times(size: Any, factor: float) -> Any:
    if isinstance(size, dict) and "bdata" in size:  # as Plotly writes an array
        size = np.frombuffer(b64decode(size["bdata"]), dtype=size["dtype"])
    if isinstance(size, int | float):
        return size * factor
    return (
        (np.asarray(size, dtype=np.float64) * factor).tolist() if isinstance(size, list | tuple | np.ndarray) else size
    )
