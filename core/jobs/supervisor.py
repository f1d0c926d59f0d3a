"""Starts a worker for each lane where there is work and none lives, and stops a worker that does not react."""

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
from core.jobs.job_names import LANES, Lane
from core.jobs.lease import Holder, holder, worker_name
from core.workspace import atomic
from core.workspace.artefacts import Workspace
from core.workspace.locks import locked

STARTING = 20.0  # seconds that a new worker may take to report that it runs
FAILURES = 3  # workers in a row that never reported, before the user gets an error
_children: list[subprocess.Popen[Any]] = []


def ensure_worker(workspace: Workspace) -> bool:
    """Start a worker for each lane in which a job waits and none lives or is starting; True when one was started.

    Without a waiting job the worker of long work is started, warm for what comes. Costs about a millisecond. The
    workers run in sessions of their own and outlive this process. An idle worker that runs older code than this process
    is replaced. Raises :class:`JobError` when workers keep dying before they can work.
    """
    sleeping = [lane for lane in LANES if not _works(workspace, lane)]
    if not sleeping:
        return False
    waiting = {job.lane for job in record.read_all(workspace) if job.state == "queued"} or {"long"}
    started = [_start(workspace, lane) for lane in sleeping if lane in waiting]
    return any(started)


def _works(workspace: Workspace, lane: Lane) -> bool:
    living = holder(workspace, lane)
    return living is not None and not _outdated(workspace, living, lane)


def _start(workspace: Workspace, lane: Lane) -> bool:
    _children[:] = [child for child in _children if child.poll() is None]
    with locked(workspace.home / "jobs" / "start.lock"):
        living = holder(workspace, lane)
        if living is not None:
            if not _outdated(workspace, living, lane):
                return False
            stop_worker(workspace, token=living.token)
        started, failures = _last_start(workspace, lane)
        if time.time() - started < STARTING:
            return False
        if failures >= FAILURES:
            start_path(workspace, lane).unlink(missing_ok=True)
            raise JobError(
                f"The worker process did not start, {failures} times in a row. Last output: "
                f"{_last_words(workspace, lane)}",
                remedy=f"See {worker_log(workspace, lane)}.",
            )
        atomic.write_json(start_path(workspace, lane), {"at": time.time(), "failures": failures + 1})
        _children.append(_spawn(workspace, lane))
    return True


def stop_worker(workspace: Workspace, *, token: str | None = None, grace: float = 2.0) -> bool:
    """End both workers (only the one with ``token``, if given) and their child processes; True when they are gone.

    Each has ``grace`` seconds to end by itself. Raises :class:`JobError` when one runs on another machine.
    """
    gone = [_stop(workspace, lane, token, grace) for lane in LANES]
    return all(gone)


def _stop(workspace: Workspace, lane: Lane, token: str | None, grace: float) -> bool:
    living = holder(workspace, lane)
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
            now = holder(workspace, lane)
            if now is None or now.token != living.token:
                return True
            time.sleep(0.02)
    return False


@cache
def build() -> int:
    """When the newest file of core was changed, in nanoseconds, as this process saw it at its first call."""
    root = Path(__file__).resolve().parent.parent
    return max(path.stat().st_mtime_ns for path in root.rglob("*.py"))


def start_path(workspace: Workspace, lane: Lane = "long") -> Path:
    """The file that notes that a lane's worker was started; the worker removes it once it runs."""
    return workspace.home / "jobs" / f"{worker_name(lane)}.starting"


def worker_log(workspace: Workspace, lane: Lane = "long") -> Path:
    """The file with what a lane's worker process prints; a job's own log lies in the job's folder."""
    return workspace.home / "jobs" / f"{worker_name(lane)}.log"


def _outdated(workspace: Workspace, living: Holder, lane: Lane) -> bool:
    if not living.here or not living.build or living.build >= build():
        return False
    return not any(job.state == "running" and job.lane == lane for job in record.read_all(workspace))


def _last_start(workspace: Workspace, lane: Lane) -> tuple[float, int]:
    try:
        noted = orjson.loads(start_path(workspace, lane).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return 0.0, 0
    return float(noted["at"]), int(noted["failures"])


def _last_words(workspace: Workspace, lane: Lane) -> str:
    try:
        lines = worker_log(workspace, lane).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1][:300] if lines else "none."


def _spawn(workspace: Workspace, lane: Lane) -> subprocess.Popen[Any]:
    path = worker_log(workspace, lane)
    too_long = path.exists() and path.stat().st_size > 1_000_000
    with open(path, "wb" if too_long else "ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "core.jobs.worker", lane],
            cwd=settings.PROJECT_ROOT,
            env={**os.environ, "DIVERSCOPE_HOME": str(workspace.home)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
