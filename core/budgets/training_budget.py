"""How long a training is, in any unit: the tokens that it goes through, and what they take by a trainer profile."""

from __future__ import annotations

import math

from core.budgets.profile_store import given_profile
from core.budgets.trainer_profile import TrainerProfile
from core.budgets.units import ALL_TOKENS, BY_PROFILE, SUPERVISED, UNITS, unit_named
from core.counted import figure3
from core.errors import InputError, quoted
from core.workspace.artefacts import Workspace

LENGTHS = (SUPERVISED, ALL_TOKENS, *BY_PROFILE)  # the units in which a training has a length


def training_length(
    amount: float, unit: str, *, profile: TrainerProfile | str = "", workspace: Workspace | None = None
) -> tuple[int, str]:
    """The tokens that a training of ``amount`` in ``unit`` goes through, and whether these are supervised or all.

    Epochs are in it: a training of 1,000 tokens on rows of 500 goes through them twice. Minutes and money go by a
    trainer ``profile``, or the one so called in ``workspace`` ("": the only one), whose speed says which tokens count.
    Raises :class:`InputError` for a unit in which a training has no length, a part of a token, and a profile that is
    not there or has no price.
    """
    if unit_named(unit).name not in LENGTHS:
        titles = ", ".join(UNITS[name].title for name in LENGTHS)
        raise InputError(f"A training is as long as its {titles}, not its {unit_named(unit).title}.")
    if unit in BY_PROFILE:
        known = given_profile(profile, unit, workspace)
        return known.trained_for(amount, unit), known.unit
    if not math.isfinite(amount) or amount != int(amount) or amount < 1:
        raise InputError(f"A training goes through a whole number of tokens, not {quoted(f'{amount:g}')}.")
    return int(amount), unit


def training_words(tokens: int, unit: str, profile: TrainerProfile | None) -> str:
    """What going through ``tokens`` of ``unit`` takes by a profile: "12.0 minutes · 3.40 EUR".

    It is "" without one, and where its speed counts other tokens. A profile tells what the trainer it describes takes,
    not this machine.
    """
    if profile is None or profile.unit != unit:
        return ""
    minutes = profile.minutes_through(tokens)
    return " · ".join([f"{figure3(minutes)} minutes", *price_words(minutes, profile)])


def price_words(minutes: float, profile: TrainerProfile | None) -> list[str]:
    """The price of so many minutes by a profile as a list of one text; empty without a price."""
    price = profile.price_of(minutes) if profile is not None else None
    return [] if price is None or profile is None else [f"{figure3(price)} {profile.currency}".rstrip()]
