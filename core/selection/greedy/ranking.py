"""Turns the choice of a greedy rule into a plan: the rule's own order first, then all other rows by what they add."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.parameters import Parameter
from core.selection.greedy.lazy_greedy import DECIMALS, Chosen
from core.selection.greedy.points import Points
from core.selection.partial_order import Unordered
from core.selection.plan import Rows, no_rows
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation

PREFIX = Parameter(
    name="prefix",
    title="Rows the rule orders itself",
    kind="int",
    default=10_000,
    minimum=1,
    by_eye=False,
    help="Subsets up to this size follow the rule exactly; larger ones go on into the tail. As it grows, preparation "
    "takes proportionally longer.",
)


def ranked(
    *,
    rows: int,
    points: Points,
    chosen: Chosen,
    tail: str,
    last: Rows | None = None,
    outside: Mapping[str, int] | None = None,
) -> RankedPlan:
    """The plan of ``chosen`` (indices into ``points``) for a pool of ``rows``.

    The tail is every row left over by descending ``chosen.left``, ties by the lower row, then the rows at pool
    positions ``last``. Rows whose ``left`` is -inf are not in the tail: they were chosen, given or barred. A choice
    that was stopped gives a stopped order, without a tail.
    """
    waiting = np.flatnonzero(np.isfinite(chosen.left))
    if chosen.search is not None:
        to_come = points.rows[waiting] if last is None else np.concatenate((points.rows[waiting], last))
        return RankedPlan(
            order=points.rows[chosen.order],
            rows=rows,
            gains=chosen.values,
            tail=tail,
            outside={**points.outside, **(outside or {})},
            unordered=Unordered.among(to_come, pool_rows=rows, search=chosen.search),
        )
    waiting = waiting[np.lexsort((waiting, -np.round(chosen.left[waiting], DECIMALS)))]
    after = no_rows() if last is None else last
    return RankedPlan(
        order=np.concatenate((points.rows[chosen.order], points.rows[waiting], after)),
        rows=rows,
        gains=chosen.values,
        prefix=len(chosen.order),
        tail=tail,
        outside={**points.outside, **(outside or {})},
    )


def begun_search(preparation: Preparation) -> Mapping[str, NDArray[Any]] | None:
    """What the search of an earlier, shorter plan of the same strategy goes on from; None for a new one."""
    plan = preparation.begun
    return plan.unordered.search if isinstance(plan, RankedPlan) and plan.unordered is not None else None


def without(order: Rows, given: Rows) -> Rows:
    """``order`` without the ``given`` rows, which are in training already."""
    return order[~np.isin(order, given)] if len(given) else order


def descending(values: NDArray[np.float64]) -> Rows:
    """Indices of ``values`` (n,) by descending value, ties by the lower index; NaN are left out."""
    known = np.flatnonzero(~np.isnan(values))
    return known[np.argsort(-values[known], kind="stable")].astype(np.int64)
