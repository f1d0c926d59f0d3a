"""A recipe's quota on a column, read as groups of the pool; how its values are named and written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import Infeasible, InputError, in_short, listed_in_short, quoted
from core.selection.plan import Quota
from core.several import overlaps, word_entries
from core.workbench.corpus_view import CorpusView
from core.workbench.shares import OTHERS as OTHERS
from core.workbench.shares import as_bounds, typed_shares

NAMED = 8  # values that a message lists


def quotas_of(
    corpus_view: CorpusView, rule: Mapping[str, Any], *, size: int = 0, unit: str = "rows"
) -> tuple[Quota, ...]:
    """A recipe's rule {"column", "minimum": {value: rows}, "maximum": {value: rows}} as groups of the pool.

    Instead of bounds a rule may hold "shares": {value: weight}, whose rows follow from the request's ``size`` and
    ``unit`` (:mod:`core.workbench.shares`).

    One quota, or several for a column of lists, where a row counts for each of its words: the bounded words are spread
    over as few quotas as keep the words of every row apart. Values of a numeric column are matched as numbers: "2" and
    "2.0" are the same. Rows without a value are in no group. Raises :class:`InputError` for an unknown column, a text
    as the value of a numeric column and a count that is not a whole number; :class:`Infeasible` for a minimum of a
    value that no row of the pool has.
    """
    if not isinstance(rule, Mapping):
        raise InputError(f"A quota must name a column and its bounds, not {quoted(rule)}.")
    rule = as_bounds(rule, size=size, unit=unit)
    column = str(rule.get("column") or "")
    if not corpus_view.pool.has(f"column:{column}"):
        raise InputError(
            f"The quota names an unknown column: {quoted(column)}.",
            remedy=f"There are: {listed_in_short(corpus_view.corpus.columns)}.",
        )
    values = corpus_view.pool.column(column)
    numeric = values.dtype.kind in "iuf"
    names, rows, groups = _numbers(values) if numeric else word_entries(values)
    index = {name: position for position, name in enumerate(names)}

    def bounds(kind: str) -> dict[int, int]:
        asked = rule.get(kind) or {}
        if not isinstance(asked, Mapping):
            raise InputError(f"The quota's {kind} must be a table from values to rows, not {quoted(asked)}.")
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
                    f"The quota asks for {count} rows whose {column} is {quoted(name)}; the pool has none.",
                    remedy=f"Its values are: {there or 'none'}.",
                )
        if OTHERS in asked:
            count = _count(asked[OTHERS], f"The {kind} of every other {column}")
            group_bounds.update({position: count for position in index.values() if position not in group_bounds})
        return group_bounds

    minimum, maximum = bounds("minimum"), bounds("maximum")
    if not overlaps(values):
        group_of = np.full(len(values), -1, dtype=np.int32)
        group_of[rows] = groups
        return (Quota(title=column, groups=group_of, names=names, minimum=minimum, maximum=maximum),)
    return tuple(
        Quota(
            title=column,
            groups=group_of,
            names=names,
            minimum={group: count for group, count in minimum.items() if group in among},
            maximum={group: count for group, count in maximum.items() if group in among},
        )
        for group_of, among in apart(rows, groups, bounded=sorted({*minimum, *maximum}), size=len(values))
    )


def typed_rule(rule: Any) -> dict[str, Any]:
    """The rule of a link, its column a name and its bounds whole numbers. Raises :class:`InputError` for another."""
    if not isinstance(rule, Mapping) or not isinstance(rule.get("column"), str):
        raise InputError(f"A quota must name a column and its bounds, not {quoted(rule)}.")
    typed: dict[str, Any] = {"column": rule["column"]}
    for kind in ("minimum", "maximum"):
        asked = rule.get(kind) or {}
        if not isinstance(asked, Mapping):
            raise InputError(f"The quota's {kind} must be a table from values to rows, not {quoted(asked)}.")
        typed[kind] = {
            value: _count(rows, f"The {kind} of {in_short(rule['column'])} = {in_short(value)}")
            for value, rows in asked.items()
        }
    if rule.get("shares"):
        return kept_rule({**typed, "shares": typed_shares(rule["column"], rule["shares"])})
    return typed


def kept_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as recipes hold it: {"column"} alone where nothing is asked, both bounds, or shares alone."""
    bounds = {kind: dict(rule.get(kind) or {}) for kind in ("minimum", "maximum")}
    shares = {"shares": dict(rule["shares"])} if rule.get("shares") else {}
    return {"column": rule["column"], **(bounds if any(bounds.values()) else {}), **shares}


def values_of(corpus_view: CorpusView, column: str) -> list[tuple[str, int]]:
    """The column's values as a quota writes them, with the number of pool rows of each; commonest first."""
    values = corpus_view.pool.column(column)
    names, _, groups = _numbers(values) if values.dtype.kind in "iuf" else word_entries(values)
    counts = np.bincount(groups, minlength=len(names))
    return sorted(
        ((name, int(count)) for name, count in zip(names, counts.tolist(), strict=True) if name and count),
        key=lambda item: (-item[1], item[0]),
    )


def apart(
    rows: NDArray[np.int64], groups: NDArray[np.int64], *, bounded: list[int], size: int
) -> list[tuple[NDArray[np.int32], set[int]]]:
    """The ``bounded`` groups of (entries,) ``rows`` and ``groups``, parted so that a row has one of each part at most.

    Returns each part's (size,) group of each row, -1 for none, and its groups; the largest group is placed first.
    """
    members = {group: rows[groups == group] for group in bounded}
    parts: list[tuple[NDArray[np.int32], set[int]]] = []
    for group in sorted(bounded, key=lambda group: (-len(members[group]), group)):
        part = next((part for part in parts if (part[0][members[group]] < 0).all()), None)
        if part is None:
            part = (np.full(size, -1, dtype=np.int32), set())
            parts.append(part)
        part[0][members[group]] = group
        part[1].add(group)
    return parts


def _numbers(values: NDArray[Any]) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """The names of the numbers, ascending, and (entries,) pairs of row and number; a missing value has none."""
    (rows,) = np.nonzero(~np.isnan(values.astype(np.float64)))
    distinct, groups = np.unique(values[rows].astype(np.float64), return_inverse=True)
    return [_shown(float(value)) for value in distinct], rows, groups


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
            f"The column {quoted(column)} holds numbers, but the quota names {quoted(typed)}.", remedy="Give a number."
        ) from error
    return value + 0.0  # -0 is 0


def _count(rows: Any, what: str) -> int:
    try:
        count = int(rows)
        whole = count == float(rows)
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole or not 0 <= count < 1 << 63:
        raise InputError(
            f"{what} must be a number of rows, not {quoted(rows)}.", remedy="Give a whole number, 0 or more."
        )
    return count
