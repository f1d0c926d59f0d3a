"""A workspace of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.workspace.artefacts import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "home")
