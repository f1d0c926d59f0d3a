"""The subset on the map of its corpus."""

from __future__ import annotations

from core.workbench.build import Built
from pages.parts.frame import Context


def subset_map(ctx: Context, built: Built) -> None:
    """Draw the pool in grey and the subset in its level's colour, where the map is computed."""
