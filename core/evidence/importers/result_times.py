"""The time of a result, as tools write it into the names of files and folders, to find the newer of two results."""

from __future__ import annotations

import re
from datetime import UTC, datetime

# 2026-07-11T08-00-00.000001, 2026-07-11T08:00:00, 20260711_080000, 20260711-080000
_MOMENT = re.compile(
    r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})[T_ -](\d{2})[-:]?(\d{2})[-:]?(\d{2})(?:[.](\d{1,6}))?(?!\d)", re.ASCII
)


def time_in(name: str) -> float | None:
    """Seconds since 1970 of the last time in ``name``, read as UTC; None if it has none."""
    last = None
    for year, month, day, hour, minute, second, part in _MOMENT.findall(name):
        try:
            moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
        except ValueError:
            continue
        last = moment.timestamp() + (float(f"0.{part}") if part else 0.0)
    return last


def shown(seconds: float) -> str:
    """A time as text, in UTC: 2026-07-11 08:00:00."""
    try:
        return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return f"{seconds:g} s"
