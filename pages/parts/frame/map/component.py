"""The map as a component of the page: it gets names of bytes and few words, and sends back what a hand did on it.

The points are drawn by scripts of ours on a canvas: 117,000 take 2–3 ms, a million 10–25 ms, without a graphics card.
regl-scatterplot 1.16, tried first, took 220 ms for each recolouring of 117,000 points where WebGL runs on the
processor, and 400 ms to start. The browser thus draws the density itself, from every row, at any zoom: opacity grows
with the points of a pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.figures.colouring import Colouring
from core.figures.map_points import MapPoints, has_legend_rows, packed
from core.figures.theme import NOISE
from core.row_positions import CorpusRows
from pages.parts.frame.map.served import mounting, put
from pages.parts.frame.session_keys import Key

MOST_LABELS = 400
HEIGHT = "clamp(360px, calc(100vh - 395px), 900px)"

Labels = Sequence[tuple[str, float, float]]  # name, and its place as shares of the map, most important first


@dataclass(frozen=True, eq=False)
class Painted:
    """Colours as the browser gets them: the address of one byte a row, or, if ``bits``, of one bit a row."""

    colouring: Colouring
    codes: str
    bits: bool


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What one map shows of its rows. ``selected`` None: nothing is selected; ``shape`` is the drawn line that stays.

    ``pool``: bits of the rows that are not faint, None for all. ``marks`` are rows with a ring around them.
    ``source`` is the name under which the browser asks about single rows.
    """

    layout: str
    points: MapPoints
    painted: Painted
    source: str
    name: str
    said: str
    labels: Labels = ()
    selected: CorpusRows | None = None
    shape: Mapping[str, Any] | None = None
    pool: NDArray[np.bool_] | None = None
    marks: Sequence[tuple[int, str]] = field(default_factory=tuple)
    height: str = HEIGHT


def painted(colouring: Colouring) -> Painted:
    """``colouring`` with its codes put where the browser fetches them: membership as bits, all else as bytes."""
    bits = len(colouring.palette) == 2
    codes = packed(colouring.codes == 0) if bits else colouring.codes.astype(np.uint8).tobytes()
    return Painted(colouring, put(codes), bits)


def show_map(shown: Shown, *, key: Key[Any], on_event: Callable[[], None], mode: str) -> None:
    """Draw the map; ``on_event`` runs before the next run when a hand has picked something on it: see :func:`event`."""
    st.components.v2.component("diverscope_map", js=mounting("map.js"))(
        data=message(shown, mode=mode), key=key.name, on_event_change=on_event, height="content"
    )


def event(key: Key[Any]) -> Mapping[str, Any]:
    """What the hand did, for the callback of :func:`show_map`; {} for nothing."""
    sent = getattr(key.get(None), "event", None)
    return sent if isinstance(sent, Mapping) else {}


def message(shown: Shown, *, mode: str) -> dict[str, Any]:
    """What the page sends to the browser for one map: all of it, but for the bytes that it names."""
    rows, colouring = len(shown.points.places), shown.painted.colouring
    selected = None
    if shown.selected is not None:
        mask = np.zeros(rows, dtype=bool)
        mask[shown.selected] = True
        selected = put(packed(mask))
    grey = NOISE if mode == "light" else "#5C6675"  # what is in the back stays there on a dark page too

    def shade(colour: str) -> str:
        return grey if colour == NOISE else colour

    legend = [
        {
            "name": name,
            "colour": shade(colour),
            "rows": count,
            "entry": entry if has_legend_rows(colouring, entry) else -1,
        }
        for entry, (name, colour, count) in enumerate(colouring.legend)
    ]
    return {
        "keep": f"{shown.layout}/{shown.name}",
        "places": put(shown.points.places.tobytes()),
        "codes": shown.painted.codes,
        "bits": shown.painted.bits,
        "palette": [shade(colour) for colour in colouring.palette],
        "behind": list(colouring.behind),
        "grey": grey,
        "selected": selected,
        "count": None if shown.selected is None else len(shown.selected),
        "pool": None if shown.pool is None else put(packed(shown.pool)),
        "shape": dict(shown.shape) if shown.shape else None,
        "labels": [{"name": name, "x": round(x, 5), "y": round(y, 5)} for name, x, y in shown.labels[:MOST_LABELS]],
        "legend": legend,
        "scale": _scale(colouring),
        "marks": [{"row": row, "kind": kind} for row, kind in shown.marks],
        "hover": shown.source,
        "name": shown.name,
        "said": shown.said,
        "height": shown.height,
        "mode": mode,
    }


def _scale(colouring: Colouring) -> dict[str, Any] | None:
    """The colour bar of a number: its title, its colours from low to high, five ticks; None for other colourings."""
    if colouring.span is None:
        return None
    low, high = colouring.span
    first, last = (float(np.log10(end)) if colouring.logarithmic else end for end in (low, high))
    ticks = np.linspace(first, last, num=5)
    values = 10**ticks if colouring.logarithmic else ticks
    return {
        "title": colouring.title,
        "colours": list(colouring.palette[:-1]),
        "ticks": [f"{value:,.3g}" for value in values],
    }
