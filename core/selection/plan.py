"""The contract between a strategy and the slider: prepared once into a Plan, which answers any request at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from core.row_positions import PoolRow, PoolRows
from core.selection.left_out import LeftOutRows, by_reasons
from core.selection.reason import Reason as Reason

Rows = NDArray[np.int64]  # positions of rows, 0 .. rows - 1, of whichever rows a function is given


def no_rows() -> PoolRows:
    return PoolRows(np.empty(0, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class Quota:
    """At least ``minimum`` and at most ``maximum`` rows of each named group."""

    title: str  # the column, for messages
    groups: NDArray[np.int32]  # (pool rows,) group of each row, -1 for none
    names: Sequence[str]  # (groups,)
    minimum: Mapping[int, int] = field(default_factory=dict)
    maximum: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True)
class Request:
    """A request for ``size`` rows (or tokens) at ``position`` of the slider.

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


@dataclass(frozen=True, kw_only=True)
class TypeRange:
    """Where a typed answer stands between the least and the most diverse answer, in numbers of types.

    ``least`` and ``most`` (k_min, k_max) are the ends of the request's range, ``asked`` is what its position asks for,
    ``covered`` what the chosen rows hold.
    """

    least: int
    most: int
    asked: int
    covered: int


@dataclass(frozen=True, kw_only=True)
class Window:
    """The part of an order of ``length`` rows from which an answer was taken: ``start`` (from 0) up to ``stop``."""

    start: int
    stop: int
    length: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Answer:
    """The rows a plan gave, in the order it chose them.

    ``realised`` says what came of the position, as it is kept with a saved subset: ``{"k", "k_min", "k_max",
    "k_target", "types_covered", "pool_rows", "step"}`` of a typed plan, ``{"start", "stop", "length", "position"}``
    of a ranked one. Read it through the properties below: they give None where a plan has no such value.
    """

    rows: PoolRows
    realised: Mapping[str, Any]
    warnings: tuple[str, ...] = ()

    @property
    def type_range(self) -> TypeRange | None:
        """The numbers of types between which the slider moves; None for a plan that counts no types."""
        said = self.realised
        if not {"k_min", "k_max", "k_target", "types_covered"} <= set(said):
            return None
        return TypeRange(
            least=int(said["k_min"]),
            most=int(said["k_max"]),
            asked=int(said["k_target"]),
            covered=int(said["types_covered"]),
        )

    @property
    def parts(self) -> Mapping[str, tuple[int, int]]:
        """Of a joined plan: title of a part → its types that the rows hold, and all its types."""
        return {title: (int(held), int(types)) for title, (held, types) in self.realised.get("parts", {}).items()}

    @property
    def window(self) -> Window | None:
        """The window in the plan's order; None for a plan without an order."""
        said = self.realised
        if not {"start", "stop", "length"} <= set(said):
            return None
        return Window(start=int(said["start"]), stop=int(said["stop"]), length=int(said["length"]))

    @property
    def step(self) -> int | None:
        """The pruning step whose pool the rows were taken from; None for a plan without pruning."""
        return int(self.realised["step"]) if "step" in self.realised else None

    @property
    def position(self) -> float | None:
        """The slider's position that the plan used, 1 if it is fixed; None for a plan that does not state it."""
        return float(self.realised["position"]) if "position" in self.realised else None


class Plan(ABC):
    """The result of preparing a strategy on a pool. Immutable; an answer is exact and depends on the request only."""

    kind: ClassVar[Literal["typed", "ranked"]]

    @property
    @abstractmethod
    def rows(self) -> int:
        """The number of rows of the pool that it was prepared from."""

    @property
    @abstractmethod
    def outside(self) -> Mapping[str, int]:
        """Rows that no answer can hold, counted by reason ("no mid-band token": 24867)."""

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """The subset for a request. Raises :class:`core.errors.Infeasible` when the pool cannot give it."""

    @abstractmethod
    def why(self, row: PoolRow, answer: Answer) -> Reason:
        """Why the row at position ``row`` is in the answer, or why it is not."""

    def left_out(self, rows: PoolRows, answer: Answer) -> LeftOutRows:
        """Why each of ``rows``, none of them in the answer, is left out; row by row unless a plan has a faster way."""
        return by_reasons([self.why(PoolRow(row), answer) for row in rows.tolist()])

    @abstractmethod
    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Arrays and JSON values from which :meth:`restore` makes the same plan again."""

    @classmethod
    @abstractmethod
    def restore(cls, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]) -> Plan:
        """The plan that :meth:`state` described."""
