"""The worker in the process of a test: what a page queued is done as a worker does it, log and result included."""

from __future__ import annotations

from core.jobs import supervisor
from core.jobs.lease import Lease
from core.jobs.record import Job
from core.jobs.worker import Worker
from core.workspace.artefacts import Workspace


def do_queued(workspace: Workspace) -> list[Job]:
    """Run every queued job to its end, first come first served, and return them as they were taken."""
    lease = Lease.acquire(workspace, build=supervisor.build())
    assert lease is not None, "another worker lives in this workspace"
    done: list[Job] = []
    try:
        worker = Worker(workspace, lease)
        while (job := worker.take()) is not None:
            worker.run(job)
            done.append(job)
    finally:
        lease.release()
    return done
