"""The units of a size: what each counts, and what it is called on every page and in every message."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import InputError, quoted

ROWS, TOKENS, ALL_TOKENS, SUPERVISED, MINUTES, MONEY = (
    "rows", "tokens", "all_tokens", "supervised_tokens", "minutes", "money",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit: its title ("supervised tokens"), and what it counts, in a sentence."""

    name: str
    title: str
    counts: str


UNITS = {
    unit.name: unit
    for unit in (
        Unit(name=ROWS, title="rows", counts="Rows, however long."),
        Unit(name=TOKENS, title="tokens", counts="Tokens of the component that the strategy reads."),
        Unit(name=ALL_TOKENS, title="all tokens", counts="Tokens of instruction and response: what a trainer reads."),
        Unit(name=SUPERVISED, title="supervised tokens", counts="Tokens of the response: what a model learns to say."),
        Unit(name=MINUTES, title="minutes", counts="Minutes of training, by a trainer profile."),
        Unit(name=MONEY, title="money", counts="The price of training, by a trainer profile."),
    )
}

BY_PROFILE = (MINUTES, MONEY)  # turned into tokens by a trainer profile, once
OF_WHOLE_ROWS = (ALL_TOKENS, SUPERVISED)  # of both components of a row, whatever the strategy reads


def unit_named(name: str) -> Unit:
    """The unit called ``name``. Raises :class:`InputError` where there is none."""
    if name not in UNITS:
        raise InputError(f"A size counts {', '.join(UNITS)}, not {quoted(name)}.", remedy="Name one of these units.")
    return UNITS[name]


def check_counted(unit: str, row_cutoff: int = 0) -> None:
    """Raises :class:`InputError` where no recipe can hold a size in ``unit``, or not with rows cut at a length."""
    if unit_named(unit).name in BY_PROFILE:
        raise InputError(
            f"A recipe holds tokens, not {unit}.", remedy="Name a trainer profile, which turns them into tokens."
        )
    if row_cutoff and unit not in OF_WHOLE_ROWS:
        raise InputError(
            f"Rows are cut at {row_cutoff:,} tokens only where a size counts all or supervised tokens, not {unit}.",
            remedy="Leave the cutoff out, or count all tokens.",
        )
    if row_cutoff < 0:
        raise InputError(f"A cutoff is a number of tokens, not {row_cutoff:,}.", remedy="0 cuts no row.")


def after_number(unit: str) -> str:
    """What stands after a size in a name: "" for rows, " tokens", " all tokens"."""
    return "" if unit == ROWS or unit not in UNITS else f" {UNITS[unit].title}"
