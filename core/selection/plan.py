"""The contract between a strategy and the slider: prepared once into a Plan, which answers any request at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from core.row_positions import PoolRow, PoolRows

Rows = NDArray[np.int64]  # positions of rows, 0 .. rows - 1, in whatever rows are at hand


def no_rows() -> PoolRows:
    return PoolRows(np.empty(0, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class Quota:
    """At least ``minimum`` and at most ``maximum`` rows of each group that is named."""

    title: str  # the column, for messages
    groups: NDArray[np.int32]  # (pool rows,) group of each row, -1 for none
    names: Sequence[str]  # (groups,)
    minimum: Mapping[int, int] = field(default_factory=dict)
    maximum: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True)
class Request:
    """Give me ``size`` rows (or tokens) at ``position`` of the slider.

    ``given`` rows are already in training: never chosen, but counted as covered. ``pinned`` rows are always
    chosen and count toward the size; ``excluded`` rows never are. ``cost`` (pool rows,) int64 is each row's
    tokens when ``size`` is a token budget; None counts rows.
    """

    size: int
    position: float = 1.0
    seed: int = 0
    cost: NDArray[np.int64] | None = None
    given: PoolRows = field(default_factory=no_rows)
    pinned: PoolRows = field(default_factory=no_rows)
    excluded: PoolRows = field(default_factory=no_rows)
    quotas: tuple[Quota, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Answer:
    """The rows a plan gave, in the order it chose them.

    ``realised`` says what came of the position: ``{"k", "k_min", "k_max", "types_covered", "pool_rows"}`` of a
    typed plan, ``{"start", "stop", "length"}`` of a ranked one.
    """

    rows: PoolRows
    realised: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a row is in or out: facts for the page to lay out, in order of importance."""

    chosen: bool
    facts: tuple[tuple[str, Any], ...]  # ("rank", 17), ("brought first", [type ids]), ("covered by", row)


class Plan(ABC):
    """What a strategy prepared from a pool. Immutable; answers are exact and depend on nothing but the request."""

    kind: ClassVar[Literal["typed", "ranked"]]

    @property
    @abstractmethod
    def rows(self) -> int:
        """Rows of the pool it was prepared from."""

    @property
    @abstractmethod
    def outside(self) -> Mapping[str, int]:
        """Rows that no answer can hold, counted by reason ("no mid-band token": 24867)."""

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """The subset for a request. Raises :class:`core.errors.Infeasible` when the pool cannot give it."""

    @abstractmethod
    def why(self, row: PoolRow, answer: Answer) -> Reason:
        """Why the row at position ``row`` is in the answer or not."""

    @abstractmethod
    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Arrays and JSON values from which :meth:`restore` makes the same plan again."""

    @classmethod
    @abstractmethod
    def restore(cls, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]) -> Plan:
        """The plan that :meth:`state` described."""
