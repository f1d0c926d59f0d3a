"""A recipe's quota on a column, read as groups of the pool; how its values are named and written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import Infeasible, InputError
from core.selection.plan import Quota
from core.workbench.corpus_view import CorpusView

OTHERS = "*"  # stands for every value that the rule does not name
NAMED = 8  # values that a message lists


def quota_of(corpus_view: CorpusView, rule: Mapping[str, Any]) -> Quota:
    """A recipe's rule {"column", "minimum": {value: rows}, "maximum": {value: rows}} as groups of the pool.

    Values of a numeric column are matched as numbers: "2" and "2.0" are the same. Rows without a value are in no
    group. Raises :class:`InputError` for an unknown column, a text as the value of a numeric column and a count that is
    not a whole number; :class:`Infeasible` for a minimum of a value that no row of the pool has.
    """
    if not isinstance(rule, Mapping):
        raise InputError(f"A quota must name a column and its bounds, not {rule!r}.")
    column = str(rule.get("column") or "")
    if not corpus_view.pool.has(f"column:{column}"):
        raise InputError(
            f"The quota names an unknown column: {column!r}.",
            remedy=f"There are: {', '.join(corpus_view.corpus.columns)}.",
        )
    values = corpus_view.pool.column(column)
    numeric = values.dtype.kind in "iuf"
    names, groups = _numbers(values) if numeric else _words(values)
    index = {name: position for position, name in enumerate(names)}

    def bounds(kind: str) -> dict[int, int]:
        asked = rule.get(kind) or {}
        if not isinstance(asked, Mapping):
            raise InputError(f"The quota's {kind} must be a table from values to rows, not {asked!r}.")
        group_bounds: dict[int, int] = {}
        for value, rows in asked.items():
            count = _count(rows, f"The {kind} of {column} = {value}")
            if value == OTHERS:
                continue
            name = _shown(_number(str(value), column)) if numeric else str(value)
            if name in index:
                group_bounds[index[name]] = count
            elif kind == "minimum" and count > 0:
                there = ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
                raise Infeasible(
                    f"The quota asks for {count} rows whose {column} is {name!r}; the pool has none.",
                    remedy=f"Its values are: {there or 'none'}.",
                )
        if OTHERS in asked:
            count = _count(asked[OTHERS], f"The {kind} of every other {column}")
            group_bounds.update({position: count for position in index.values() if position not in group_bounds})
        return group_bounds

    return Quota(title=column, groups=groups, names=names, minimum=bounds("minimum"), maximum=bounds("maximum"))


def values_of(corpus_view: CorpusView, column: str) -> list[tuple[str, int]]:
    """The column's values as a quota writes them, with the number of pool rows of each; commonest first."""
    values = corpus_view.pool.column(column)
    names, groups = _numbers(values) if values.dtype.kind in "iuf" else _words(values)
    counts = np.bincount(groups[groups >= 0], minlength=len(names))
    return sorted(
        ((name, int(count)) for name, count in zip(names, counts.tolist(), strict=True) if name and count),
        key=lambda item: (-item[1], item[0]),
    )


def _words(values: NDArray[Any]) -> tuple[list[str], NDArray[np.int32]]:
    labels = np.array(["" if value is None else str(value) for value in values.tolist()], dtype=object)
    names, groups = np.unique(labels, return_inverse=True)
    return [str(name) for name in names], np.where(labels == "", -1, groups).astype(np.int32)


def _numbers(values: NDArray[Any]) -> tuple[list[str], NDArray[np.int32]]:
    known = ~np.isnan(values.astype(np.float64))
    distinct, inverse = np.unique(values[known].astype(np.float64), return_inverse=True)
    groups = np.full(len(values), -1, dtype=np.int32)
    groups[known] = inverse
    return [_shown(float(value)) for value in distinct], groups


def _shown(value: float) -> str:
    """A number as users type it: "2", "0.25"; with all its digits if the short form would be another number."""
    short = f"{value:g}"
    if float(short) == value:
        return short
    return str(int(value)) if value.is_integer() else repr(value)


def _number(typed: str, column: str) -> float:
    try:
        value = float(typed.replace(",", ""))
    except ValueError as error:
        raise InputError(
            f"The column {column!r} holds numbers, but the quota names {typed!r}.", remedy="Give a number."
        ) from error
    return value + 0.0  # -0 is 0


def _count(rows: Any, what: str) -> int:
    try:
        count = int(rows)
        whole = count == float(rows)
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole or count < 0:
        raise InputError(f"{what} must be a number of rows, not {rows!r}.", remedy="Give a whole number, 0 or more.")
    return count
