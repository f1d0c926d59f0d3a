"""The page list, the theme, the one workspace."""

from __future__ import annotations
