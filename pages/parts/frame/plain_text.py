"""Escapes and formats text for pages, which may come from anywhere and must be shown as plain text."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from core.counted import figure3 as figure3

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~$:])")


def plain(text: object) -> str:
    """``text`` with every Markdown sign escaped, for labels and messages that Streamlit reads as Markdown."""
    return _MARKDOWN.sub(r"\\\1", str(text))


def rows(count: float) -> str:
    """A count with thin thousands: 117 000 reads as 117,000."""
    return f"{count:,.0f}"


def moment(at: float | datetime) -> str:
    """A time by this machine's clock, with its time zone: "2026-03-01 14:05 CET"."""
    when = at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    return when.astimezone().strftime("%Y-%m-%d %H:%M %Z")
