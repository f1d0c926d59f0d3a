"""The parts of a joined plan: types of two strategies, each on its component, in one incidence, and their weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.selection.incidence import Incidence

WHOLE = 1000  # weights are whole thousandths, so that no rounding decides a turn


@dataclass(frozen=True, kw_only=True)
class Part:
    """The types ``first`` up to ``stop`` of a joined incidence, made by ``strategy`` on ``component``.

    ``title`` says what they are ("mid-band tokens of the response"). ``weight`` is in thousandths; the weights of all
    parts sum to :data:`WHOLE`. Of every 1,000 rows that the sampler draws, ``weight`` are drawn for a type of this
    part, as long as it has a type with a free row.
    """

    title: str
    strategy: str
    component: str
    weight: int
    first: int
    stop: int

    def own(self, types: NDArray[np.int32]) -> NDArray[np.int32]:
        """Those of ``types`` that belong to this part."""
        return types[(types >= self.first) & (types < self.stop)]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Part:
        return cls(**values)


def joined_incidence(incidences: Sequence[Incidence]) -> Incidence:
    """The types of several incidences of the same rows in one: those of the first, then those of the next.

    Their titles are those that they have alone; their keys are their numbers.
    """
    types = sum(len(incidence.keys) for incidence in incidences)
    offsets = np.cumsum([0, *(len(incidence.keys) for incidence in incidences)])
    rows = np.concatenate([np.repeat(np.arange(incidence.rows), incidence.per_row) for incidence in incidences])
    numbers = np.concatenate(
        [incidence.types.astype(np.int64) + offset for incidence, offset in zip(incidences, offsets, strict=False)]
    )
    order = np.argsort(rows, kind="stable")  # within a row the parts follow one another, each ascending
    per_row = sum(incidence.per_row for incidence in incidences)
    titles = [incidence.title(kind) for incidence in incidences for kind in range(len(incidence.keys))]
    return Incidence(
        np.concatenate(([0], np.cumsum(per_row))).astype(np.int64),
        numbers[order].astype(np.int32),
        np.arange(types, dtype=np.int64),
        titles,
    )


def part_of_types(parts: Sequence[Part], types: int) -> NDArray[np.int64]:
    """(types,) the number of the part that each type belongs to; 0 for all where there are no parts."""
    number = np.zeros(types, dtype=np.int64)
    for place, part in enumerate(parts):
        number[part.first : part.stop] = place
    return number


def price_of_types(parts: Sequence[Part], types: int) -> NDArray[np.int64]:
    """(types,) what a row of each type costs when pruning compares types: the weight of the other part.

    A type of part p in f rows counts as f / weight(p): the heavier a part, the sooner its types leave, so that the
    slider moves it more.
    """
    price = np.ones(types, dtype=np.int64)
    for part in parts:
        price[part.first : part.stop] = WHOLE - part.weight
    return price
