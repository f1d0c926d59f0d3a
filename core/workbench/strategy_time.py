"""How long preparing a strategy takes on this machine: by the runs made here, else by what was measured elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.jobs import durations
from core.selection.strategy import Strategy
from core.workspace.artefacts import Workspace

WHOLE = 10_000  # rows that are ordered where nobody says otherwise


def kind_of_work(strategy: str) -> str:
    """The kind under which the time of preparing a strategy is remembered."""
    return f"prepare/{strategy}"


def amount_of_work(chosen: Strategy, parameters: Mapping[str, Any], *, rows: int, ordered: int | None) -> int:
    """The work of preparing, in rows: those of the pool, or rows · rows ordered / 10,000 of a strategy that stops.

    ``ordered`` is how many rows of the order are wanted; None for the whole one. Less is ordered in less time.
    """
    if not chosen.stops:
        return rows
    whole = int(parameters.get("prefix") or WHOLE)
    return max(1, rows * min(whole if ordered is None else min(ordered, whole), rows) // WHOLE)


def preparing_seconds(
    workspace: Workspace, chosen: Strategy, parameters: Mapping[str, Any], *, rows: int, ordered: int | None = None
) -> float | None:
    """Seconds that preparing a strategy on a pool of ``rows`` rows takes here; None for one that was never run."""
    amount = amount_of_work(chosen, parameters, rows=rows, ordered=ordered)
    return durations.expected_seconds(workspace, kind_of_work(chosen.name), amount)


def usual_time(chosen: Strategy, parameters: Mapping[str, Any], *, rows: int = 100_000) -> str:
    """How long preparing usually takes on 2 cores without a GPU, in words: "3 min"; "seconds" where it is no job."""
    usual = durations.USUAL.get(kind_of_work(chosen.name))
    if usual is None:
        return "seconds" if rows < chosen.job_from(parameters) else "unknown"
    return in_words(usual.seconds(amount_of_work(chosen, parameters, rows=rows, ordered=None)))


def in_words(seconds: float) -> str:
    """Seconds as a person says them, from "seconds" to "2 h"."""
    if seconds < 10:
        return "seconds"
    if seconds < 90:
        return f"{round(seconds, -1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
