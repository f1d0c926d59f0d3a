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
