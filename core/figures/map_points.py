"""The places of rows on a map, four bytes a row, and the rows inside what a person draws or presses on it.

A place is a share of the map's width and height, from its lower left corner. The browser draws the same whole numbers
from which rows are picked here, so what is inside a line on the screen is inside it on the server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.figures.colouring import Colouring
from core.figures.lasso import inside

STEPS = 65_535  # of a place: two bytes each way
RIM = 0.05  # the share of each side that islands outside the frame get
WITHIN = 99.0  # per cent of the rows, each way, that the frame holds
WIDER = 0.12  # of the frame on each side, so that it cuts through no cluster at its edge
WORTH = 1.3  # the frame is cut only if the rows reach this many times as far
FEWEST = 100  # rows below which percentiles mean little
MOST_CORNERS = 2_000  # of a line that a browser may send

Manner = Literal["replace", "add", "remove"]


@dataclass(frozen=True, eq=False)
class MapPoints:
    """``places`` (rows, 2) uint16 and the number of rows that lie outside the frame, drawn at its rim."""

    places: NDArray[np.uint16]
    outside: int

    @property
    def shares(self) -> NDArray[np.float64]:
        """(rows, 2) the places as shares of the map, 0 to 1."""
        return self.places / STEPS


def map_points(xy: NDArray[np.floating]) -> MapPoints:
    """The places of the rows at ``xy`` (rows, 2).

    The frame holds the middle 99 % of the rows each way and a little more, so that a far island does not press all
    others together. Islands are drawn at the rim, in their order: the further away, the nearer to the edge.
    """
    points = np.asarray(xy, dtype=np.float64)
    shares, outside = np.full(points.shape, 0.5), np.zeros(len(points), dtype=bool)
    for axis in range(points.shape[1] if len(points) else 0):
        shares[:, axis], beyond = _framed(points[:, axis])
        outside |= beyond
    return MapPoints(np.round(shares * STEPS).astype(np.uint16), int(outside.sum()))


def _framed(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(rows,) shares from 0 to 1 along one side, and which rows lie outside the frame."""
    low, high = float(values.min()), float(values.max())
    if not high > low:
        return np.full(len(values), 0.5), np.zeros(len(values), dtype=bool)
    rest = (100 - WITHIN) / 2
    left, right = (float(end) for end in np.percentile(values, [rest, 100 - rest]))
    left, right = left - WIDER * (right - left), right + WIDER * (right - left)
    if len(values) < FEWEST or not right > left or (high - low) < WORTH * (right - left):
        return 0.02 + 0.96 * (values - low) / (high - low), np.zeros(len(values), dtype=bool)
    below, above = np.maximum(left - values, 0) / (right - left), np.maximum(values - right, 0) / (right - left)
    within = RIM + (1 - 2 * RIM) * (np.clip(values, left, right) - left) / (right - left)
    shares = within - RIM * below / (0.25 + below) + RIM * above / (0.25 + above)
    return np.clip(shares, 0, 1), (below > 0) | (above > 0)


def drawn_rows(event: Mapping[str, Any], points: MapPoints) -> NDArray[np.int64]:
    """Positions, ascending, of the rows inside the box or the lasso of ``event``: what the map of a browser sends.

    ``{"kind": "lasso" or "box", "x": [...], "y": [...]}`` with places as shares. Raises :class:`InputError` for
    anything else.
    """
    kind, x, y = event.get("kind"), event.get("x"), event.get("y")
    try:
        corners = {"x": [float(value) for value in x or ()], "y": [float(value) for value in y or ()]}
    except (TypeError, ValueError) as error:
        raise InputError("The map sent a line that is none.", remedy="Draw it again.") from error
    count = len(corners["x"])
    if kind not in ("lasso", "box") or count != len(corners["y"]) or not 2 <= count <= MOST_CORNERS:
        raise InputError("The map sent a line that is none.", remedy="Draw it again.")
    return np.flatnonzero(inside({kind: [corners]}, points.shares))


def legend_rows(colouring: Colouring, entry: int) -> NDArray[np.int64]:
    """Positions of the rows with the colour of the legend's ``entry``; none if several entries share that colour."""
    return np.flatnonzero(np.isin(colouring.codes, _legend_codes(colouring, entry)))


def has_legend_rows(colouring: Colouring, entry: int) -> bool:
    """Whether :func:`legend_rows` gives any, without looking at the rows again."""
    return bool(colouring.rows_of_codes[_legend_codes(colouring, entry)].any())


def _legend_codes(colouring: Colouring, entry: int) -> list[int]:
    """The codes with the colour of the legend's ``entry``; none if several entries share that colour."""
    shades = [colour for _, colour, _ in colouring.legend]
    if not 0 <= entry < len(shades) or shades.count(shades[entry]) > 1:
        return []
    return [code for code, colour in enumerate(colouring.palette) if colour == shades[entry]]


def combined(before: NDArray[np.int64], rows: NDArray[np.int64], manner: Manner) -> NDArray[np.int64]:
    """The selection after ``rows`` replaced, joined or left the one ``before``; both ascending, without repeats."""
    if manner == "add":
        return np.union1d(before, rows)
    if manner == "remove":
        return np.setdiff1d(before, rows)
    return np.asarray(rows, dtype=np.int64)


def packed(mask: NDArray[np.bool_]) -> bytes:
    """(rows,) booleans as bits, the first row in the lowest bit of the first byte."""
    return np.packbits(mask, bitorder="little").tobytes()
