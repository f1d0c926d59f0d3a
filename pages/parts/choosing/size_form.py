"""The size of a subset: one number, its unit, and behind a small button the trainer profile of minutes and money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.budgets.size_axis import SizeAxis, size_axis
from core.budgets.sizing import Sized, default_size, in_thousands, sized, usual_size
from core.budgets.trainer_profile import TrainerProfile
from core.budgets.units import BY_PROFILE, MINUTES, MONEY, OF_WHOLE_ROWS, ROWS, UNITS
from core.counted import counted
from core.workbench.corpus_view import CorpusView
from pages.parts.choosing.profile_form import profile_form, profile_now
from pages.parts.frame import address
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.page import Context

UNCOUNTED = 100.0  # tokens of a row, where they are not counted yet


def size_form(columns: Sequence[Any], ctx: Context, corpus_view: CorpusView) -> Sized | None:
    """Draw unit, number and button in three ``columns``; the size, or None after saying what it still needs."""
    unit = bound_select(
        columns[0], "Size in", list(UNITS), parameter=address.SIZE_UNIT, default=ROWS, help=units_told(),
        format_func=lambda name: UNITS[name].title if name in UNITS else name,
    )  # fmt: skip
    cutoff, profile = profile_popover(columns[2], ctx, unit)
    label = f"How much, {profile.currency}" if unit == MONEY and profile and profile.currency else "How many"
    proposed = _proposed(corpus_view, unit, cutoff, profile)
    by_profile = unit in BY_PROFILE
    number = columns[1].number_input(
        label,
        min_value=0.01 if by_profile else 1,
        value=proposed,
        step=_step(proposed),
        format="%.2f" if by_profile else "%d",
        **address.SIZE_WANTED[unit].widget,
        persist_state="session",
        disabled=by_profile and (profile is None or (unit == MONEY and not profile.price_an_hour)),
        help=f"The pool holds {counted(len(corpus_view.pool), 'row')}.",
    )
    if not by_profile:
        return sized(number, unit, row_cutoff=cutoff)
    if profile is None:
        st.info(
            f"**A size in {UNITS[unit].title} needs a trainer profile.** Press the clock beside the number and type "
            "how many tokens a second your trainer reads, or take the speed of a training inside."
        )
        return None
    if unit == MONEY and not profile.price_an_hour:
        st.info("**This trainer profile has no price.** Press the clock beside the number and type what an hour costs.")
        return None
    return sized(number, unit, profile=profile)


def units_told() -> str:
    """What each unit counts, for the help of a choice of units."""
    return " ".join(f"{unit.title}: {unit.counts[0].lower()}{unit.counts[1:]}" for unit in UNITS.values())


def units_here(ctx: Context, corpus_view: CorpusView) -> list[str]:
    """The units in which sizes of this corpus are known: tokens where they are counted, the rest by a profile."""
    profile = profile_now(ctx)
    known = [unit for unit in UNITS if unit not in BY_PROFILE and corpus_view.not_counted(unit) is None]
    if profile is not None and corpus_view.not_counted(profile.unit) is None:
        known += [unit for unit in BY_PROFILE if unit != MONEY or profile.price_an_hour]
    return known


def axis_here(ctx: Context, unit: str, *, row_cutoff: int = 0) -> SizeAxis:
    """The axis of sizes in ``unit``, one of :func:`units_here`."""
    return size_axis(unit, row_cutoff=row_cutoff if unit in OF_WHOLE_ROWS else 0, profile=profile_now(ctx))


def profile_popover(place: Any, ctx: Context, unit: str) -> tuple[int, TrainerProfile | None]:
    """Draw the small button with the trainer profile behind it; where rows are cut for ``unit``, and the profile."""
    with place.popover(
        "", icon=":material/timer:", width="stretch", key="profile-popover", help="How fast and dear your trainer is."
    ):
        cutoff = _row_cutoff() if unit in OF_WHOLE_ROWS else 0
        return cutoff, profile_form(ctx)


def _row_cutoff() -> int:
    return int(
        st.number_input(
            "Rows are cut at, tokens",
            min_value=0,
            value=0,
            step=256,
            **address.ROW_CUTOFF.widget,
            persist_state="session",
            help="Of a longer row so many tokens are counted, as a trainer with this cutoff reads it. 0: all.",
        )
    )


def _proposed(view: CorpusView, unit: str, cutoff: int, profile: TrainerProfile | None) -> int | float:
    """The number that stands there first: that of the usual number of rows."""
    if unit in BY_PROFILE:
        if profile is None or (unit == MONEY and not profile.price_an_hour):
            return 10.0
        tokens = _usual(view, profile.unit, profile.cutoff)
        amount: float = profile.minutes_of(tokens) if unit == MINUTES else profile.money_of(tokens) or 0.0
        return max(0.01, float(round(amount, 2)))
    return _usual(view, unit, cutoff)


def _usual(view: CorpusView, unit: str, cutoff: int) -> int:
    rows = len(view.pool)
    if view.not_counted(unit):
        return in_thousands(default_size(rows) * UNCOUNTED)
    return usual_size(view.costs(unit, row_cutoff=cutoff), pool_rows=rows)


def _step(proposed: float) -> int | float:
    if isinstance(proposed, int):
        return max(1, int(10 ** (len(str(proposed)) - 2)))
    return 1.0 if proposed >= 10 else 0.1
