"""Category-balanced: a row's types are its values in one or several columns."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.parameters import Parameter
from core.selection.incidence import Incidence, from_entries
from core.selection.prune import Pruning, rarest_first
from core.selection.strategy import Preparation, Strategy
from core.selection.typed_plan import TypedPlan
from core.view import View

WHOLE_VALUES = 50  # a numeric column with more distinct values is cut into tenths of the rows


def prepare(preparation: Preparation) -> TypedPlan:
    columns, parameters = preparation.parameters["columns"], preparation.parameters
    if not columns:
        raise InputError("No column is chosen to balance over.", remedy="Choose at least one.")
    incidence = from_columns(preparation.view, columns, crossed=parameters["several"] == "crossed")
    if not len(incidence.keys):
        raise InputError(f"No row of this pool has a value in {', '.join(columns)}.", remedy="Choose another column.")
    return TypedPlan(
        incidence=incidence,
        pruning=Pruning.of(incidence, rarest_first(incidence)),
        ids=preparation.view.ids,
        outside={f"without a value in {', '.join(columns)}": int(np.count_nonzero(incidence.per_row == 0))},
        reach="categories",
    )


def from_columns(view: View, columns: list[str], *, crossed: bool) -> Incidence:
    """Types named ``column = value``; ``crossed`` makes one type of a row's values in all columns together.

    A row without a value in a column has no type from that column, and no type at all when the columns are crossed.
    """
    labels = [values_of(view.column(name), name) for name in columns]
    if crossed:
        joined = np.full(len(view), None, dtype=object)
        for row, parts in enumerate(zip(*labels)):
            if all(part is not None for part in parts):
                joined[row] = ", ".join(parts)
        labels = [joined]
    names = sorted({value for part in labels for value in part if value is not None})
    number = {name: index for index, name in enumerate(names)}
    rows, keys = [], []
    for part in labels:
        has = np.flatnonzero(np.array([value is not None for value in part], dtype=np.bool_))
        rows.append(has)
        keys.append(np.array([number[part[row]] for row in has.tolist()], dtype=np.int64))
    return from_entries(rows=np.concatenate(rows), keys=np.concatenate(keys), shape=len(view), names=names)


def values_of(column: NDArray[Any], name: str) -> NDArray[Any]:
    """(rows,) object: "name = value", None for no value; numbers with many values are cut into tenths of the rows."""
    if column.dtype.kind != "f":
        return np.array([None if value is None else f"{name} = {value}" for value in column], dtype=object)
    known = np.isfinite(column)
    result = np.full(len(column), None, dtype=object)
    distinct = np.unique(column[known])
    if len(distinct) <= WHOLE_VALUES:
        result[known] = [f"{name} = {value:g}" for value in column[known]]
        return result
    cuts = np.unique(np.quantile(column[known], np.linspace(0.1, 0.9, 9)))
    edges = [f"below {cuts[0]:g}", *(f"{low:g} to {high:g}" for low, high in pairwise(cuts)), f"{cuts[-1]:g} up"]
    result[known] = [f"{name} = {edges[part]}" for part in np.searchsorted(cuts, column[known], side="right")]
    return result


def needs(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"column:{name}" for name in parameters["columns"] or ())


SEVERAL = Parameter(
    name="several",
    title="With several columns",
    kind="choice",
    default="each",
    choices=("each", "crossed"),
    help="Balance over the values of each column, or over the combinations of their values.",
)

STRATEGY = Strategy(
    name="balanced",
    title="Balanced over categories",
    level="meso",
    kind="typed",
    summary="Draw evenly from the values of any column, or of several.",
    formula=(
        "Types are the values of the columns (numbers with more than 50 values: tenths of the rows). Pruned and "
        "sampled as in macro: N rows, always from the category with the fewest rows so far; the slider moves the "
        "number of categories from the largest few to all."
    ),
    source="Our use of the engine of From Macro to Micro (arXiv 2505.24768) for given categories.",
    prepare=prepare,
    needs=needs,
    parameters=(
        Parameter(
            name="columns",
            title="Columns",
            kind="columns",
            default=["category"],
            help="Each further column adds its values as types.",
        ),
        SEVERAL,
    ),
    cost="O(rows log categories)",
)
