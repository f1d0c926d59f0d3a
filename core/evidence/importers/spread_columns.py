"""Columns of a score table that hold the spread of a score: its standard error, its interval or the two ends of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.evidence.importers.column_words import plain

# What stands before or after a score's name in the name of the column of its spread.
_ENDINGS: Mapping[str, tuple[str, ...]] = {
    "stderr": ("stderr", "se", "std_err", "standard_error", "sem", "std_error", "err", "error"),
    "interval": ("ci", "95_ci", "ci_95", "ci95", "interval", "confidence_interval"),
    "low": ("ci_low", "ci_lower", "lower_ci", "low", "lower", "lower_bound", "ci95_low", "ci_95_low", "q025"),
    "high": ("ci_high", "ci_upper", "upper_ci", "high", "upper", "upper_bound", "ci95_high", "ci_95_high", "q975"),
    "ignore": ("std", "sd", "stdev", "stddev", "std_dev", "var", "variance", "min", "max", "rank", "count"),
}
_ERRORS = ("_stderr", "_std_err", "_standard_error", "_sem")  # a column of such a name is no score, whoever owns it
_ENDS = ("low", "high")
_MARKS = ("±", "+/-", "+-")


def roles_by_name(columns: Sequence[str]) -> dict[str, str]:
    """The role of each column whose name says that it holds the spread of another column, or of the only score.

    "mmlu_stderr" and "CI (mmlu)" belong to "mmlu", a column "±" to the column before it. The ends of an interval
    count only as a pair: "race_high" alone is a benchmark.
    """
    given: dict[str, str] = {}
    for column in columns:
        if _is_mark(column) or plain(column).endswith(_ERRORS):
            given[column] = "stderr"
            continue
        for role in ("stderr", "interval", "ignore"):
            if _owner(column, columns, role):
                given[column] = role
    for owner in (*columns, ""):
        ends = {role: [column for column in columns if _owns(owner, column, role)] for role in _ENDS}
        if all(len(named) == 1 for named in ends.values()):
            given.update({named[0]: role for role, named in ends.items()})
    return given


def column_of(role: str, score: str, columns: Sequence[str], mapping: Mapping[str, str]) -> int | None:
    """The place of the column with the ``role`` that belongs to the column ``score``; None if there is none.

    A column whose name is not made of another's belongs to the score column nearest on its left.
    """
    scores = [place for place, name in enumerate(columns) if mapping[name] == "score"]
    for place, name in enumerate(columns):
        if mapping[name] != role:
            continue
        owner = _owner(name, columns, role)
        if not owner:
            before = [at for at in scores if at < place]
            owner = columns[before[-1] if before else scores[0]]
        if owner == score:
            return place
    return None


def _is_mark(column: str) -> bool:
    return column.strip().strip("()[]") in _MARKS


def _owner(column: str, columns: Sequence[str], role: str) -> str:
    """The column whose name, with an ending of the ``role``, makes the name ``column``; "" if there is none."""
    return next((other for other in columns if other != column and plain(other) and _owns(other, column, role)), "")


def _owns(owner: str, column: str, role: str) -> bool:
    name, mine = plain(column), plain(owner)
    if not mine:
        return name in _ENDINGS[role]
    return any(name in (f"{mine}_{ending}", f"{ending}_{mine}") for ending in _ENDINGS[role])
