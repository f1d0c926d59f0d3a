"""An environment without keys of the person who runs the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.workspace.artefacts import Workspace
from tests.endpoint.stand_in import without_own_keys


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    without_own_keys(monkeypatch)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")
