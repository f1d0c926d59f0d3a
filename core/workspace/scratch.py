"""Folders for what work needs only while it runs: gone when it ends, and removed by the next if it was killed."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path

from core.workspace.artefacts import Workspace
from core.workspace.atomic import explained
from core.workspace.locks import open_lock_file, try_lock

SCRATCH = "scratch"


class Scratch:
    """A folder of a workspace that is made when it is first asked for, and removed on leaving.

    A lock that the operating system releases when its holder dies says whether the folder is in use.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._home = workspace.home / SCRATCH
        self._name = uuid.uuid4().hex
        self._lock: int | None = None

    def __enter__(self) -> Scratch:
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            _remove(self._home, self._name, self._lock)
            self._lock = None

    def folder(self) -> Path:
        """The folder. Raises :class:`core.errors.WorkspaceError` where it cannot be made."""
        path = self._home / self._name
        if self._lock is None:
            remove_abandoned(self._home)
            self._lock = open_lock_file(self._home / f"{self._name}.lock")
            try_lock(self._lock)
            with explained(path):
                path.mkdir()
        return path


def remove_abandoned(home: Path) -> int:
    """Remove the folders under ``home`` whose work was killed; how many there were."""
    removed = 0
    for folder in [entry for entry in home.glob("*") if entry.is_dir()]:
        lock = open_lock_file(home / f"{folder.name}.lock")
        if try_lock(lock):
            _remove(home, folder.name, lock)
            removed += 1
        else:
            os.close(lock)
    return removed


def _remove(home: Path, name: str, lock: int) -> None:
    shutil.rmtree(home / name, ignore_errors=True)
    (home / f"{name}.lock").unlink(missing_ok=True)
    os.close(lock)
