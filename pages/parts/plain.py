"""Text of unknown origin, shown as text."""

from __future__ import annotations

import re

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~$:])")


def plain(text: object) -> str:
    """``text`` with every Markdown sign escaped, for labels and messages that Streamlit reads as Markdown."""
    return _MARKDOWN.sub(r"\\\1", str(text))


def rows(count: float) -> str:
    """A count with thin thousands: 117 000 reads as 117,000."""
    return f"{count:,.0f}"


def figure3(value: float | None) -> str:
    """A number in three significant digits, thousands separated; an em dash where there is none."""
    if value is None or value != value:
        return "—"
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) < 0.001:
        return f"{value:.2e}"
    return f"{value:#.3g}".rstrip(".")
