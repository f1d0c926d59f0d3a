"""The leases of a workspace: one worker holds that of long work, another that of short work, and it ends with them.

A worker keeps ``jobs/worker.lock`` (short work: ``jobs/worker-short.lock``) locked for as long as it lives. The
operating system releases the lock when the process ends, however it ends, so the lock tells for certain whether a
worker lives, where a process number would be a guess. The file's text names the holder; its modification time is the
heartbeat.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import orjson

from core.errors import WorkspaceError
from core.jobs.job_names import Lane
from core.workspace.artefacts import Workspace
from core.workspace.locks import open_lock_file, try_lock

_WIDTH = 512  # bytes; the holder's text is padded to it, so that rewriting needs no new disk block


@dataclass(frozen=True)
class Holder:
    """The living worker. ``token`` is unique to it; ``silent_for`` is the age of its last heartbeat in seconds."""

    pid: int
    token: str
    host: str
    started: float
    build: int
    silent_for: float

    @property
    def here(self) -> bool:
        """Whether it runs on this machine, so that a signal can reach it."""
        return self.host == socket.gethostname()


def lease_path(workspace: Workspace, lane: Lane = "long") -> Path:
    """The lock file of a lane; that of long work has the name that it had when there was one worker for all."""
    return workspace.home / "jobs" / f"{worker_name(lane)}.lock"


def worker_name(lane: Lane) -> str:
    """How the files of a lane's worker begin."""
    return "worker" if lane == "long" else f"worker-{lane}"


class Lease:
    """The right to work in a workspace, held by this process."""

    def __init__(self, path: Path, descriptor: int, *, build: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self.token = uuid.uuid4().hex[:12]
        text = orjson.dumps(
            {
                "pid": os.getpid(),
                "token": self.token,
                "host": socket.gethostname(),
                "started": time.time(),
                "build": build,
            }
        )
        os.pwrite(descriptor, text.ljust(_WIDTH), 0)
        # A task may fork; the copy in its child would keep the lock when this process is killed.
        os.register_at_fork(after_in_child=self._let_go_in_child)

    @classmethod
    def acquire(cls, workspace: Workspace, *, build: int, lane: Lane = "long", patience: float = 1.0) -> Lease | None:
        """Take the lease; None when another worker has it.

        Waits up to ``patience`` seconds, because a process that only reads the state holds the lock for an instant.
        """
        path = lease_path(workspace, lane)
        descriptor = open_lock_file(path)
        until = time.monotonic() + patience
        while not try_lock(descriptor):
            if time.monotonic() > until:
                os.close(descriptor)
                return None
            time.sleep(0.05)
        return cls(path, descriptor, build=build)

    def beat(self) -> None:
        """Write the heartbeat, which shows that the worker lives."""
        os.utime(self._descriptor)

    @property
    def intact(self) -> bool:
        """False when the workspace folder was deleted or replaced under the worker."""
        try:
            there = os.stat(self._path)
        except OSError:
            return False
        mine = os.fstat(self._descriptor)
        return (there.st_ino, there.st_dev) == (mine.st_ino, mine.st_dev)

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _let_go_in_child(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def holder(workspace: Workspace, lane: Lane = "long") -> Holder | None:
    """The living worker of a lane of ``workspace``, or None."""
    path = lease_path(workspace, lane)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WorkspaceError(
            f"{path} cannot be opened ({os.strerror(error.errno or 0)}).",
            remedy="Check the permissions of the workspace, or set DIVERSCOPE_HOME to a folder of yours.",
        ) from error
    try:
        if try_lock(descriptor, shared=True):
            return None
        silent_for = max(0.0, time.time() - os.fstat(descriptor).st_mtime)
        try:
            text = orjson.loads(os.pread(descriptor, _WIDTH, 0))
        except orjson.JSONDecodeError:  # it holds the lock and is about to write who it is
            text = {}
    finally:
        os.close(descriptor)
    return Holder(
        pid=int(text.get("pid", 0)),
        token=str(text.get("token", "")),
        host=str(text.get("host", "")),
        started=float(text.get("started", 0.0)),
        build=int(text.get("build", 0)),
        silent_for=silent_for,
    )
