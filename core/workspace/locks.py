"""Locks between processes that the operating system releases when their holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import WorkspaceError


def open_lock_file(path: Path) -> int:
    """Open the lock file ``path``, created if missing, and return its descriptor, which a forked child does not keep.

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
    """Take the lock if nobody holds it. Raises :class:`WorkspaceError` where the disk does not support locks."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise WorkspaceError(
            f"The disk that holds the workspace does not support file locks ({os.strerror(error.errno or 0)}).",
            remedy="Set DIVERSCOPE_HOME to a folder on a local disk.",
        ) from error
    return True


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file ``path`` exclusively, across threads and processes; waits until it is free.

    Meant for short critical sections: read, decide, write. When a holder dies, the operating system releases the lock
    at once, so no stale lock has to be cleaned up.
    """
    descriptor = open_lock_file(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
