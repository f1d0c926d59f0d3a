"""Runs a job to its end: in a worker process, or in this process."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from core.jobs import queue, supervisor, task
from core.jobs.record import Job
from core.progress import Progress, silent
from core.workspace.artefacts import Workspace


def wait(workspace: Workspace, job_id: str, timeout: float | None = None) -> Job:
    """Keep a worker alive until a job has ended, or for ``timeout`` seconds, and return its state then."""
    until = time.monotonic() + timeout if timeout is not None else float("inf")
    next_look = 0.0
    while True:
        now = queue.job(workspace, job_id)
        if not now.live or time.monotonic() > until:
            return now
        if now.state == "queued" and time.monotonic() >= next_look:
            supervisor.ensure_worker(workspace)
            next_look = time.monotonic() + 1.0
        time.sleep(0.1)


def run_here(
    workspace: Workspace, name: str, request: Mapping[str, Any], *, progress: Progress = silent
) -> dict[str, Any]:
    """The result of the job ``name`` for ``request``, run in this process as a worker runs it."""
    return task.resolve(name)(workspace, dict(request), progress)
