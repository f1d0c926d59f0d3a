"""Escapes and formats text for pages, which may come from anywhere and must be shown as plain text."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from core.counted import figure3 as figure3

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-=.!|~$:&])")
_INDENT = re.compile(r"^[ \t]", re.MULTILINE)  # four of them would begin a block of code
# Streamlit's Markdown makes links of addresses, icons of names, and symbols of arrows, and it does so after it has
# resolved the escapes. It looks at one text node at a time, so each such text is divided into two nodes.
_DIVIDED = re.compile(
    r"(?<=:)(?=//|material[_/]|streamlit:)"  # https://host, :material/icon:, :streamlit:
    r"|(?<=www)(?=\.)|(?<=:)(?=www\.)"  # www.host; ":www:" in the source would switch emoji names on
    r"|(?<=@)(?=[-\w])"  # name@host
    r"|(?<=[-<>~])(?=[-=>])",  # ->, <-, --, >=, ~=
    re.IGNORECASE,
)
_DIVIDER = ":color[]"  # a span without content and style: the text is read, searched and copied as it came


def sendable(text: str) -> str:
    """``text`` with "?" for half surrogates, which no browser can be sent; JSON may hold them."""
    return text.encode("utf-8", "replace").decode()


def plain(text: object) -> str:
    """Markdown that Streamlit shows as exactly ``text``, in messages and labels: no link, picture, icon or formula."""
    escaped = _DIVIDER.join(_MARKDOWN.sub(r"\\\1", part) for part in _DIVIDED.split(sendable(str(text))))
    return _INDENT.sub(lambda indent: f"&#{ord(indent[0])};", escaped)


def rows(count: float) -> str:
    """A count with thin thousands: 117 000 reads as 117,000."""
    return f"{count:,.0f}"


def moment(at: float | datetime) -> str:
    """A time by this machine's clock, with its time zone: "2026-03-01 14:05 CET"."""
    when = at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    return when.astimezone().strftime("%Y-%m-%d %H:%M %Z")
