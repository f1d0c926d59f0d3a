"""The map of a training: rows by how confident a model was of them and how much that varied, in cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import NOISE, SEQUENTIAL, Mode, styled

CELLS = 40  # along each side
LARGEST = 20  # pixels across the marker of the cell with most rows
SMALLEST = 4


def cells_of(confidence: NDArray[Any], variability: NDArray[Any]) -> NDArray[np.int64]:
    """(rows,) the number of the cell that each row lies in, -1 for a row without both numbers.

    The cells divide both, from 0 to its largest value, into :data:`CELLS` parts: of a small model, all confidences are
    low.
    """
    known = np.isfinite(confidence) & np.isfinite(variability)
    places = [
        np.clip((np.nan_to_num(values) / _end(values[known]) * CELLS).astype(np.int64), 0, CELLS - 1)
        for values in (variability, confidence)
    ]
    return np.where(known, places[0] * CELLS + places[1], -1)


def _end(values: NDArray[Any]) -> float:
    """The largest of ``values``; 1 where there is none above 0."""
    return float(np.max(values, initial=0.0)) or 1.0


def cell_table(
    confidence: NDArray[Any], variability: NDArray[Any], correctness: NDArray[Any] | None, labels: NDArray[np.object_]
) -> pd.DataFrame:
    """A line for each cell with rows: cell, rows, their mean variability, confidence and correctness, and region.

    ``labels`` (rows,) are the rows' regions; a cell has the one of most of its rows.
    """
    cell = cells_of(confidence, variability)
    known = np.flatnonzero(cell >= 0)
    right = np.full(len(cell), np.nan) if correctness is None else correctness
    lines = pd.DataFrame({
        "cell": cell[known], "variability": variability[known], "confidence": confidence[known],
        "correctness": right[known], "region": labels[known],
    })  # fmt: skip
    means = lines.groupby("cell")[["variability", "confidence", "correctness"]].mean()
    counts = lines.groupby("cell").size().rename("rows")
    region = lines.groupby(["cell", "region"]).size().reset_index(name="n").sort_values(["n", "region"])
    most = region.drop_duplicates("cell", keep="last").set_index("cell")["region"]
    return pd.concat([counts, means, most], axis=1).reset_index()


def cartography_figure(table: pd.DataFrame, *, mode: Mode = "light", height: int = 430) -> go.Figure:
    """The cells of :func:`cell_table`: larger for more rows, coloured by correctness (grey where that is unknown)."""
    top = _end(table["confidence"].to_numpy())
    size = SMALLEST + (LARGEST - SMALLEST) * np.sqrt(table["rows"] / max(1, table["rows"].max()))
    known = bool(table["correctness"].notna().any())
    colour: Mapping[str, Any] = (
        {
            "color": table["correctness"],
            "colorscale": SEQUENTIAL,
            "colorbar": {"title": "correct,<br>share", "thickness": 12},
        }
        if known
        else {"color": NOISE}
    )
    figure = go.Figure(
        go.Scatter(
            x=table["variability"],
            y=table["confidence"],
            mode="markers",
            marker={"size": size, "line": {"width": 0}, **colour},
            customdata=table[["cell", "rows", "region"]].to_numpy(),
            hovertemplate="%{customdata[1]:,} rows, most %{customdata[2]}<br>confidence %{y:.3g}, "
            "variability %{x:.3g}<extra></extra>",
        )
    )
    figure.update_xaxes(title="variability: how much it changed over the epochs", rangemode="tozero")
    figure.update_yaxes(title="confidence: mean probability", range=[-0.03 * top, 1.05 * top])
    figure.update_layout(showlegend=False)
    return styled(figure, mode=mode, height=height)


def rows_in_box(
    confidence: NDArray[Any], variability: NDArray[Any], *, x: Sequence[float], y: Sequence[float]
) -> NDArray[np.int64]:
    """The rows, ascending, with a variability between the ends of ``x`` and a confidence between those of ``y``."""
    with np.errstate(invalid="ignore"):
        inside = (variability >= min(x)) & (variability <= max(x)) & (confidence >= min(y)) & (confidence <= max(y))
    return np.flatnonzero(inside)
