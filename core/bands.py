"""The mid band of a corpus's token frequencies: where its ends lie, and which types are above, in and below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError, quoted
from core.parameters import Parameter

Unit = Literal["count", "per_million", "quantile"]
UNITS: tuple[Unit, ...] = get_args(Unit)
BAND_NAMES = ("high", "mid", "low")
BandRows = Literal["corpus", "training", "pool"]
BAND_ROWS: tuple[BandRows, ...] = get_args(BandRows)  # the rows whose occurrences are counted
DIGITS = (7, 12, 17)  # digits of a converted end: the first of these numbers that moves no type is used


@dataclass(frozen=True)
class Band:
    """The mid band V*: the types with low <= f <= high, f counted in occurrences (not rows).

    Which rows are counted is said by the features' ``band_rows``: the whole corpus (our default), the training rows
    (all but the holdout: the paper counts its training samples), or the pool, after a length window or any filter.

    ``unit`` is the unit of the two ends: a ``count`` of occurrences; occurrences ``per_million`` tokens of the corpus;
    or a ``quantile``, a share in [0, 1] of the types that occur, rarest first. Raising ``low`` takes names, loanwords
    and typos out of the mid band; lowering ``high`` takes function words, digits and affixes out. Raises
    :class:`InputError` for an unknown unit, for ends in the wrong order or below 0, and for a quantile above 1, so that
    every band is valid. A band may hold no type, see :meth:`split`.
    Source: From Macro to Micro, §D.3 (10 and 500 at 117,000 responses); the units that fit any size are ours.
    """

    low: float = 10.0
    high: float = 500.0
    unit: Unit = "count"

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise InputError(f"Bands are given in {', '.join(UNITS)}, not {quoted(self.unit)}.")
        if not (0 <= self.low <= self.high):
            raise InputError(
                f"The band from {self.low:g} to {self.high:g} is empty.", remedy="Make the low end the smaller one."
            )
        if self.unit == "quantile" and self.high > 1:
            raise InputError(f"A quantile lies between 0 and 1, not at {self.high:g}.")

    def thresholds(self, frequency: NDArray[np.int64]) -> tuple[float, float]:
        """Both ends as occurrences in the corpus in which ``frequency`` (types,) was counted."""
        if self.unit == "count":
            return float(self.low), float(self.high)
        if self.unit == "per_million":
            scale = float(frequency.sum()) / 1e6
            return self.low * scale, self.high * scale
        occurring = frequency[frequency > 0]
        if len(occurring) == 0:
            return 0.0, 0.0
        bottom, top = np.quantile(occurring, [self.low, self.high])
        return float(bottom), float(top)

    def whole_ends(self, frequency: NDArray[np.int64]) -> tuple[float, float]:
        """:meth:`thresholds` moved inward to whole occurrences, which hold the same types.

        Where no whole number lies between the two, they stay as they are.
        """
        low, high = self.thresholds(frequency)
        inward = float(np.ceil(low)), float(np.floor(high))
        return inward if inward[0] <= inward[1] else (low, high)

    def split(self, frequency: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
        """{band name, high first: (types,) whether each type of ``frequency`` (types,) is in that band}.

        A type that occurs is in exactly one band, a type that never occurs in none. This also holds if no type lies
        between the ends: types more frequent than the high end are above, types less frequent than the low end below,
        and the mid band is empty.
        """
        low, high = self.thresholds(frequency)
        occurs = frequency > 0
        return {
            "high": occurs & (frequency > high),
            "mid": occurs & (frequency >= low) & (frequency <= high),
            "low": occurs & (frequency < low),
        }

    def mask(self, frequency: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(types,) whether a type of ``frequency`` (types,) is in the mid band."""
        return self.split(frequency)["mid"]

    @staticmethod
    def that_holds_types(frequency: NDArray[np.int64]) -> Band | None:
        """A usual band that holds types of ``frequency`` (types,); None where no token occurs.

        The paper's ends are 2 to 100 occurrences in a million tokens at the size of its corpus (some 5 million tokens),
        and fit larger and smaller corpora so. Where they hold nothing, the middle half of the types does.
        """
        usual = (Band(2, 100, "per_million"), Band(0.25, 0.75, "quantile"), Band(0, 1, "quantile"))
        return next((band for band in usual if band.mask(frequency).any()), None)

    def converted(self, unit: Unit, frequency: NDArray[np.int64]) -> Band:
        """The same band of this corpus in another unit: every type stays in its band.

        Counts become whole numbers if possible; other ends are put half-way to the neighbouring frequency, so that
        rounding moves no type over them. Raises :class:`InputError` for an unknown unit, and where quantiles cannot
        express the band: one above the commonest type or below the rarest, which holds no type.
        """
        if unit == self.unit:
            return self
        own_split = self.split(frequency)
        for other in self._in_unit(unit, frequency):
            split = other.split(frequency)
            if all(np.array_equal(split[name], own_split[name]) for name in BAND_NAMES):
                return other
        raise InputError(
            f"This band holds no token and cannot be expressed by {unit.replace('_', ' ')} thresholds.",
            remedy="Widen the band first.",
        )

    def _in_unit(self, unit: Unit, frequency: NDArray[np.int64]) -> Iterator[Band]:
        """The band in another unit, with more and more digits."""
        low, high = self.thresholds(frequency)
        if unit == "count":
            low, high = self.whole_ends(frequency)
            yield Band(low, high, unit)
            return
        below, above = max(0.0, float(np.ceil(low)) - 0.5), float(np.floor(high)) + 0.5
        if unit == "quantile":
            occurring = np.sort(frequency[frequency > 0])
            last = max(len(occurring) - 1, 1)
            first = float(np.searchsorted(occurring, low, side="left"))
            end = float(np.searchsorted(occurring, high, side="right"))
            below, above = (min(1.0, max(0.0, (place - 0.5) / last)) for place in (first, end))
            for digits in DIGITS:
                yield Band(round(below, digits), round(max(below, above), digits), unit)
            return
        scale = max(int(frequency.sum()), 1) / 1e6
        for digits in DIGITS:
            bottom, top = (float(f"{end / scale:.{digits + 1}g}") for end in (below, max(below, above)))
            yield Band(bottom, top, unit)


def band_parameters(*, low: str, high: str) -> tuple[Parameter, ...]:
    """The three parameters of a strategy or metric that uses the corpus's mid band.

    ``low`` and ``high`` are the help texts that say what raising each end does. The parameters' names are part of
    recipes and of the keys of plans and values, so they must not change.
    """
    usual = Band()
    return (
        Parameter(
            name="low", title="Mid band from", kind="float", default=usual.low, minimum=0, band_end="low", help=low
        ),
        Parameter(
            name="high", title="Mid band to", kind="float", default=usual.high, minimum=0, band_end="high", help=high
        ),
        Parameter(
            name="unit",
            title="Band in",
            kind="choice",
            default=usual.unit,
            choices=UNITS,
            band_end="unit",
            help="Occurrences in the corpus, occurrences in a million tokens, or shares of the types (0 to 1).",
        ),
    )
