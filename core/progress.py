"""How long work tells where it is, and learns that it should stop."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called now and then by long work.

    ``done`` and ``total`` count the same unit, which ``note`` names ("rows embedded"). Raises
    :class:`core.errors.Cancelled` when a person asked for the work to stop.
    """

    def __call__(self, done: float, total: float, note: str = "") -> None: ...


def silent(done: float, total: float, note: str = "") -> None:
    """Progress for callers that do not care."""


def part_of(progress: Progress, *, done: float, total: float, size: float = 1.0, note: str = "") -> Progress:
    """What one part of a larger piece of work reports to, so that all parts make one bar.

    The part begins when ``done`` of the ``total`` units of the whole are done, and is worth ``size`` of them; it
    counts its own work in any unit. Where ``note`` is given it stands in place of the part's own notes. A part that
    does not know how much work it has (a total of 0) leaves the bar where the part began.
    """
    begun, whole, words = done, total, note

    def report(done: float, total: float, note: str = "") -> None:
        progress(begun + (size * done / total if total else 0.0), whole, words or note)

    return report
