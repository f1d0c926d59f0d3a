"""BIDS: keeps several scores in balance; each choice serves the score with the least sum so far."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.parameters import Parameter
from core.selection.greedy.points import scores
from core.selection.greedy.ranking import descending
from core.selection.plan import Rows
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy

TAIL = "the order is complete: rows that serve no score well come last"


def balance(
    values: NDArray[np.float64], *, usable: Rows, given: Rows
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Order the ``usable`` rows of ``values`` (rows, scores), each score in standard deviations from its mean.

    Each step serves the score whose sum over the rows taken (and ``given``) is least, ties by the earlier column, and
    takes the row where that score is largest, ties by the lower row. Returns the order, each row's value of the score
    that it was taken for, and that score. O(rows · scores · log rows).
    """
    free = np.zeros(len(values), dtype=np.bool_)
    free[usable] = True
    free[given] = False
    sums = values[given].sum(axis=0) if len(given) else np.zeros(values.shape[1])
    queues = [descending(np.where(free, values[:, score], np.nan)) for score in range(values.shape[1])]
    places = [0] * len(queues)
    order = np.empty(int(free.sum()), dtype=np.int64)
    worth = np.empty(len(order))
    served = np.empty(len(order), dtype=np.int64)
    for step in range(len(order)):
        score = int(np.argmin(np.round(sums, 9)))
        while not free[queues[score][places[score]]]:
            places[score] += 1
        row = queues[score][places[score]]
        free[row] = False
        order[step], worth[step], served[step] = row, values[row, score], score
        sums += values[row]
    return order, worth, served


def prepare(preparation: Preparation) -> RankedPlan:
    view, names = preparation.view, preparation.parameters["columns"]
    if not names:
        raise InputError("BIDS balances several scores, and no score is chosen.", remedy="Choose two or more columns.")
    if len(set(names)) != len(names):
        raise InputError("A score column is chosen twice.", remedy="Choose each column once.")
    table = np.column_stack([scores(view, name) for name in names])
    known = ~np.isnan(table).any(axis=1)
    usable = np.flatnonzero(known)
    if not len(usable):
        raise InputError("No row has a number in every chosen column.", remedy="Choose fewer columns.")
    spread = table[usable].std(axis=0)
    table = (table - table[usable].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    given = preparation.given[np.asarray(known)[preparation.given]]
    order, worth, _ = balance(table, usable=usable, given=given)
    order_kept = ~np.isin(order, preparation.given)
    return RankedPlan(
        order=order[order_kept],
        rows=len(view),
        gains=worth[order_kept],
        tail=TAIL,
        outside={"no number in every score": int((~known).sum())},
    )


STRATEGY = Strategy(
    name="bids",
    title="BIDS: balanced scores",
    level="ranked",
    kind="ranked",
    summary="Several scores in balance: each choice is the best row for the score with the least sum so far.",
    formula="z = (score − mean) / standard deviation, column by column. Each step: the column with the least sum of z "
    "over the rows taken, then the free row with the largest z in it. The gain is that z.",
    source="BIDS (arXiv 2501.12147); the rule as its abstract states it, details are our reconstruction. There the "
    "columns are influences on tasks; here any scores.",
    prepare=prepare,
    needs=lambda parameters: tuple(f"column:{name}" for name in parameters["columns"]),
    parameters=(
        Parameter(
            name="columns",
            title="Score columns",
            kind="columns",
            default=(),
            help="Higher is better in each column. As columns are added, each gets a smaller share of the rows.",
        ),
    ),
    tail=TAIL,
    cost="O(rows · scores)",
)
