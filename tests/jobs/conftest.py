"""Waiting for what a worker does."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from core.jobs import queue
from core.jobs.record import Job
from core.workspace.artefacts import Workspace


@pytest.fixture
def until() -> Callable[..., Job]:
    """Wait until a job satisfies a condition; fails after a long while."""

    def wait(workspace: Workspace, job_id: str, condition: Callable[[Job], bool], seconds: float = 60.0) -> Job:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            now = queue.job(workspace, job_id)
            if condition(now):
                return now
            time.sleep(0.02)
        raise AssertionError(f"still {now.state}: {now}")

    return wait
