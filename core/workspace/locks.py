"""Locks between processes that the operating system releases when their holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import WorkspaceError


def open_lock_file(path: Path) -> int:
    """A descriptor on the lock file ``path``, made where it is missing; a forked child does not keep it.

    Raises :class:`WorkspaceError` when the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise WorkspaceError(
            f"{path.parent} cannot be written ({os.strerror(error.errno or 0)}).",
            remedy="Check its permissions and free space, or set DIVERSCOPE_HOME to a folder of yours.",
        ) from error


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock if nobody holds it. Raises :class:`WorkspaceError` where the disk knows no locks."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise WorkspaceError(
            f"The disk that holds the workspace offers no file locks ({os.strerror(error.errno or 0)}).",
            remedy="Set DIVERSCOPE_HOME to a folder on a local disk.",
        ) from error
    return True


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file ``path`` alone, across threads and processes; waits for whoever has it.

    Meant for moments: read, decide, write. A holder that dies lets go at once, so there is nothing stale to
    clean up.
    """
    descriptor = open_lock_file(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
