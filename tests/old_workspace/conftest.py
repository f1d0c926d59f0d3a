"""The old workspace unpacked once a run, to be looked at; and copies of it, to be changed."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.old_workspace import reading

HERE = Path(__file__).parent
EXPECTED: dict[str, Any] = orjson.loads((HERE / "expected.json").read_bytes())


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds what the archive holds: ``home`` is the workspace, ``exports`` what left it."""
    folder = tmp_path_factory.mktemp("old")
    with tarfile.open(HERE / "workspace.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture
def old(unpacked: Path, monkeypatch: pytest.MonkeyPatch) -> reading.Workspace:
    """The workspace as it was made; tests that take it look and change nothing."""
    return reading.alone(monkeypatch, unpacked / "home")


@pytest.fixture(scope="session")
def unprepared(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the workspace without its plans."""
    home = tmp_path_factory.mktemp("unprepared") / "home"
    shutil.copytree(unpacked / "home", home, ignore=shutil.ignore_patterns("plans", "cache.duckdb*"))
    return home


@pytest.fixture
def copy(unpacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> reading.Workspace:
    """A copy that a test may change."""
    shutil.copytree(unpacked / "home", tmp_path / "home", ignore=shutil.ignore_patterns("cache.duckdb*"))
    return reading.alone(monkeypatch, tmp_path / "home")


def narrowed(now: Any, then: Any) -> Any:
    """What of ``now`` was there ``then``: later versions may tell more of a thing, never less or otherwise."""
    if isinstance(then, dict) and isinstance(now, dict):
        return {name: narrowed(now[name], value) for name, value in then.items() if name in now}
    if isinstance(then, list) and isinstance(now, (list, tuple)) and len(now) == len(then):
        return [narrowed(item, before) for item, before in zip(now, then, strict=True)]
    return now
