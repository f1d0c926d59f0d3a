"""GreeDi: a greedy choice in each of several parts of the pool, then among all that the parts chose."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

from core.errors import InputError
from core.parameters import Parameter
from core.progress import part_of
from core.row_positions import PoolRows
from core.selection.own_parameter import with_parameter
from core.selection.plan import Plan, Rows, no_rows
from core.selection.priorities import priorities
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy

PARTITIONS = Parameter(
    name="partitions",
    title="Parts of the pool",
    kind="int",
    default=1,
    minimum=1,
    maximum=1_024,
    by_eye=False,
    unwritten=True,
    help="1 chooses among all rows at once, as the rule says. More parts choose in each part by itself, then among "
    "what all parts chose (GreeDi, Mirzasoleiman and others 2013): memory falls with the parts, and so does time where "
    "it grows faster than the rows. As parts grow, the subset falls short of the exact one. Parts are drawn by row id "
    "and seed.",
)


def with_partitions(strategy: Strategy) -> Strategy:
    """``strategy`` with the number :data:`PARTITIONS`, where it says that it can choose in parts.

    With one part, which a recipe does not write, it is the strategy itself.
    """
    if not strategy.in_parts:
        return strategy

    def prepare(asked: Preparation, plain: Preparation) -> Plan:
        count = int(asked.parameters.get(PARTITIONS.name, 1))
        return strategy.prepare(plain) if count == 1 else prepared_in_parts(strategy, plain, count=count)

    return with_parameter(strategy, PARTITIONS, prepare)


def prepared_in_parts(strategy: Strategy, preparation: Preparation, *, count: int) -> RankedPlan:
    """The plan of a greedy strategy whose rule reads ``count`` parts of the pool one after another, then their picks.

    Each part orders as many rows as are wanted in the end (``prefix``) without knowing the rows in training; the picks
    of all parts, beside those rows, are ordered by the same rule, and that order is the plan's. Rows that no part
    picked follow by their rank in their own part, ties by row id. Exact for one part. For a monotone submodular rule
    (facility location, log-determinant) GreeDi (arXiv 1411.0541, recollected) bounds the loss of random parts; here the
    second stage measures on the picks alone (a density is that of the whole pool), and its result is taken without
    comparing it with each part's own.
    """
    start = preparation.parameters.get("start", -1)
    if isinstance(start, int) and start >= 0:
        raise InputError(
            "A first row and several parts exclude each other: the row lies in one part only.",
            remedy="Leave one of the two out.",
        )
    preparation = replace(preparation, view=strategy.whole(preparation))
    view, given = preparation.view, np.asarray(preparation.given)
    of_row = priorities(view.ids, seed=preparation.seed) % np.uint64(count)  # (rows,) part
    free = np.setdiff1d(np.arange(len(view)), given)
    picks: list[Rows] = []
    ranks = np.full(len(view), len(view), dtype=np.int64)  # beyond all ranks: rows that no part orders
    outside: Counter[str] = Counter()
    for part in range(count):
        rows = free[of_row[free] == part]
        if not len(rows):
            continue
        plan = _prepared(
            strategy, preparation, rows, no_rows(), part_of(preparation.progress, done=part, total=count + 1)
        )
        order = rows[plan.order]
        ranks[order] = np.arange(len(order))
        picks.append(order[: int(preparation.parameters["prefix"])])
        outside.update(plan.outside)
    union = np.unique(np.concatenate((*picks, given)))
    final = _prepared(strategy, preparation, union, given, part_of(preparation.progress, done=count, total=count + 1))
    outside.update(final.outside)
    first = union[final.order]
    rest = np.setdiff1d(np.flatnonzero(ranks < len(view)), union)
    rest = rest[np.lexsort((rest, ranks[rest]))]
    return RankedPlan(
        order=np.concatenate((first, rest)),
        rows=len(view),
        gains=final.gains,
        prefix=final.prefix,
        tail=f"picks of {count} parts beyond the prefix, then all other rows by their rank in their own part",
        outside=dict(outside),
        notice=f"The rule chose in {count} parts and then among their picks: an approximation of the whole order.",
    )


def _prepared(strategy: Strategy, preparation: Preparation, rows: Rows, given: Rows, progress: Any) -> RankedPlan:
    """The whole order of the strategy on ``rows`` of the pool, of which ``given`` are in training."""
    local = PoolRows(np.searchsorted(rows, given).astype(np.int64))
    plan = strategy.prepare(
        replace(preparation, view=preparation.view.take(rows), given=local, progress=progress, wanted=None, begun=None)
    )
    assert isinstance(plan, RankedPlan)  # only ranked strategies choose in parts
    return plan
