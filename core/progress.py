"""How long work reports its progress and learns that it should stop."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """A callback to which long work reports its progress from time to time.

    ``done`` and ``total`` count the same unit, which ``note`` names ("rows embedded"). Raises
    :class:`core.errors.Cancelled` when the user cancelled the work.
    """

    def __call__(self, done: float, total: float, note: str = "") -> None: ...


def silent(done: float, total: float, note: str = "") -> None:
    """Ignore progress."""


def part_of(progress: Progress, *, done: float, total: float, size: float = 1.0, note: str = "") -> Progress:
    """The progress callback of a part of a larger piece of work, so that all parts share one progress bar.

    The part begins when ``done`` of the ``total`` units of the whole are done, and is worth ``size`` of them; it counts
    its own work in any unit. ``note``, if given, replaces the part's own notes. A part that does not know how much work
    it has (a total of 0) leaves the bar where the part began.
    """
    begun, whole, words = done, total, note

    def report(done: float, total: float, note: str = "") -> None:
        progress(begun + (size * done / total if total else 0.0), whole, words or note)

    return report
