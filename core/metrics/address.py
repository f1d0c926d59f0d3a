"""How a metric of some text is written: response.ie@mistral-32k."""

from __future__ import annotations

from core.metrics.metric import Metric
from core.metrics.registry import metrics

ROWS = "rows"  # replaces the component of a metric that reads no text, and so is the same on every component


def address_of(metric: Metric, *, component: str, through: str = "") -> str:
    """The address of ``metric`` on ``component``, read ``through`` a tokenizer or an embedder ("" for neither)."""
    return f"{ROWS if metric.of_rows else component}.{metric.name}" + (f"@{through}" if through else "")


def parts_of(address: str) -> tuple[str, Metric, str] | None:
    """(component, metric, through) of an address, component "" for a bare name; None for an unknown metric."""
    component, dot, rest = address.partition(".")
    if not dot:
        component, rest = "", address
    name, _, through = rest.partition("@")
    metric = metrics().get(name)
    return (component, metric, through) if metric else None


def said_once(address: str) -> str:
    """The address with the component "rows" if its metric reads no text; any other address as it is."""
    parts = parts_of(address)
    if parts is None or not parts[0] or not parts[1].of_rows:
        return address
    return address_of(parts[1], component=ROWS, through=parts[2])
