"""How many of what, in words."""

from __future__ import annotations


def counted(count: float, one: str, many: str = "") -> str:
    """A count with what is counted: "1 row", "2,400 rows"; ``many`` is for what an s does not make plural."""
    shown = f"{count:,.0f}"
    return f"{shown} {one if shown == '1' else many or f'{one}s'}"
