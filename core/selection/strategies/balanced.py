"""Category-balanced: a row's types are its values in one or several columns."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError
from core.parameters import Parameter
from core.selection.incidence import Incidence, from_entries
from core.selection.prune import Pruning, rarest_first
from core.selection.strategy import Preparation, Strategy
from core.selection.typed_plan import TypedPlan
from core.several import Several, word_entries, words_of
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
    A row with several words in a column has a type for each of them.
    """
    labels = [values_of(view.column(name), name) for name in columns]
    if crossed:
        labels = [crossed_values(labels)]
    every = np.concatenate(labels)  # (columns · rows,)
    names, rows, keys = word_entries(every)
    return from_entries(rows=rows % max(len(view), 1), keys=keys, shape=len(view), names=names)


def crossed_values(labels: list[NDArray[Any]]) -> NDArray[Any]:
    """(rows,) object: the values of all columns joined by commas; a row with several words has each combination."""
    joined = np.full(len(labels[0]), None, dtype=object)
    for row, parts in enumerate(zip(*labels)):
        made = [", ".join(words) for words in product(*map(words_of, parts))]
        if made:
            joined[row] = made[0] if len(made) == 1 else Several(made)
    return joined


def values_of(column: NDArray[Any], name: str) -> NDArray[Any]:
    """(rows,) object: "name = value", several for a list of words, None for no value; many numbers become tenths."""
    if column.dtype.kind != "f":
        named = np.full(len(column), None, dtype=object)
        for row, cell in enumerate(column):
            if isinstance(cell, Several):
                named[row] = Several(f"{name} = {word}" for word in cell.words)
            elif cell is not None:
                named[row] = f"{name} = {cell}"
        return named
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
