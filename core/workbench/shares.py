"""A mixture by weights: shares of a column's values as the numbers of rows that they are at a size."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, isfinite
from typing import Any

from core.errors import InputError, in_short, quoted

OTHERS = "*"  # stands for every value that the rule does not name, all of them together


def typed_shares(column: str, asked: Any) -> dict[str, float]:
    """The weights of a rule: {value: weight above or equal to 0}, one of them above 0. Raises :class:`InputError`."""
    if not isinstance(asked, Mapping):
        raise InputError(f"The shares of {in_short(column)} must be a table from values to weights.")
    weights = {}
    for value, weight in asked.items():
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not isfinite(weight) or weight < 0:
            raise InputError(
                f"The share of {in_short(column)} = {in_short(str(value))} must be a number, not {quoted(weight)}.",
                remedy="Give a weight of 0 or more: shares are taken of the sum of all weights.",
            )
        weights[str(value)] = float(weight)
    if weights and not sum(weights.values()) > 0:
        raise InputError(f"All shares of {in_short(column)} are 0.", remedy="Give one value a weight above 0.")
    return weights


def rows_of_shares(weights: Mapping[str, float], size: int) -> dict[str, int]:
    """{value: rows}, ``size`` rows together: each value's share rounded down, the rows left to the largest remainders.

    Ties go to the value that comes first in code-point order, so equal weights give equal rows as far as that goes.
    """
    total = sum(weights.values())
    exact = {value: size * weight / total for value, weight in weights.items()}
    rows = {value: floor(share) for value, share in exact.items()}
    left = size - sum(rows.values())
    by_remainder = sorted(weights, key=lambda value: (rows[value] - exact[value], value))
    for value in by_remainder[:left]:
        rows[value] += 1
    return rows


def as_bounds(rule: Mapping[str, Any], *, size: int, unit: str) -> Mapping[str, Any]:
    """The rule with the bounds that its "shares" are at ``size`` rows; a rule without shares as it is.

    A value has exactly its rows. Values that the rule does not name have none, unless ``*`` has a share: then they
    fill it together. The rule keeps weights, so that the mixture holds at every size and is mixed anew without
    preparing anything. Raises :class:`InputError` for a size in tokens, and beside bounds.
    """
    if not isinstance(rule, Mapping) or not rule.get("shares"):
        return rule
    column = str(rule.get("column") or "")
    if rule.get("minimum") or rule.get("maximum"):
        raise InputError(f"The quota on {in_short(column)} gives shares and bounds.", remedy="Give one of the two.")
    if unit != "rows":
        raise InputError(f"The shares of {in_short(column)} are of rows.", remedy="Give the size in rows.")
    rows = rows_of_shares(typed_shares(column, rule["shares"]), size)
    named = {value: count for value, count in rows.items() if value != OTHERS}
    return {"column": column, "minimum": named, "maximum": named if OTHERS in rows else {**named, OTHERS: 0}}
