"""Starts a worker where there is work and none lives, and stops a worker that does not react."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from core import settings
from core.errors import JobError
from core.jobs import record
from core.jobs.lease import Holder, holder
from core.workspace import atomic
from core.workspace.artefacts import Workspace
from core.workspace.locks import locked

STARTING = 20.0  # seconds that a new worker may take to report that it runs
FAILURES = 3  # workers in a row that never reported, before the user gets an error
_children: list[subprocess.Popen[Any]] = []


def ensure_worker(workspace: Workspace) -> bool:
    """Start a worker unless one lives or is starting; True when one was started. Costs well under a millisecond.

    The worker runs in a session of its own and outlives this process. An idle worker that runs older code than this
    process is replaced. Raises :class:`JobError` when workers keep dying before they can work.
    """
    living = holder(workspace)
    if living is not None and not _outdated(workspace, living):
        return False
    _children[:] = [child for child in _children if child.poll() is None]
    with locked(workspace.home / "jobs" / "start.lock"):
        living = holder(workspace)
        if living is not None:
            if not _outdated(workspace, living):
                return False
            stop_worker(workspace, token=living.token)
        started, failures = _last_start(workspace)
        if time.time() - started < STARTING:
            return False
        if failures >= FAILURES:
            start_path(workspace).unlink(missing_ok=True)
            raise JobError(
                f"The worker process did not start, {failures} times in a row. Last output: {_last_words(workspace)}",
                remedy=f"See {worker_log(workspace)}.",
            )
        atomic.write_json(start_path(workspace), {"at": time.time(), "failures": failures + 1})
        _children.append(_spawn(workspace))
    return True


def stop_worker(workspace: Workspace, *, token: str | None = None, grace: float = 2.0) -> bool:
    """End the worker (only the one with ``token``, if given) and its child processes; True when it is gone.

    It has ``grace`` seconds to end by itself. Raises :class:`JobError` when it runs on another machine.
    """
    living = holder(workspace)
    if living is None or (token and living.token != token):
        return True
    if not living.here:
        raise JobError(
            f"The worker of this workspace runs on {living.host}.", remedy="Cancel the job there, or wait for its end."
        )
    for sign, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            if sign == signal.SIGTERM:
                os.kill(living.pid, sign)
            else:
                os.killpg(living.pid, sign)  # a worker leads its own process group
        until = time.monotonic() + patience
        while time.monotonic() < until:
            now = holder(workspace)
            if now is None or now.token != living.token:
                return True
            time.sleep(0.02)
    return False


@cache
def build() -> int:
    """When the newest file of core was changed, in nanoseconds, as this process saw it at its first call."""
    root = Path(__file__).resolve().parent.parent
    return max(path.stat().st_mtime_ns for path in root.rglob("*.py"))


def start_path(workspace: Workspace) -> Path:
    """The file that notes that a worker was started; the worker removes it once it runs."""
    return workspace.home / "jobs" / "worker.starting"


def worker_log(workspace: Workspace) -> Path:
    """The file with what the worker process prints; a job's own log lies in the job's folder."""
    return workspace.home / "jobs" / "worker.log"


def _outdated(workspace: Workspace, living: Holder) -> bool:
    if not living.here or not living.build or living.build >= build():
        return False
    return not any(job.state == "running" for job in record.read_all(workspace))


def _last_start(workspace: Workspace) -> tuple[float, int]:
    try:
        noted = orjson.loads(start_path(workspace).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return 0.0, 0
    return float(noted["at"]), int(noted["failures"])


def _last_words(workspace: Workspace) -> str:
    try:
        lines = worker_log(workspace).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1][:300] if lines else "none."


def _spawn(workspace: Workspace) -> subprocess.Popen[Any]:
    path = worker_log(workspace)
    too_long = path.exists() and path.stat().st_size > 1_000_000
    with open(path, "wb" if too_long else "ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "core.jobs.worker"],
            cwd=settings.PROJECT_ROOT,
            env={**os.environ, "DIVERSCOPE_HOME": str(workspace.home)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
