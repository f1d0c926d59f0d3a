"""A metric as the subset grows, around the size on the slider: its size in any unit, everything else as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from core.budgets.size_axis import SizeAxis
from core.errors import Infeasible
from core.selection.partial_order import OrderTooShort
from core.workbench.build import Built, request_of
from core.workbench.inspections.curves import Grid
from core.workbench.readings import Measurer

COLUMNS = ("strategy", "position", "size", "rows", "value")
WIDTH = 8  # the smallest size is so many times smaller than that on the slider, the largest so many times larger
POINTS = 9


def size_now(built: Built, sizes: SizeAxis) -> int:
    """What the rows of ``built`` take of a size, in the unit that recipes of ``sizes`` count.

    Raises :class:`core.errors.FeatureMissing` where the tokens of a component are not counted.
    """
    costs = built.corpus_view.costs(sizes.counted, row_cutoff=sizes.row_cutoff)
    return len(built.answer.rows) if costs is None else int(costs[built.answer.rows].sum())


def sizes_around(built: Built, sizes: SizeAxis) -> list[int]:
    """Sizes from an eighth of the subset's to eight times as much, or to nine tenths of the pool; its own among them.

    They are ascending and evenly spaced on a logarithmic scale, in the unit that recipes of ``sizes`` count.
    """
    costs = built.corpus_view.costs(sizes.counted, row_cutoff=sizes.row_cutoff)
    whole = len(built.corpus_view.pool) if costs is None else int(costs.sum())
    here = max(1, size_now(built, sizes))
    most = max(here, min(WIDTH * here, int(0.9 * whole)))
    return sorted({here, *(max(1, round(size)) for size in np.geomspace(max(1, here / WIDTH), most, num=POINTS))})


def size_curve(built: Built, measurer: Measurer, name: str, sizes: SizeAxis, at: Sequence[int]) -> pd.DataFrame:
    """The metric ``name`` at the slider's position and each size of ``at``, which recipes of ``sizes`` count.

    The table has COLUMNS. A size that the pool cannot give, or of which the metric is undefined, has a NaN ``value``;
    sizes that a stopped order does not reach are left out. Quotas in per cent grow with the size.
    """
    strategy, points = built.recipe.strategy, []
    for size in at:
        request = request_of(built.corpus_view, replace(built.recipe, **sizes.fields(size)))
        rows, value = 0, None
        try:
            answer = built.plan.answer(request)
            rows, value = len(answer.rows), measurer.measured(answer.rows, [name])[name].value
        except OrderTooShort:
            continue
        except Infeasible:
            pass
        points.append((strategy, built.recipe.position, size, rows, np.nan if value is None else value))
    return pd.DataFrame(points, columns=list(COLUMNS)).astype({"size": "int64", "rows": "int64", "value": "float64"})


def size_bands(
    measurer: Measurer, name: str, sizes: SizeAxis, at: Sequence[int], *, stored_only: bool = False
) -> pd.DataFrame:
    """The random band of the metric at each size of ``at``: a table of size, mean, low, high.

    Sizes that hold all rows of the pool, or of which the metric has no band, are left out; with ``stored_only`` those
    too whose random subsets were never drawn.
    """
    drawn = []
    for size in _banded(measurer, sizes, at):
        bands = measurer.band(
            [name], size=size, unit=sizes.counted, row_cutoff=sizes.row_cutoff, stored_only=stored_only
        )
        band = bands.get(name)
        if band is not None and band.span is not None:
            drawn.append((size, *band.span))
    return pd.DataFrame(drawn, columns=["size", "mean", "low", "high"])


def undrawn(measurer: Measurer, name: str, sizes: SizeAxis, at: Sequence[int]) -> list[int]:
    """The sizes of ``at`` whose random subsets were never drawn, though the metric could be measured on them."""
    return [
        size
        for size in _banded(measurer, sizes, at)
        if not measurer.band(
            [name], size=size, unit=sizes.counted, row_cutoff=sizes.row_cutoff, stored_only=True
        )
    ]  # fmt: skip


def size_grid_of(subsets: Sequence[Built], name: str, component: str, sizes: SizeAxis, at: Sequence[int]) -> Grid:
    """The points of :func:`size_curve` and their bands as the grid of the job that measures curves."""
    first = subsets[0].recipe
    return Grid(
        recipe=replace(first, **sizes.fields(max(at)), ids_digest="", rows=0).as_dict(),
        strategies=list(dict.fromkeys(built.recipe.strategy for built in subsets)),
        axis="size",
        at=[float(size) for size in at],
        metric=name,
        component=component,
    )


def _banded(measurer: Measurer, sizes: SizeAxis, at: Sequence[int]) -> list[int]:
    """The sizes that some rows of the pool fill, so that random subsets of them differ."""
    view = measurer.corpus_view
    costs = view.costs(sizes.counted, row_cutoff=sizes.row_cutoff)
    whole = len(view.pool) if costs is None else int(costs.sum())
    return [size for size in at if size < whole]
