"""The worker process: takes one job at a time from its lane of the queue, and keeps its modules loaded for the next.

``python -m core.jobs.worker long`` (or ``short``) works in the workspace that DIVERSCOPE_HOME names. It ends when its
lane has been empty for DIVERSCOPE_WORKER_IDLE minutes (20), when its workspace is deleted, and when it receives
SIGTERM.
"""

from __future__ import annotations

import errno
import gc
import logging
import os
import resource
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any

from core.control_characters import visible_output
from core.errors import Cancelled, DiverscopeError, ran_out_of_memory
from core.jobs import record, supervisor, task
from core.jobs.job_names import Lane
from core.jobs.lease import Lease
from core.jobs.logs import job_log
from core.jobs.record import Job
from core.jobs.reporter import GaveWay, Reporter
from core.workspace import atomic
from core.workspace.artefacts import Workspace

POLL = 0.1  # seconds between two checks of the bell
LOOK = 5.0  # seconds between two checks of the queue where no bell rang
BEAT = 1.0  # seconds between two heartbeats
log = logging.getLogger("diverscope.jobs")


def main() -> int:
    """Work until the queue stays empty; returns 0, also when another worker lives already."""
    workspace = Workspace.default()
    minutes = float(os.environ.get("DIVERSCOPE_WORKER_IDLE") or 20)
    lane: Lane = "short" if "short" in sys.argv[1:] else "long"
    lease = Lease.acquire(workspace, build=supervisor.build(), lane=lane)
    if lease is None:
        return 0
    supervisor.start_path(workspace, lane).unlink(missing_ok=True)
    if os.getpgrp() != os.getpid():
        os.setpgrp()  # so that killing the group also ends its child processes
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    os.nice(5)  # pages come first where both want the processor
    worker = Worker(workspace, lease, lane=lane)
    threading.Thread(target=worker.live, daemon=True).start()
    worker.recover()
    worker.work(idle=minutes * 60)
    return 0


class Worker:
    """The worker of one lane of one workspace."""

    def __init__(self, workspace: Workspace, lease: Lease, *, lane: Lane = "long") -> None:
        self.workspace = workspace
        self.lease = lease
        self.lane = lane
        self.reporter: Reporter | None = None
        self._rung = 0  # when a job that gives way last looked at the queue

    def live(self) -> None:
        """While the workspace exists, write heartbeats and the progress that was reported between two writes."""
        while True:
            if not self.lease.intact:
                os._exit(0)  # the folder was deleted: there is nothing to keep, and nowhere to write it
            self.lease.beat()
            reporter = self.reporter
            if reporter is not None:
                reporter.flush()
            time.sleep(BEAT)

    def recover(self) -> None:
        """Queue the jobs that an earlier worker left unfinished again, or mark them as interrupted."""
        with record.queue_lock(self.workspace):
            for job in self._jobs():
                if job.orphaned and job.state == "queued":
                    record.change(self.workspace, job.id, state="queued", worker=None, resumes=job.resumes + 1)
                elif job.orphaned:
                    ended = {"state": job.state, "message": job.message, "remedy": job.remedy}
                    record.change(self.workspace, job.id, worker=None, ended_at=time.time(), **ended)

    def work(self, *, idle: float) -> None:
        """Run jobs, first come first served, until the queue was empty for ``idle`` seconds."""
        heard, looked, last = 0, 0.0, time.monotonic()
        while self.lease.intact:
            rung = self._bell()
            if rung != heard or time.monotonic() - looked > LOOK:
                # A file's time is coarse: the bell may ring again within the same tick.
                heard = rung if time.time_ns() - rung > 50_000_000 else 0
                looked = time.monotonic()
                try:
                    job = self.take()
                except DiverscopeError as error:  # for example a full disk: work continues once the user has made room
                    log.warning("no job can be taken: %s", error)
                    heard, job = rung, None
                if job is not None:
                    self.run(job)
                    heard, last = 0, time.monotonic()
                    continue
            if time.monotonic() - last > idle and self.retire():
                return
            time.sleep(POLL)

    def take(self) -> Job | None:
        """Mark the next queued job as running in this worker and return it; None when none waits."""
        with record.queue_lock(self.workspace):
            for job in self._jobs():
                if job.state == "queued":
                    (job.folder / "progress.json").unlink(missing_ok=True)
                    taken = {"state": "running", "worker": self.lease.token, "started_at": time.time()}
                    record.change(self.workspace, job.id, **taken)
                    return record.read(self.workspace, job.id)
        return None

    def retire(self) -> bool:
        """Give the lease back unless a job was queued meanwhile; the queue's lock makes sure that none is missed."""
        with record.queue_lock(self.workspace):
            if any(job.state == "queued" for job in self._jobs()):
                return False
            self.lease.release()
            return True

    def run(self, job: Job) -> None:
        """Run one job to its end, whatever that is."""
        outcome: dict[str, Any]
        with job_log(job.log_path):
            log.info("%s: %s, attempt %d, process %d", job.title, job.task, job.attempt, os.getpid())
            self.reporter = Reporter(job.folder, gives_way=(lambda: self._waited_for(job)) if job.behind else None)
            try:
                result = task.resolve(job.task)(self.workspace, dict(job.request), self.reporter)
                atomic.write_json(job.folder / "result.json", result)
                outcome = {"state": "done"}
            except SystemExit:  # asked to end: the next worker resumes the job
                raise
            except BaseException as error:  # whatever a task raises, the worker lives on
                outcome = outcome_of(error)
                if outcome["state"] == "failed":
                    log.error("%s", outcome["message"], exc_info=error)
            self.reporter.flush()
            self.reporter = None
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)
            log.info("%s after %.1f s, peak memory of the worker %.2f GiB", outcome["state"], job.seconds, peak)
        ended = time.time()
        self._settle(job, outcome)
        if outcome["state"] == "done" and not job.resumes:
            task.remember_time(self.workspace, job, seconds=ended - job.started_at)
        gc.collect()
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_initialized():
            torch.cuda.empty_cache()

    def _settle(self, job: Job, outcome: dict[str, Any]) -> None:
        while True:
            try:
                with record.queue_lock(self.workspace):
                    self._end(job, **outcome)
                return
            except DiverscopeError:  # a disk without room for a few bytes cannot run other jobs either: wait for room
                time.sleep(1.0)

    def _end(self, job: Job, **changes: Any) -> None:
        """Write how ``job`` ended, unless the user has ended it meanwhile."""
        now = record.read(self.workspace, job.id)
        if now.worker == job.worker and now.state == "running":
            if changes["state"] == "queued" and (job.folder / "cancel").exists():  # pressed while it gave way
                changes = outcome_of(Cancelled())
            ends = None if changes["state"] == "queued" else time.time()
            record.change(self.workspace, job.id, **{"ended_at": ends, **changes})

    def _jobs(self) -> list[Job]:
        """The jobs of this worker's lane in the order in which they are done."""
        return [job for job in record.read_all(self.workspace) if job.lane == self.lane]

    def _waited_for(self, job: Job) -> bool:
        """Whether other work waits for a job that gives way; the queue is read only where its bell rang."""
        rung = self._bell()
        if rung == self._rung:
            return False
        self._rung = rung if time.time_ns() - rung > 50_000_000 else 0
        jobs = self._jobs()
        behind = any(other.behind for other in jobs if other.id == job.id)  # it may be asked for by now
        return behind and any(other.state == "queued" and not other.behind for other in jobs)

    def _bell(self) -> int:
        try:
            return record.bell_path(self.workspace).stat().st_mtime_ns
        except OSError:
            return 0


def outcome_of(error: BaseException) -> dict[str, Any]:
    """The state, message and remedy of a job whose task raised ``error``; the traceback goes to the log only."""
    if isinstance(error, GaveWay):  # what it finished is kept, and it waits behind the others again
        return {"state": "queued", "worker": None, "started_at": None}
    if isinstance(error, Cancelled):
        return {"state": "cancelled", "message": error.what}
    if isinstance(error, DiverscopeError):
        return {"state": "failed", "message": error.what, "remedy": error.remedy}
    if ran_out_of_memory(error):
        remedy = "Close other programs, or take a smaller corpus or pool; what was finished is kept."
        return {"state": "failed", "message": "There was not enough memory for this.", "remedy": remedy}
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "Free some space (deleted corpora wait in the trash), then resume; what was finished is kept."
        return {"state": "failed", "message": "The disk is full.", "remedy": remedy}
    message = f"It stopped on an error that no message was written for ({type(error).__name__})."
    return {"state": "failed", "message": message, "remedy": "See the log of this job."}


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    with visible_output():  # what tasks and strategies print goes to the worker's log
        sys.exit(main())
