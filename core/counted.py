"""Formats numbers for users."""

from __future__ import annotations


def counted(count: float, singular: str, plural: str = "") -> str:
    """A count with its noun: "1 row", "2,400 rows"; ``plural`` is needed if the plural is not ``singular`` + s."""
    shown = f"{count:,.0f}"
    return f"{shown} {singular if shown == '1' else plural or f'{singular}s'}"


_UNSAID = {"nats": "", "nats per token": "a token"}  # units that few people know, and what is said instead


def spoken_unit(unit: str) -> str:
    """The unit that stands beside a value or an axis: as it is, or without the nat, which few people know.

    The plain sentence of a metric or a loss says what such a number means; data files and JSON keep the unit.
    """
    return _UNSAID.get(unit, unit)


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def figure3(value: float | None) -> str:
    """A number in three significant digits, thousands separated; an em dash for None."""
    if value is None or value != value:
        return "—"
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) < 1e-6:
        digits, power = f"{value:.2e}".split("e")
        return f"{digits} × 10{str(int(power)).translate(_RAISED)}"
    if abs(value) < 0.001:
        return f"{float(f'{value:.3g}'):.9f}".rstrip("0")
    return f"{value:#.3g}".rstrip(".")
