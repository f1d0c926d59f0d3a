"""What a curve says at a glance: where it crosses the random band, where more rows begin to give little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from core.metrics.registry import metric
from core.workbench.inspections.curves import Grid

Kind = Literal["leaves the band", "enters the band", "gain halves"]
Place = Literal["below", "inside", "above"]


@dataclass(frozen=True)
class Crossing:
    """A point where a curve crosses a border of the band, from left to right, and where the curve goes."""

    x: float
    y: float
    before: Place
    after: Place

    @property
    def leaves(self) -> bool:
        """Whether the curve leaves the band here, rather than entering it or crossing all of it."""
        return self.before == "inside"


@dataclass(frozen=True, kw_only=True)
class CurveMark:
    """A notable point of a strategy's curve: ``x`` on the grid's axis, ``y`` in the metric's unit."""

    strategy: str
    kind: Kind
    x: float
    y: float
    after: Place | None = None  # where the curve is after this point, relative to the band


def curve_marks(grid: Grid, points: pd.DataFrame, band: pd.DataFrame) -> list[CurveMark]:
    """Where each strategy of ``grid`` crosses the random band, and over sizes where its gain per row halves.

    ``points`` and ``band`` are those of :func:`core.workbench.inspections.curves.curve_table`.
    """
    marks: list[CurveMark] = []
    spans = band.set_index("size")
    for name in grid.strategies:
        own = points[(points["strategy"] == name) & points["value"].notna()].sort_values(grid.axis)
        banded = own[own["size"].isin(spans.index)]
        low, high = (spans.loc[banded["size"], side].tolist() for side in ("low", "high"))
        x, y = banded[grid.axis].astype(float).tolist(), banded["value"].tolist()
        for crossing in crossings(x, y, low=low, high=high):
            kind: Kind = "leaves the band" if crossing.leaves else "enters the band"
            marks.append(CurveMark(strategy=name, kind=kind, x=crossing.x, y=crossing.y, after=crossing.after))
        if grid.axis == "size":
            sizes, values = own["size"].astype(float).tolist(), own["value"].tolist()
            half = gain_halves(sizes, values, direction=metric(grid.metric).direction)
            if half is not None:
                height = float(np.interp(half, sizes, values))
                marks.append(CurveMark(strategy=name, kind="gain halves", x=half, y=height))
    return marks


def crossings(
    x: Sequence[float], values: Sequence[float], *, low: Sequence[float], high: Sequence[float]
) -> list[Crossing]:
    """The points where a curve crosses a random band, with straight lines between its points.

    ``x`` is ascending, all four arrays have the same length, the band may vary with x. A curve that crosses the whole
    band between two points crosses both borders. A point on a border is inside.
    """
    crossed: list[Crossing] = []
    for left in range(len(x) - 1):
        right = left + 1
        here: list[tuple[float, Place, Place]] = []
        for border, outer in ((low, "below"), (high, "above")):
            first, last = values[left] - border[left], values[right] - border[right]
            sign = 1 if outer == "above" else -1
            out_before, out_after = sign * first > 0, sign * last > 0
            if out_before != out_after:
                share = first / (first - last)
                outside: Place = "above" if outer == "above" else "below"
                here.append((share, outside, "inside") if out_before else (share, "inside", outside))
        for share, before, after in sorted(here):
            at = x[left] + share * (x[right] - x[left])
            crossed.append(Crossing(at, values[left] + share * (values[right] - values[left]), before, after))
    return crossed


def gain_halves(sizes: Sequence[float], values: Sequence[float], *, direction: int = 1) -> float | None:
    """The size at which 1,000 more rows gain half as much as at first, or None if no size does.

    The gain between two neighbouring sizes is placed at their midpoint and interpolated linearly between midpoints. It
    is compared with the first gain. ``direction`` −1 counts a fall as gain, 0 takes the direction of the first step.
    None also if the curve gains nothing at first.
    """
    if len(sizes) < 3:
        return None
    steps = list(pairwise(zip(sizes, values, strict=True)))
    middles = [(left + right) / 2 for (left, _), (right, _) in steps]
    gains = [1_000 * (last - first) / (right - left) for (left, first), (right, last) in steps]
    sign = direction or (1 if gains[0] >= 0 else -1)
    gains = [sign * gain for gain in gains]
    if gains[0] <= 0:
        return None
    half = gains[0] / 2
    for at in range(1, len(gains)):
        if gains[at] <= half:
            share = (gains[at - 1] - half) / (gains[at - 1] - gains[at])
            return middles[at - 1] + share * (middles[at] - middles[at - 1])
    return None
