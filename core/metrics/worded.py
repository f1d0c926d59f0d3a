"""How a metric's value is written for people: a share in per cent, others with a unit that everyone knows, or none."""

from __future__ import annotations

from core.counted import figure3, spoken_unit
from core.metrics.metric import Metric

SHARE = "share"


def worded(metric: Metric, value: float | None) -> str:
    """A value in three significant digits with its unit: "7.46", "52.3 tokens", "100 %", "0"; an em dash for None."""
    if value is None or value != value:
        return "—"
    if metric.unit == SHARE:
        return f"{figure3(100 * value)} %"
    return f"{figure3(value)} {spoken_unit(metric.unit)}".strip()


def worded_span(metric: Metric, low: float, high: float) -> str:
    """Both ends of an interval: "7.10 to 7.30", "12.0 to 14.0 %"."""
    if metric.unit == SHARE:
        return f"{figure3(100 * low)} to {figure3(100 * high)} %"
    return f"{figure3(low)} to {figure3(high)}"
