"""The map of a corpus: a dot for every row; many rows are drawn as one picture, so that the map stays fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.corpus.row_ids import show_id
from core.figures.colouring import Colouring
from core.figures.density import cloud_image
from core.figures.lasso import inside
from core.figures.theme import GRID, INK, NOISE, PAPER, Mode, styled, text

DRAWN = 2_000  # up to this many rows are drawn as dots of their own
CELLS = (26, 18)  # of the grid that makes a picture clickable
LABELS = 14  # most cluster labels

Bounds = tuple[float, float, float, float]


def corpus_map(
    xy: NDArray[np.floating],
    colouring: Colouring,
    *,
    labels: Sequence[tuple[str, float, float]] = (),
    marked: int | None = None,
    ids: NDArray[np.uint64] | None = None,
    mode: Mode = "light",
    height: int = 560,
) -> go.Figure:
    """The rows at ``xy`` (rows, 2) in the colours of ``colouring``.

    Up to :data:`DRAWN` rows are markers with their position as customdata. More rows are one picture below a grid of
    invisible markers, one for each cell that holds rows; a drawn box or lasso comes back as geometry that
    :func:`picked_rows` reads. ``labels`` are (name, x, y), most important first; those that would overlap an
    earlier one are left out. ``marked`` is the position of a row to ring; ``ids`` (rows,) are shown under the cursor.
    """
    bounds = map_bounds(xy)
    figure = go.Figure()
    if len(xy) <= DRAWN:
        _dots(figure, xy, colouring, ids)
    else:
        _picture(figure, xy, colouring, bounds)
    if marked is not None:
        ring = {"size": 16, "color": "rgba(0,0,0,0)", "line": {"width": 3, "color": INK[mode]}}
        figure.add_trace(
            go.Scatter(
                x=[float(xy[marked, 0])], y=[float(xy[marked, 1])],
                mode="markers", marker=ring, hoverinfo="skip", showlegend=False,
            )
        )  # fmt: skip
    _legend(figure, colouring)
    _labels(figure, labels, bounds, mode, height)
    styled(figure, mode=mode, height=height)
    hidden = {"showgrid": False, "showticklabels": False, "ticks": "", "title": {"text": ""}, "showline": False}
    figure.update_xaxes(range=list(bounds[:2]), **hidden)
    figure.update_yaxes(range=list(bounds[2:]), **hidden)
    figure.update_layout(
        margin={"l": 4, "r": 4, "t": 8, "b": 4},
        legend={
            "orientation": "h", "y": -0.01, "yanchor": "top", "x": 0, "font": {"size": 13},
            "itemclick": False, "itemdoubleclick": False,
        },
        newselection={"line": {"color": INK[mode], "width": 2}},
        activeselection={"fillcolor": "rgba(0,0,0,0)", "opacity": 1},
        hovermode="closest",
        modebar={"bgcolor": PAPER[mode], "color": NOISE, "activecolor": INK[mode]},
    )  # fmt: skip
    return figure


def map_bounds(xy: NDArray[np.floating]) -> Bounds:
    """Left, right, low, high of the map, a little wider than the rows; never empty."""
    if len(xy) == 0:
        return (-1.0, 1.0, -1.0, 1.0)
    low, high = np.min(xy, axis=0).astype(float), np.max(xy, axis=0).astype(float)
    margin = np.where(high > low, 0.03 * (high - low), 1.0)
    low, high = low - margin, high + margin
    return (float(low[0]), float(high[0]), float(low[1]), float(high[1]))


def picked_rows(selection: Mapping[str, Any], xy: NDArray[np.floating]) -> NDArray[np.int64]:
    """Positions of the rows that a selection event selects, none when nothing was selected.

    A box or a lasso selects the rows inside it, ascending. A click on a marker selects its row; a click on a picture
    selects the rows of that cell, the nearest to its middle first.
    """
    if selection.get("box") or selection.get("lasso"):
        return np.flatnonzero(inside(selection, xy))
    points = [point["customdata"] for point in selection.get("points") or () if point.get("customdata") is not None]
    values = [int(value[0] if isinstance(value, (list, tuple)) else value) for value in points]
    if not values:
        return np.empty(0, dtype=np.int64)
    if len(xy) <= DRAWN:
        return np.unique([value for value in values if 0 <= value < len(xy)]).astype(np.int64)
    cells = _cells(xy, map_bounds(xy))
    picked = []
    for cell in dict.fromkeys(values):
        rows = np.flatnonzero(cells == cell)
        middle = xy[rows].mean(axis=0) if len(rows) else 0
        picked.append(rows[np.argsort(((xy[rows] - middle) ** 2).sum(axis=1), kind="stable")])
    return np.concatenate(picked).astype(np.int64)


def label_places(
    xy: NDArray[np.floating], labels: NDArray[np.int32], names: Sequence[str], *, most: int = LABELS
) -> list[tuple[str, float, float]]:
    """Name and middle (median) of the largest clusters, for :func:`corpus_map`."""
    places = []
    for cluster in range(min(most, int(labels.max(initial=-1)) + 1)):
        middle = np.median(xy[labels == cluster], axis=0)
        places.append((names[cluster], float(middle[0]), float(middle[1])))
    return places


def _cells(xy: NDArray[np.floating], bounds: Bounds) -> NDArray[np.int64]:
    """(rows,) cell of the click grid that each row lies in."""
    left, right, low, high = bounds
    columns, lines = CELLS
    column = np.clip((xy[:, 0] - left) / (right - left) * columns, 0, columns - 1).astype(np.int64)
    line = np.clip((xy[:, 1] - low) / (high - low) * lines, 0, lines - 1).astype(np.int64)
    return line * columns + column


def _dots(figure: go.Figure, xy: NDArray[np.floating], colouring: Colouring, ids: NDArray[np.uint64] | None) -> None:
    faint = np.isin(colouring.codes, colouring.behind)
    order = np.argsort(~faint, kind="stable")  # grey rows first, so that they lie below
    palette = np.array(colouring.palette, dtype=object)
    size = 8 if len(xy) <= 500 else 6
    figure.add_trace(
        go.Scattergl(
            x=np.round(xy[order, 0].astype(float), 4),
            y=np.round(xy[order, 1].astype(float), 4),
            mode="markers",
            marker={
                "size": size,
                "color": palette[colouring.codes[order]],
                "opacity": np.where(faint[order], 0.4, 0.85),
            },
            customdata=order,
            text=None if ids is None else [show_id(row_id) for row_id in ids[order].tolist()],
            hovertemplate=None if ids is None else "row %{text}<extra></extra>",
            hoverinfo="none" if ids is None else None,
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 0.25}},
            showlegend=False,
        )
    )


def _picture(figure: go.Figure, xy: NDArray[np.floating], colouring: Colouring, bounds: Bounds) -> None:
    left, right, low, high = bounds
    figure.add_layout_image(
        source=cloud_image(xy, colouring.codes, colouring.palette, bounds=bounds, behind=colouring.behind),
        xref="x", yref="y", x=left, y=high, sizex=right - left, sizey=high - low, sizing="stretch", layer="below",
    )  # fmt: skip
    cells = _cells(xy, bounds)
    count = np.bincount(cells, minlength=CELLS[0] * CELLS[1])
    filled = np.flatnonzero(count)
    middle = [np.bincount(cells, weights=xy[:, axis].astype(float), minlength=len(count))[filled] for axis in (0, 1)]
    invisible = {"marker": {"opacity": 0}}
    figure.add_trace(
        go.Scatter(
            x=np.round(middle[0] / count[filled], 3),
            y=np.round(middle[1] / count[filled], 3),
            mode="markers",
            marker={"size": 24, "opacity": 0, "color": "#000000"},
            customdata=filled,
            text=[f"rows here: {value:,}" for value in count[filled]],
            hovertemplate="%{text}<extra></extra>",
            selected=invisible,
            unselected=invisible,
            showlegend=False,
        )
    )


def _legend(figure: go.Figure, colouring: Colouring) -> None:
    for name, colour, rows in colouring.legend:
        shown = name if len(name) <= 32 else name[:31] + "…"
        figure.add_trace(
            go.Scatter(
                x=[None], y=[None], mode="markers", hoverinfo="skip",
                marker={"size": 11, "color": colour}, name=f"{text(shown)} ({rows:,})",
            )
        )  # fmt: skip
    if colouring.span is not None:
        low, high = colouring.span
        first, last = (float(np.log10(end)) if colouring.logarithmic else end for end in (low, high))
        ticks = np.linspace(first, last, num=5)
        names = 10**ticks if colouring.logarithmic else ticks
        scale = [[step / (len(colouring.palette) - 2), colour] for step, colour in enumerate(colouring.palette[:-1])]
        bar = {
            "title": {"text": text(colouring.title), "side": "right"}, "thickness": 12, "len": 0.6, "x": 1,
            "tickvals": ticks.tolist(), "ticktext": [f"{value:,.3g}" for value in names],
        }  # fmt: skip
        marker = {"color": [first], "cmin": first, "cmax": last, "colorscale": scale, "colorbar": bar}
        figure.add_trace(
            go.Scatter(
                x=[None], y=[None], mode="markers", marker=marker | {"showscale": True},
                hoverinfo="skip", showlegend=False,
            )
        )  # fmt: skip


def _labels(
    figure: go.Figure, labels: Sequence[tuple[str, float, float]], bounds: Bounds, mode: Mode, height: int
) -> None:
    """Draw labels as annotations; a label that would cover an earlier one is left out."""
    left, right, low, high = bounds
    width = 820  # pixels of a map beside a reading card: exact enough to keep labels apart
    taken: list[tuple[float, float, float]] = []
    for name, x, y in labels[:LABELS]:
        shown = name if len(name) <= 30 else name[:29] + "…"
        half = 4.0 * len(shown) + 8
        at = ((x - left) / (right - left) * width, (y - low) / (high - low) * height)
        if any(abs(at[0] - a) < half + other and abs(at[1] - b) < 24 for a, b, other in taken):
            continue
        taken.append((*at, half))
        anchor = "left" if at[0] < half else "right" if at[0] > width - half else "center"  # the edge cuts no label
        figure.add_annotation(
            x=x, y=y, text=text(shown), xanchor=anchor, showarrow=False, font={"size": 13, "color": INK[mode]},
            bgcolor=PAPER[mode], opacity=0.88, borderpad=2, bordercolor=GRID[mode], captureevents=False,
        )  # fmt: skip
