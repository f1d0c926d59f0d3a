"""The declaration of a metric, and the rows that it is given to measure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from core.metrics.reading import Reading
from core.parameters import Parameter, complete
from core.progress import Progress, silent
from core.view import View


@dataclass(frozen=True, eq=False, kw_only=True)
class Measuring:
    """The rows to measure, the reference to compare them with, and the parameters.

    ``reference`` is the pool (or another corpus), for metrics that need one; ``seed`` seeds every sampling.
    """

    view: View
    reference: View | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    device: str = "cpu"
    progress: Progress = silent


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric: a number about a set of rows.

    ``direction`` +1: higher is more diverse; -1: higher is less diverse; 0: neither. ``needs`` returns, for completed
    parameters, the features that it reads, and ``reference`` when it compares with one. ``measure`` raises
    :class:`core.errors.InputError` where the rows have no such number; any other exception is a fault of the program
    and is shown as one. ``instant`` metrics answer within a slider move at 10,000 rows; a job measures the others.
    ``shown_by_default``: it has a card beside every subset, and the Compare page offers to measure it. ``costly``:
    with 40 random subsets beside it, it takes so long that a job measures it only when its name is requested.
    ``least`` and ``most`` are the ends of its range where it has any; a share's are 0 and 1. ``of_a_part``: it
    compares the rows with the pool they were chosen from, so it means nothing for the whole pool. ``formula`` is plain
    text. ``languages`` names the languages that it is made for, none if it reads any language.
    """

    name: str
    title: str
    family: Literal["lexical", "token distribution", "embedding", "coverage", "composition", "size"]
    direction: Literal[-1, 0, 1]
    formula: str
    source: str
    measure: Callable[[Measuring], Reading]
    needs: Callable[[Mapping[str, Any]], Sequence[str]] = lambda parameters: ()
    parameters: tuple[Parameter, ...] = ()
    instant: bool = False
    shown_by_default: bool = False
    costly: bool = False
    size_dependent: bool = False
    length_dependent: bool = False
    languages: tuple[str, ...] = ()
    unit: str = ""
    of_a_part: bool = False
    least: float | None = None
    most: float | None = None
    cost: str = "O(tokens)"
    version: int = 1

    def clipped(self, value: float) -> float:
        """``value``, moved to the nearest end of the metric's range if it lies outside."""
        share = self.unit == "share"
        least, most = 0.0 if share else self.least, 1.0 if share else self.most
        return min(max(value, -math.inf if least is None else least), math.inf if most is None else most)

    @property
    def moves_with(self) -> tuple[str, ...]:
        """What changes it without a change of diversity: "size" (the number of rows), "length" (of their text)."""
        return (*["size"] * self.size_dependent, *["length"] * self.length_dependent)

    @property
    def of_rows(self) -> bool:
        """Whether it reads no text, only which rows they are and their columns: it is equal on every component."""
        return all(need.startswith("column:") for need in self.needs(complete(self.parameters)))
