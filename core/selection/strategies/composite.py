"""Composite: five sliders, diversity, quality, typicality, balance and closeness to examples, in one greedy order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.parameters import Parameter
from core.selection.composed.balance import Balance
from core.selection.composed.cosines import largest_cosines
from core.selection.composed.factors import Factors, share_not_above
from core.selection.composed.greedy import DECIMALS, choose_composed
from core.selection.greedy.neighbours import nearest_neighbours
from core.selection.greedy.points import points, scores
from core.selection.greedy.ranking import PREFIX, begun_search
from core.selection.partial_order import Unordered
from core.selection.plan import Rows
from core.selection.ranked_plan import RankedPlan
from core.selection.strategies.balanced import from_columns
from core.selection.strategy import Preparation, Strategy
from core.selection.targeted.examples import example_rows

TAIL = "rows beyond the prefix by falling product beside the chosen rows"
FACTORS = ("diversity", "quality", "typicality", "balance", "closeness")
# A factor that lacks its source counts as if its exponent were 0, and every answer says so.
SOURCES = {"quality": "no score column is named", "balance": "no category column is named"}


@dataclass
class _Pool:
    """What is gathered about the rows: those that may be taken, those left out by reason, and their fixed factors."""

    usable: NDArray[np.bool_]  # (pool rows,)
    outside: dict[str, int] = field(default_factory=dict)
    vectors: NDArray[np.float32] | None = None  # (pool rows, d), 0 where a row has no direction
    fixed: dict[str, NDArray[np.float64]] = field(default_factory=dict)  # (pool rows,) of factors that never change
    balance: Balance | None = None

    def leave_out(self, rows: NDArray[np.bool_], reason: str) -> None:
        """Count the rows that are usable so far and lack something."""
        fresh = int((self.usable & rows).sum())
        if fresh:
            self.outside[reason] = fresh
        self.usable &= ~rows


def counted_exponents(parameters: Mapping[str, Any]) -> dict[str, float]:
    """Factor → exponent of the factors that count: those above 0 whose source is named."""
    lacking = {name for name in SOURCES if not parameters[f"{name}_column"]}
    return {name: float(parameters[name]) for name in FACTORS if parameters[name] > 0 and name not in lacking}


def prepare(preparation: Preparation) -> RankedPlan:
    view, parameters = preparation.view, preparation.parameters
    exponents = counted_exponents(parameters)
    if not exponents:
        raise InputError(
            "No factor counts: every exponent is 0, or its column is not named.",
            remedy="Move a slider above 0; quality and balance also need a column.",
        )
    pool = _gather(preparation, exponents)
    (rows,) = np.nonzero(pool.usable | _are(preparation.given, len(view)))
    barred = ~pool.usable[rows]
    fixed = np.zeros(len(rows))
    for name, shares in pool.fixed.items():
        fixed += exponents[name] * np.log(np.where(barred, 1.0, shares[rows]))
    fixed[barred] = -np.inf
    local_given = np.flatnonzero(np.isin(rows, preparation.given))
    balance = None
    if "balance" in exponents:
        balance = Balance(
            from_columns(view.take(rows), [parameters["balance_column"]], crossed=False), chosen=local_given
        )
    composed = choose_composed(
        fixed,
        count=parameters["prefix"],
        vectors=None if pool.vectors is None else np.ascontiguousarray(pool.vectors[rows]),
        diversity=exponents.get("diversity", 0.0),
        balance=balance,
        evenness=exponents.get("balance", 0.0),
        given=local_given,
        until=preparation.wanted,
        begun=begun_search(preparation),
        device=preparation.device,
        progress=preparation.progress,
    )
    values: NDArray[np.float32] = np.full((len(view), len(FACTORS)), np.nan, dtype=np.float32)
    of_rows = {**{name: own[rows] for name, own in pool.fixed.items()}, "diversity": composed.distance,
               "balance": composed.balance}  # fmt: skip
    for place, name in enumerate(FACTORS):
        if name in exponents:
            values[rows, place] = np.where(np.isfinite(composed.logs), of_rows[name], np.nan)
    unordered = None
    if composed.stopped:
        taken = composed.order
        to_come = np.setdiff1d(np.flatnonzero(np.isfinite(composed.logs)), taken)
        values[rows[to_come]] = np.nan
        search = {"order": taken, "logs": composed.logs[taken], "distance": composed.distance[taken],
                  "balance": composed.balance[taken]}  # fmt: skip
        unordered = Unordered.among(rows[to_come], pool_rows=len(view), search=search)
    return RankedPlan(
        order=rows[composed.order if composed.stopped else _whole_order(composed.order, composed.logs)],
        rows=len(view),
        gains=np.exp(composed.logs[composed.order]),
        prefix=len(composed.order),
        unordered=unordered,
        tail=TAIL,
        outside=pool.outside,
        notice=_notice(parameters),
        factors=Factors(names=FACTORS, exponents=[exponents.get(name, 0.0) for name in FACTORS], values=values),
    )


def _gather(preparation: Preparation, exponents: Mapping[str, float]) -> _Pool:
    view, parameters = preparation.view, preparation.parameters
    if len(view) == 0:
        raise InputError("The pool holds no rows.", remedy="Loosen the filters of the pool.")
    pool = _Pool(usable=np.ones(len(view), dtype=np.bool_))
    if {"diversity", "typicality", "closeness"} & set(exponents):
        directed = points(view)
        pool.leave_out(~_are(directed.rows, len(view)), "all-zero vector")
        pool.vectors = np.zeros((len(view), directed.vectors.shape[1]), dtype=np.float32)
        pool.vectors[directed.rows] = directed.vectors
        if "typicality" in exponents:
            pool.fixed["typicality"] = _spread(view, directed.rows, _typicality(preparation, directed.vectors))
        if "closeness" in exponents:
            examples, _ = example_rows(preparation, "Closeness to examples")
            near = largest_cosines(directed.vectors, examples, device=preparation.device, progress=preparation.progress)
            pool.fixed["closeness"] = _spread(view, directed.rows, near)
    if "quality" in exponents:
        quality = scores(view, parameters["quality_column"], what="the quality")
        pool.leave_out(np.isnan(quality), f"no number in {parameters['quality_column']}")
        pool.fixed["quality"] = share_not_above(quality)
    if "balance" in exponents:
        name = parameters["balance_column"]
        without = from_columns(view, [name], crossed=False).per_row == 0
        pool.leave_out(without, f"without a value in {name}")
    return pool


def _typicality(preparation: Preparation, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """(rows,) how much like the other rows each row is: the mean cosine to all, or to its nearest."""
    if preparation.parameters["typical_of"] == "all rows":
        centre = vectors.sum(axis=0, dtype=np.float64) / len(vectors)
        return np.einsum("nd,d->n", vectors, centre, dtype=np.float64)
    near = nearest_neighbours(
        vectors,
        k=preparation.parameters["neighbours"],
        device=preparation.device,
        progress=preparation.progress,
    )
    return near.cosines.astype(np.float64).mean(axis=1) if near.cosines.size else np.ones(len(vectors))


def _spread(view: Any, rows: Rows, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(pool rows,) the share of the rows' ``values`` that are not above each, NaN for other rows."""
    whole = np.full(len(view), np.nan)
    whole[rows] = values
    return share_not_above(whole)


def _are(rows: Rows, count: int) -> NDArray[np.bool_]:
    mask = np.zeros(count, dtype=np.bool_)
    mask[rows] = True
    return mask


def _whole_order(taken: Rows, logs: NDArray[np.float64]) -> Rows:
    """The rows taken, then all others that may be chosen by falling product, ties by the lower row."""
    left = np.isfinite(logs)
    left[taken] = False
    (rest,) = np.nonzero(left)
    return np.concatenate((taken, rest[np.lexsort((rest, -np.round(logs[rest], DECIMALS)))]))


def _notice(parameters: Mapping[str, Any]) -> str:
    lacking = [f"{name.capitalize()} does not count: {why}." for name, why in SOURCES.items()
               if parameters[name] > 0 and not parameters[f"{name}_column"]]  # fmt: skip
    return " ".join(lacking)


def needs(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    exponents = counted_exponents(parameters)
    named = [f"column:{parameters[f'{name}_column']}" for name in SOURCES if name in exponents]
    vectors = ["embeddings"] if {"diversity", "typicality", "closeness"} & set(exponents) else []
    return (*vectors, *named, *(["target"] if "closeness" in exponents else []))


def _exponent(name: str, default: float, grows: str) -> Parameter:
    return Parameter(
        name=name,
        title=f"{name.capitalize()}, exponent",
        kind="float",
        default=default,
        minimum=0.0,
        maximum=4.0,
        by_eye=False,
        slider=True,
        help=f"0 leaves it out. As it grows, {grows}",
    )


STRATEGY = Strategy(
    name="composite",
    title="Composite: five sliders",
    level="ranked",
    kind="ranked",
    summary="Take the row with the largest product of diversity, quality, typicality, balance and closeness to "
    "examples, each to the power of its slider.",
    formula="Greedy: x* = argmax of D(x|S)^δ · Q(x)^κ · T(x)^τ · B(x|S)^β · C(x)^γ. D = (1 − largest cosine to a "
    "chosen row) / 2, at least 0.000001 (1 before a row is chosen); B = mean over the row's categories of "
    "1 / (1 + chosen rows of it); Q, T and C are the shares of rows whose score, mean cosine to all rows (or to the k "
    "nearest) and largest cosine to an example are not above the row's. Exact: each factor only falls, so stale "
    "products are upper bounds. It is greedy; no bound to the best set is claimed. Ties by row id; with nothing chosen "
    "by the largest mean cosine. The gain is the product.",
    source="Ours, of no paper. Diversity alone is k-center greedy, quality alone a score column, balance alone serves "
    "categories in turn.",
    prepare=prepare,
    needs=needs,
    parameters=(
        _exponent("diversity", 1.0, "rows far from all chosen rows win over better ones."),
        _exponent("quality", 1.0, "rows of higher scores win; a low score costs more."),
        _exponent("typicality", 0.0, "rows like many others win, and outliers are avoided."),
        _exponent("balance", 0.0, "rows of categories with few chosen rows win; categories become equally large."),
        _exponent("closeness", 0.0, "rows near an example win; it reads a second corpus of examples."),
        Parameter(
            name="quality_column",
            title="Score column of quality",
            kind="numeric_column",
            default=None,
            optional=True,
            help="Any column of numbers, higher is better. Rows without a number are left out and counted.",
        ),
        Parameter(
            name="balance_column",
            title="Category column of balance",
            kind="column",
            default=None,
            optional=True,
            help="Any column; of numbers with more than 50 values each tenth is a category. Rows without a value are "
            "left out and counted.",
        ),
        Parameter(
            name="typical_of",
            title="Typical is a row like",
            kind="choice",
            default="all rows",
            choices=("all rows", "its neighbours"),
            help="By its mean cosine to all rows of the pool: near the middle; or to its k nearest: where rows are "
            "dense.",
        ),
        Parameter(
            name="neighbours",
            title="Neighbours of typicality",
            kind="int",
            default=20,
            minimum=1,
            maximum=1024,
            by_eye=False,
            only_with=("typical_of", "its neighbours"),
            help="As it grows, typicality looks at larger regions and takes longer.",
        ),
        PREFIX,
    ),
    tail=TAIL,
    cost="O(rows · prefix · dimensions) in matrix products; neighbours: O(rows² · dimensions / 2)",
    stops=True,
    job_from=lambda parameters: 5_000 if parameters["typical_of"] == "its neighbours" else 15_000,
)
