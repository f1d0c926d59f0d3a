"""Where the high, mid and low bands of a frequency spectrum begin and end."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.errors import InputError

Unit = Literal["count", "per_million", "quantile"]


def thresholds(
    frequency: NDArray[np.int64], *, low: float = 10, high: float = 500, unit: Unit = "count"
) -> tuple[float, float]:
    """``low`` and ``high`` as occurrences in the corpus that ``frequency`` (types,) was counted in.

    ``count`` takes them as they are; ``per_million`` as occurrences in a million tokens; ``quantile`` as
    shares in [0, 1] of the types that occur, rarest first. Raises :class:`InputError` when low exceeds high.
    Source: From Macro to Micro, section on token frequency (10 and 500 at 117,000 responses).
    """
    if unit not in get_args(Unit):
        raise InputError(f"Bands are given in {', '.join(get_args(Unit))}, not {unit!r}.")
    if not (0 <= low <= high):
        raise InputError(f"The band from {low:g} to {high:g} is empty.", remedy="Let the low end be the smaller one.")
    if unit == "count":
        return float(low), float(high)
    if unit == "per_million":
        scale = float(frequency.sum()) / 1e6
        return low * scale, high * scale
    if high > 1:
        raise InputError(f"A quantile lies between 0 and 1, not at {high:g}.")
    occurring = frequency[frequency > 0]
    if len(occurring) == 0:
        return 0.0, 0.0
    bottom, top = np.quantile(occurring, [low, high])
    return float(bottom), float(top)


def band_mask(
    frequency: NDArray[np.int64], *, low: float = 10, high: float = 500, unit: Unit = "count"
) -> NDArray[np.bool_]:
    """(types,) whether a type occurs and low <= frequency <= high: the mid band V* of From Macro to Micro.

    Raising ``low`` drops names, loanwords and typos; lowering ``high`` drops function words and affixes.
    """
    bottom, top = thresholds(frequency, low=low, high=high, unit=unit)
    return (frequency > 0) & (frequency >= bottom) & (frequency <= top)
