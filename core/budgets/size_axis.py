"""An axis of sizes in any unit: what a recipe counts there, and what that is in minutes or money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.budgets.profile_store import profile_named
from core.budgets.trainer_profile import TrainerProfile
from core.budgets.units import BY_PROFILE, MINUTES, MONEY, ROWS, check_counted, unit_named
from core.counted import counted, figure3
from core.errors import InputError
from core.workspace.artefacts import Workspace


@dataclass(frozen=True, kw_only=True)
class SizeAxis:
    """The unit of an axis, and the unit in which recipes count its sizes: the same one but for minutes and money.

    ``row_cutoff`` cuts rows where whole rows are counted; ``profile`` turns tokens into minutes and money. A faster or
    cheaper trainer gives the same sizes fewer minutes and less money.
    """

    unit: str = ROWS
    row_cutoff: int = 0
    profile: TrainerProfile | None = None

    @property
    def counted(self) -> str:
        """The unit that recipes of this axis hold."""
        return self.profile.unit if self.unit in BY_PROFILE and self.profile is not None else self.unit

    @property
    def title(self) -> str:
        """What is written at the axis: "all tokens", "minutes", "money in EUR"."""
        currency = self.profile.currency if self.unit == MONEY and self.profile is not None else ""
        return f"{unit_named(self.unit).title} in {currency}" if currency else unit_named(self.unit).title

    def shown(self, size: float) -> float:
        """A size of a recipe in the unit of the axis."""
        if self.unit not in BY_PROFILE or self.profile is None:
            return float(size)
        amount = self.profile.minutes_of(size) if self.unit == MINUTES else self.profile.money_of(size)
        return float(amount or 0.0)

    def worded(self, size: float) -> str:
        """A size of a recipe in words: "12,000 all tokens", "3.4 minutes", "1.2 EUR"."""
        return self.named(self.shown(size))

    def named(self, amount: float) -> str:
        """An amount in the unit of the axis, in words."""
        if self.unit == MONEY and self.profile is not None and self.profile.currency:
            return f"{figure3(amount)} {self.profile.currency}"
        if self.unit == ROWS:
            return counted(amount, "row")
        return f"{figure3(amount) if self.unit in BY_PROFILE else f'{amount:,.0f}'} {unit_named(self.unit).title}"

    def size_for(self, amount: float) -> int:
        """The size of a recipe that ``amount`` of the axis's unit is, rounded to a whole row or token."""
        if self.unit in BY_PROFILE and self.profile is not None:
            return self.profile.tokens_for(amount, self.unit)
        return max(1, round(amount))

    def fields(self, size: int) -> dict[str, Any]:
        """The fields of a recipe of this ``size``."""
        budget: dict[str, Any] = {}
        if self.unit in BY_PROFILE and self.profile is not None:
            budget = {"amount": self.shown(size), "unit": self.unit, "profile": self.profile.as_dict()}
        return {"size": size, "unit": self.counted, "row_cutoff": self.row_cutoff, "budget": budget}


def size_axis(
    unit: str,
    *,
    row_cutoff: int = 0,
    profile: TrainerProfile | str | None = "",
    workspace: Workspace | None = None,
) -> SizeAxis:
    """The axis that counts ``unit``; for minutes and money by a trainer profile, or the one so called in ``workspace``.

    "" is the only profile there is. Raises :class:`InputError` for an unknown unit, a profile that is not there or has
    no price, and a cutoff where no whole rows are counted.
    """
    unit_named(unit)
    if unit not in BY_PROFILE:
        check_counted(unit, row_cutoff)
        return SizeAxis(unit=unit, row_cutoff=row_cutoff)
    known = (
        profile_named(workspace, profile or "") if workspace and not isinstance(profile, TrainerProfile) else profile
    )
    if not isinstance(known, TrainerProfile):
        raise InputError(f"{unit.capitalize()} need a trainer profile.", remedy="Name one.")
    known.check_priced(unit)
    return SizeAxis(unit=unit, row_cutoff=known.cutoff, profile=known)


def axis_of(fields: Mapping[str, Any]) -> SizeAxis:
    """The axis of a recipe's ``fields``: its unit, or where these came from a budget, the budget's."""
    budget = dict(fields.get("budget") or {})
    cutoff = int(fields.get("row_cutoff", 0))
    if budget:
        return SizeAxis(unit=str(budget["unit"]), row_cutoff=cutoff, profile=TrainerProfile.of(budget["profile"]))
    return SizeAxis(unit=str(fields.get("unit", ROWS)), row_cutoff=cutoff)
