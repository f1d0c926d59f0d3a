"""The queue of jobs: submit a job, read its state, cancel it, resume it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from typing import Any

import orjson

from core.errors import JobError, quoted
from core.jobs import job_names, record, supervisor
from core.jobs.record import Job as Job  # part of this module's interface
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

# A second press on Cancel this many seconds after the first stops the worker itself.
PATIENCE = 2.0


def submit(
    workspace: Workspace, task_name: str, request: Mapping[str, Any], *, title: str, again: bool = False,
    behind: bool = False,
) -> Job:  # fmt: skip
    """Queue the job ``task_name`` with ``request`` (JSON values, no secrets) and return it.

    ``task_name`` is one of :mod:`core.jobs.job_names`.
    If an identical request waits, runs or is done, its job is returned; an interrupted one is resumed. A new attempt is
    queued when that job failed or was cancelled, when it is done and ``again`` is set, and when an artefact that its
    result lists (``"artefacts": [[kind, key], …]``) is gone. ``behind`` is for work that nobody waits for: it begins
    when nothing else waits in its lane, and gives way to what is queued later; asked for without, it does so no more.
    Starts no worker: see :func:`core.jobs.supervisor.ensure_worker`. Raises :class:`JobError` for an unknown name and
    for a request that is not JSON.
    """
    job_names.function_address(task_name)
    try:
        asked: dict[str, Any] = orjson.loads(orjson.dumps(dict(request)))
    except TypeError as error:
        raise JobError(f"The request of {quoted(title)} is not JSON: {error}.") from error
    key = _key(task_name, asked)
    with record.queue_lock(workspace):
        latest = _latest(workspace, key)
        if latest is not None:
            if latest.live and latest.behind and not behind:
                record.change(workspace, latest.id, behind=None)
                return record.read(workspace, latest.id)
            if latest.live or (latest.state == "done" and not again and _whole(workspace, latest)):
                return latest
            if latest.state == "interrupted":
                return _requeue(workspace, latest)
        attempt = latest.attempt + 1 if latest else 1
        return record.create(
            workspace, _id(key, attempt), title=title, task=task_name, request=asked, attempt=attempt, behind=behind
        )


def latest(workspace: Workspace, task_name: str, request: Mapping[str, Any]) -> Job | None:
    """The newest job for exactly this request, or None."""
    asked = orjson.loads(orjson.dumps(dict(request)))
    return _latest(workspace, _key(task_name, asked))


def job(workspace: Workspace, job_id: str) -> Job:
    """One job. Raises :class:`core.errors.WorkspaceError` when it is gone."""
    return record.read(workspace, job_id)


def jobs(workspace: Workspace) -> list[Job]:
    """All jobs, first queued first, behind them those that give way."""
    return record.read_all(workspace)


def ahead_of(workspace: Workspace, waiting: Job) -> list[Job]:
    """The jobs that are done before a waiting one: what its worker runs, then what waits before it.

    What runs and gives way to the waiting one is not among them.
    """
    others = [job for job in record.read_all(workspace) if job.lane == waiting.lane and job.id != waiting.id]
    running = [job for job in others if job.state == "running" and (waiting.behind or not job.behind)]
    return running + [job for job in others if job.state == "queued" and record.turn(job) < record.turn(waiting)]


def do_first(workspace: Workspace, job_id: str) -> Job:
    """Put a waiting job before the others that wait in its lane; a job that does not wait is returned unchanged."""
    with record.queue_lock(workspace):
        now = record.read(workspace, job_id)
        if now.state == "queued":
            waiting = [
                job.queued_at for job in record.read_all(workspace) if job.state == "queued" and job.lane == now.lane
            ]
            record.change(workspace, job_id, queued_at=min(waiting) - 0.001, behind=None)
    return record.read(workspace, job_id)


def cancel(workspace: Workspace, job_id: str, *, hard: bool = False) -> Job:
    """Ask a job to stop; what it finished is kept.

    A waiting job is cancelled at once; a running one when it next reports progress. ``hard``, or a second cancel some
    seconds after the first, stops the worker process of a job that does not react.
    """
    with record.queue_lock(workspace):
        now = record.read(workspace, job_id)
        flag = now.folder / "cancel"
        if now.state in ("queued", "interrupted"):
            _end(workspace, now, "Cancelled before it was finished.")
        elif now.state == "running":
            if flag.exists():
                hard = hard or time.time() - flag.stat().st_mtime > PATIENCE
            else:
                flag.touch()
            if hard:
                _end(workspace, now, "Stopped at once. What was finished is kept.")
    if hard and now.state == "running":
        supervisor.stop_worker(workspace, token=now.worker)
        if any(other.state == "queued" for other in jobs(workspace)):
            supervisor.ensure_worker(workspace)
    return record.read(workspace, job_id)


def retry(workspace: Workspace, job_id: str) -> Job:
    """Resume an interrupted job, or queue a new attempt of one that has ended; a live job is returned unchanged."""
    with record.queue_lock(workspace):
        now = record.read(workspace, job_id)
        if now.live:
            return now
        if now.state == "interrupted":
            return _requeue(workspace, now)
        key = now.id.split("-")[0]
        newest = _latest(workspace, key) or now
        if newest.live:
            return newest
        attempt = newest.attempt + 1
        return record.create(
            workspace, _id(key, attempt), title=now.title, task=now.task, request=now.request, attempt=attempt
        )


def forget(workspace: Workspace, job_id: str) -> None:
    """Remove an ended job and its log; what it computed stays. Raises :class:`JobError` if the job waits or runs."""
    with record.queue_lock(workspace):
        now = record.read(workspace, job_id)
        if now.live:
            raise JobError(f"{now.title} has not ended.", remedy="Cancel it first.")
        shutil.rmtree(now.folder, ignore_errors=True)


def _key(task_name: str, asked: Mapping[str, Any]) -> str:
    """The digest that identical requests share; it hashes the job's first name, so that a renamed job keeps it."""
    return digest([job_names.hashed_name(task_name), asked])


def _id(key: str, attempt: int) -> str:
    return key if attempt == 1 else f"{key}-{attempt}"


def _latest(workspace: Workspace, key: str) -> Job | None:
    names = [path.parent.name for path in (workspace.home / "jobs").glob(f"{key}*/request.json")]
    attempts = {int(rest[1:] or 1): name for name in names if (rest := name.removeprefix(key) or "-")[0] == "-"}
    return record.read(workspace, attempts[max(attempts)]) if attempts else None


def _whole(workspace: Workspace, finished: Job) -> bool:
    listed = (finished.result or {}).get("artefacts", [])
    return all(workspace.has(kind, key) for kind, key in listed)


def _requeue(workspace: Workspace, stopped: Job) -> Job:
    (stopped.folder / "cancel").unlink(missing_ok=True)
    cleared = {"message": None, "remedy": None, "worker": None, "ended_at": None, "started_at": None}
    record.change(workspace, stopped.id, state="queued", **cleared)
    return record.read(workspace, stopped.id)


def _end(workspace: Workspace, stopped: Job, message: str) -> None:
    record.change(workspace, stopped.id, state="cancelled", message=message, ended_at=time.time())
