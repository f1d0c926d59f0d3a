"""Why a row is in a subset or not, as facts: a kind and its values. The code that shows a fact words it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.row_positions import PoolRow

FactKind = Literal[
    "rank",  # places: where it stands among the chosen rows
    "gain",  # values: what it added when it was taken
    "factor",  # text: its name; values: the factor, its exponent, its power, its share of what the row lacks
    "brought_first",  # types: those that no row before it held; text here and below: the part of a joined plan
    "types",  # types: those that it holds; text: what the plan calls them
    "outside",  # text: why no answer can hold it
    "left_pool",  # places: the pruning step at which it left the pool
    "pool_step",  # places: the step whose pool the answer is taken from
    "covered_by",  # rows: the kept row that shares most types with it
    "shared_types",  # types: those that it shares with that row
    "missing_types",  # types: those of it that no kept row holds
    "order_place",  # places: where it stands in the plan's order
    "beyond_order",  # places: how many rows are ordered so far; it comes after them
    "tail",  # text: the rule that ordered it, where the strategy itself did not
    "window",  # places: the first and the last place that the answer was taken from
    "group",  # types: the group of the order that it is in
    "pinned",
    "excluded",
    "in_training",
    "drawn",  # values: the seed of the draw that alone decided
    "draw_place",  # places: where it stands in the draw
    "last_draw_place",  # places: where the last kept row stands in the draw
    "decided_by_value",  # text: the value that alone decided
    "own_value",  # values: the row's own; text: the name of the value
    "last_kept_value",  # values: that of the last kept row
    "kept_values",  # values: those of the first and the last kept row
    "passed_over_by_quota",
    "passed_over_by_budget",
    "passed_over_by_rule",
    "bringers",  # types, and rows: the kept row that brought each type
    "other",  # text and other: a fact that a user's own strategy states
]


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A fact about a row: its kind and its values; the code that draws it chooses the words.

    ``places`` and steps count from 1, ``rows`` are positions in the pool, ``types`` are the plan's names of types: a
    name, or a number such as a token id. :data:`FactKind` says which of them each kind has.
    """

    kind: FactKind
    places: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    rows: tuple[PoolRow, ...] = ()
    types: tuple[str | int, ...] = ()
    text: str = ""
    other: Any = None

    @classmethod
    def of(cls, fact: Fact | tuple[str, Any]) -> Fact:
        """``fact`` itself, or the fact that a user's own strategy gave as (text, value).

        The pair ("covered by", row) has always named a row of the pool; every other pair is drawn as it stands.
        """
        if isinstance(fact, Fact):
            return fact
        text, value = fact
        if text == "covered by" and isinstance(value, (int, np.integer)):
            return cls(kind="covered_by", rows=(PoolRow(int(value)),))
        return cls(kind="other", text=text, other=value)


@dataclass(frozen=True, init=False)
class Reason:
    """Why a row is in or out: facts in order of importance."""

    chosen: bool
    facts: tuple[Fact, ...]

    def __init__(self, *, chosen: bool, facts: Iterable[Fact | tuple[str, Any]] = ()) -> None:
        object.__setattr__(self, "chosen", chosen)
        object.__setattr__(self, "facts", tuple(map(Fact.of, facts)))

    def fact(self, kind: FactKind) -> Fact | None:
        """The first fact of this kind, or None."""
        return next((fact for fact in self.facts if fact.kind == kind), None)

    @property
    def covered_by(self) -> PoolRow | None:
        """The kept row that covers a dropped one, where the plan names it."""
        fact = self.fact("covered_by")
        return fact.rows[0] if fact else None
