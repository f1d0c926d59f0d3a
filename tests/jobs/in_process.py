"""The worker in the process of a test: what a page queued is done as a worker does it, log and result included."""

from __future__ import annotations

from contextlib import ExitStack

from core.jobs import supervisor
from core.jobs.job_names import LANES
from core.jobs.lease import Lease
from core.jobs.record import Job
from core.jobs.worker import Worker
from core.workspace.artefacts import Workspace


def do_queued(workspace: Workspace) -> list[Job]:
    """Run every queued job of both lanes to its end, first come first served, and return them as they were taken."""
    done: list[Job] = []
    with ExitStack() as leases:
        workers = []
        for lane in LANES:
            lease = Lease.acquire(workspace, build=supervisor.build(), lane=lane)
            assert lease is not None, "another worker lives in this workspace"
            leases.callback(lease.release)
            workers.append(Worker(workspace, lease, lane=lane))
        while True:
            taken = [(worker, job) for worker in workers if (job := worker.take()) is not None]
            if not taken:
                return done
            for worker, job in sorted(taken, key=lambda pair: pair[1].queued_at):
                worker.run(job)
                done.append(job)
