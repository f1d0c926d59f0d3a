"""What random subsets of the same size measure: the grey band beside every number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.metrics.metric import Measuring
from core.metrics.registry import measure
from core.metrics.row_order import seeded_order
from core.progress import Progress, silent
from core.view import View


def random_rows(view: View, *, size: int, unit: Literal["rows", "tokens"] = "rows", seed: int = 0) -> NDArray[np.int64]:
    """Ascending positions of a random subset: the first rows by hash(seed, row id) that ``size`` rows or tokens hold.

    A larger ``size`` contains the smaller one of the same seed. At least one row, at most all of them.
    """
    order = seeded_order(view.ids, seed=seed)
    count = size
    if unit == "tokens":
        count = int(np.searchsorted(np.cumsum(view.tokens.lengths[order]), size, side="right"))
    return np.sort(order[: max(1, count)])


def random_band(
    names: Sequence[str],
    pool: View,
    *,
    size: int,
    unit: Literal["rows", "tokens"] = "rows",
    draws: int = 20,
    seed: int = 0,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    device: str = "cpu",
    progress: Progress = silent,
) -> dict[str, tuple[float, float, float]]:
    """(mean, 2.5 %, 97.5 %) of each metric over ``draws`` random subsets of ``pool``.

    ``size`` counts ``unit``. A metric that is undefined on any draw has no band. More draws steady the ends of the
    band and cost as much more.
    """
    found: dict[str, list[float]] = {name: [] for name in names}
    for draw in range(draws):
        rows = random_rows(pool, size=size, unit=unit, seed=seed + draw + 1)
        view = pool.take(rows)
        for name in names:
            progress(draw, draws, "random subsets measured")
            reading = measure(
                name,
                Measuring(
                    view=view,
                    reference=pool,
                    parameters=(parameters or {}).get(name, {}),
                    seed=seed,
                    device=device,
                    progress=progress,
                ),
            )
            if reading.value is not None:
                found[name].append(reading.value)
    progress(draws, draws, "random subsets measured")
    return {name: _band(values) for name, values in found.items() if len(values) == draws}


def _band(values: Sequence[float]) -> tuple[float, float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(np.mean(values)), float(low), float(high)
