"""What pages need beside the shared fixtures: the folder of the workspace that they open."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.workspace.artefacts import Workspace


@pytest.fixture
def home(workspace: Workspace) -> Path:
    """The folder of an empty workspace, for tests that fill it themselves."""
    return workspace.home
