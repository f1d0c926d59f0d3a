"""The random band: where random subsets of the same size stand, shown beside every value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading
from core.metrics.registry import measure, metric
from core.metrics.row_order import first_in_seeded_order, seeded_order
from core.progress import Progress, silent
from core.view import View


@dataclass(frozen=True, kw_only=True)
class RandomBand:
    """The 95 % band of a metric over random subsets.

    Where ``mean`` is None there is no band, and one of two texts says why, as in a reading: ``undefined`` if a subset
    has no such number, ``failed`` for a fault of the program. ``draws`` holds the values of the subsets.
    """

    mean: float | None
    low: float | None = None
    high: float | None = None
    draws: tuple[float, ...] = ()
    undefined: str = ""
    failed: str = ""

    @property
    def why(self) -> str:
        """Why there is no band; "" where there is one."""
        return self.failed or self.undefined

    @property
    def span(self) -> tuple[float, float, float] | None:
        """(mean, low, high), or None where there is no band."""
        if self.mean is None or self.low is None or self.high is None:
            return None
        return self.mean, self.low, self.high

    def place(self, value: float) -> Literal["below", "inside", "above"]:
        """Where ``value`` stands relative to the band; "inside" if there is no band."""
        if self.low is None or self.high is None:
            return "inside"
        return "below" if value < self.low else "above" if value > self.high else "inside"


def random_rows(
    ids: NDArray[np.uint64], *, size: int, cost: NDArray[np.int64] | None = None, seed: int
) -> NDArray[np.int64]:
    """Ascending positions of a random subset: the first in the order of hash(seed, row id).

    It has ``size`` rows; with ``cost`` (rows,) it has as many of the first rows as together cost at most ``size``.
    Raises :class:`InputError` when there are fewer rows, or they cost less.
    """
    if cost is None:
        if not 1 <= size <= len(ids):
            raise InputError(f"{size:,} random rows are asked for and there are {len(ids):,}.", remedy="Ask for fewer.")
        return first_in_seeded_order(ids, size, seed=seed)
    total = int(cost.sum())
    if size > total:
        raise InputError(
            f"A budget of {size:,} tokens is asked for and all rows together have {total:,}.", remedy="Ask for fewer."
        )
    few = min(len(ids), int(1.1 * len(ids) * size / max(total, 1)) + 100)  # about as many as the budget holds
    while True:
        first = first_in_seeded_order(ids, few, seed=seed)
        order = first[seeded_order(ids[first], seed=seed)]
        spent = np.cumsum(cost[order])
        if spent[-1] > size or few == len(ids):
            return np.sort(order[: int(np.searchsorted(spent, size, side="right"))])
        few = min(len(ids), 2 * few)


def random_band(
    names: Sequence[str],
    *,
    pool: View,
    size: int,
    cost: NDArray[np.int64] | None = None,
    reference: View | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    draws: int = 20,
    seed: int = 0,
    device: str = "cpu",
    progress: Progress = silent,
) -> dict[str, RandomBand]:
    """Mean and 95 % band of each metric over ``draws`` random subsets of ``pool``.

    ``size`` counts rows, or tokens where ``cost`` (pool rows,) int64 gives each row's. ``reference`` (default: the
    pool) is for metrics that need one, ``parameters`` are by metric name. The band is the prediction interval of one
    more random subset: mean ± t · s · √(1 + 1/draws), so more draws make it more stable, not narrower. All metrics are
    measured on the same draws. A metric without a value on one of the draws has no band; the others still have theirs.
    With a subset as ``pool`` the means correct its values to a smaller size. Raises :class:`InputError` when there are
    fewer rows or tokens than ``size``.
    """
    values: dict[str, list[float]] = {name: [] for name in names}
    without: dict[str, Reading] = {}
    for draw in range(draws):
        rows = random_rows(pool.ids, size=size, cost=cost, seed=seed * 1_000_003 + draw)
        if len(rows) == 0:
            raise InputError(f"A budget of {size:,} tokens holds no row of draw {draw + 1}.", remedy="Ask for more.")
        view = pool.take(rows)
        for name in names:
            if name in without:
                continue
            reading = measure(
                name,
                Measuring(
                    view=view,
                    reference=reference or pool,
                    parameters=(parameters or {}).get(name, {}),
                    seed=seed,
                    device=device,
                ),
            )
            if reading.value is None:
                without[name] = reading
            else:
                values[name].append(reading.value)
        progress(draw + 1, draws, "random subsets measured")
    bands = {name: _band(metric(name), values[name]) for name in names if name not in without}
    for name, reading in without.items():
        bands[name] = RandomBand(mean=None, undefined=reading.undefined, failed=reading.failed)
    return {name: bands[name] for name in names}


def _band(chosen: Metric, values: list[float]) -> RandomBand:
    """Student's interval for one more draw, kept within the metric's range."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return RandomBand(mean=mean, low=mean, high=mean, draws=tuple(values))
    from scipy.special import stdtrit

    half = float(stdtrit(len(values) - 1, 0.975) * np.std(values, ddof=1) * (1 + 1 / len(values)) ** 0.5)
    low, high = chosen.clipped(mean - half), chosen.clipped(mean + half)
    return RandomBand(mean=mean, low=low, high=high, draws=tuple(values))
