"""A size as it is asked for, in any unit, as the fields of a recipe; and the size where none is asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.budgets.profile_store import given_profile
from core.budgets.trainer_profile import TrainerProfile
from core.budgets.units import BY_PROFILE, OF_WHOLE_ROWS, ROWS, check_counted, unit_named
from core.errors import InputError, quoted
from core.workspace.artefacts import Workspace


@dataclass(frozen=True, kw_only=True)
class Sized:
    """The fields of a recipe that say how large a subset is.

    ``size`` counts ``unit``; ``row_cutoff`` cuts rows where whole rows are counted. ``budget`` says where tokens came
    from that were asked for in minutes or money: {"amount", "unit", "profile": its figures}; {} for all others.
    """

    size: int
    unit: str = ROWS
    row_cutoff: int = 0
    budget: Mapping[str, Any] = field(default_factory=dict)

    def as_fields(self) -> dict[str, Any]:
        """The fields by name, for a recipe."""
        return {"size": self.size, "unit": self.unit, "row_cutoff": self.row_cutoff, "budget": dict(self.budget)}


def sized(
    amount: float,
    unit: str = ROWS,
    *,
    row_cutoff: int = 0,
    profile: TrainerProfile | str = "",
    workspace: Workspace | None = None,
) -> Sized:
    """The size of ``amount`` in ``unit``; minutes and money are turned into tokens here, once.

    ``profile`` is a trainer profile or the name of one that ``workspace`` keeps; "" is the only one there is. Its
    cutoff cuts rows where minutes or money are asked for; ``row_cutoff`` does so where all or supervised tokens are. An
    amount of 0 stands for the usual size, of minutes and money there is none.

    Raises :class:`InputError` for an unknown unit, a part of a row or a token, and a profile that is not there or has
    no price.
    """
    unit_named(unit)
    if unit in BY_PROFILE:
        known = given_profile(profile, unit, workspace)
        told = known.as_dict()
        return Sized(
            size=known.tokens_for(amount, unit),
            unit=known.unit,
            row_cutoff=known.cutoff,
            budget={"amount": float(amount), "unit": unit, "profile": told},
        )
    if not math.isfinite(amount) or amount != int(amount) or amount < 0:
        raise InputError(f"A size in {unit_named(unit).title} is a whole number, not {quoted(f'{amount:g}')}.")
    check_counted(unit, row_cutoff)
    return Sized(size=int(amount), unit=unit, row_cutoff=row_cutoff)


def in_tokens(
    values: Mapping[str, Any], *, workspace: Workspace | None = None, profile: TrainerProfile | None = None
) -> dict[str, Any]:
    """The fields of a study whose ``sizes`` may be minutes or money of a ``profile``, with sizes that a recipe holds.

    The profile's name is left out: "budget" holds its figures. Raises what :func:`sized` raises.
    """
    told = dict(values)
    named, unit = str(told.pop("profile", "")), str(told.get("unit", ROWS))
    if unit not in BY_PROFILE:
        return told
    given = told.get("sizes", ())
    amounts = list(given) if isinstance(given, list | tuple) else [given]
    if not amounts or any(isinstance(amount, bool) or not isinstance(amount, int | float) for amount in amounts):
        raise InputError(f"Sizes in {unit} are numbers.", remedy="For example: sizes = [30, 60]")
    made = [sized(amount, unit, profile=profile or named, workspace=workspace) for amount in amounts]
    figures = made[0].budget["profile"]
    return {
        **told,
        "sizes": [size.size for size in made],
        "unit": made[0].unit,
        "row_cutoff": made[0].row_cutoff,
        "budget": {"unit": unit, "amounts": [size.budget["amount"] for size in made], "profile": figures},
    }


def default_size(pool_rows: int) -> int:
    """min(10,000, a tenth of the pool), at least 1."""
    return max(1, min(10_000, pool_rows // 10))


def usual_size(costs: NDArray[np.int64] | None, *, pool_rows: int) -> int:
    """The size that is proposed for a pool: what :func:`default_size` of its rows take on average.

    ``costs`` (pool rows,) are those of a unit; None counts rows.
    """
    rows = default_size(pool_rows)
    return rows if costs is None else in_thousands(rows * float(costs.mean()) if len(costs) else 1.0)


def in_thousands(tokens: float) -> int:
    """A number of tokens rounded to thousands, exact below 500, at least 1."""
    return max(1, int(round(tokens, -3)) or int(tokens))


def size_wanted(size: int, unit: str, costs: NDArray[np.int64] | None, *, pool_rows: int) -> int:
    """``size``, or for 0 the size that was always meant by it: of rows and tokens :func:`default_size`."""
    if size or unit not in OF_WHOLE_ROWS:
        return size or default_size(pool_rows)
    return usual_size(costs, pool_rows=pool_rows)
