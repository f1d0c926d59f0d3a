"""A job as files: its request (written once), its state (replaced as a whole) and its progress."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import orjson

from core.errors import WorkspaceError
from core.jobs.job_names import LANES, Lane, current_name, lane_of
from core.jobs.lease import Holder, holder
from core.workspace import atomic
from core.workspace.artefacts import FORMATS, Workspace
from core.workspace.locks import locked

log = logging.getLogger("diverscope.jobs")

State = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
LIVE: tuple[State, ...] = ("queued", "running")
# A job whose worker died is resumed automatically this many times; after that the user decides.
RESUMES = 1


@dataclass(frozen=True)
class Job:
    """One request for long work, and its state at the moment of reading.

    ``done``, ``total`` and ``rate`` (per second) count the unit that ``note`` names; ``seconds_left`` is None while
    unknown. ``message`` and ``remedy`` say what went wrong. Times are seconds since 1970, 0.0 for not yet.
    ``silent_for`` is the age of the worker's last heartbeat in seconds; ``orphaned`` is True when its worker died.
    ``behind`` is True of work that nobody waits for: it stands behind the other jobs of its lane and gives way to them.
    """

    id: str
    folder: Path
    title: str
    task: str
    request: Mapping[str, Any]
    attempt: int
    state: State
    done: float = 0.0
    total: float = 0.0
    note: str = ""
    rate: float | None = None
    seconds_left: float | None = None
    message: str = ""
    remedy: str = ""
    queued_at: float = 0.0
    started_at: float = 0.0
    ended_at: float = 0.0
    resumes: int = 0
    cancelling: bool = False
    silent_for: float = 0.0
    orphaned: bool = False
    behind: bool = False
    worker: str = field(default="", repr=False)

    @cached_property
    def result(self) -> dict[str, Any] | None:
        """What the task returned, once it is done."""
        if self.state != "done":
            return None
        return _read(self.folder / "result.json")

    @property
    def live(self) -> bool:
        """Whether it waits or runs."""
        return self.state in LIVE

    @property
    def lane(self) -> Lane:
        """Which of the two workers does it."""
        return lane_of(self.task)

    @property
    def log_path(self) -> Path:
        return self.folder / "log.txt"

    @property
    def seconds(self) -> float:
        """How long it ran, or has been running."""
        return max(0.0, (self.ended_at or time.time()) - self.started_at) if self.started_at else 0.0


def queue_lock(workspace: Workspace) -> AbstractContextManager[None]:
    """The lock under which every change of a job's state happens."""
    return locked(workspace.home / "jobs" / "queue.lock")


def bell_path(workspace: Workspace) -> Path:
    """The file whose modification time changes when the queue changes: cheaper to watch than the whole queue."""
    return workspace.home / "jobs" / "queue.bell"


def create(
    workspace: Workspace, job_id: str, *, title: str, task: str, request: Mapping[str, Any], attempt: int,
    behind: bool = False,
) -> Job:  # fmt: skip
    """Write a new job, queued. The caller holds the queue lock."""
    with atomic.staged_folder(workspace.folder("jobs", job_id)) as staging:
        asked = {"format": FORMATS["jobs"], "title": title, "task": task, "request": request, "attempt": attempt}
        atomic.write_json(staging / "request.json", asked)
        waits = {"state": "queued", "queued_at": time.time(), **({"behind": True} if behind else {})}
        atomic.write_json(staging / "state.json", waits)
    ring(workspace)
    return read(workspace, job_id)


def ring(workspace: Workspace) -> None:
    """Tell the worker that the queue has changed."""
    with contextlib.suppress(OSError):  # the worker also looks by itself now and then
        bell_path(workspace).touch()


def read(workspace: Workspace, job_id: str, *, by: Mapping[Lane, Holder | None] | None = None) -> Job:
    """Read a job. ``by`` is the living worker, where the caller has looked it up already.

    A job whose worker died reads as queued as long as it will be resumed automatically, and after that as interrupted.
    Raises :class:`WorkspaceError` when it is gone or was written by a newer version.
    """
    folder = workspace.folder("jobs", job_id)
    asked = _read(folder / "request.json")
    stands = _read(folder / "state.json")
    if asked is None or stands is None:
        raise WorkspaceError(f"There is no job {job_id}.", remedy="It may have been removed from the list.")
    if asked.get("format", 0) > FORMATS["jobs"]:
        raise WorkspaceError(
            f"Job {job_id} was written by a newer Diverscope.",
            remedy="Update Diverscope, or set DIVERSCOPE_HOME to another folder.",
        )
    state: State = stands["state"]
    silent_for, orphaned = 0.0, False
    flagged = (folder / "cancel").exists()
    if state == "running":
        lane = lane_of(asked["task"])
        living = by[lane] if by is not None else holder(workspace, lane)
        if living is None or living.token != stands.get("worker"):
            orphaned = True
            state = "interrupted" if stands.get("resumes", 0) >= RESUMES else "queued"
            state = "cancelled" if flagged else state
        else:
            silent_for = living.silent_for
    if state == "interrupted":
        stands.setdefault("message", "The worker stopped while it ran this (killed, out of memory, or a restart).")
        stands.setdefault("remedy", "Resume it: it continues from what was finished.")
    if orphaned and state == "cancelled":
        stands.setdefault("message", "Cancelled. What was finished is kept.")
    seen = _read(folder / "progress.json") or {} if state != "queued" else {}
    left = seen.get("seconds_left")
    if left is not None and state == "running":
        left = max(0.0, left - (time.time() - seen.get("at", 0.0)))
    return Job(
        id=job_id,
        folder=folder,
        title=asked["title"],
        task=current_name(asked["task"]),
        request=asked["request"],
        attempt=asked["attempt"],
        state=state,
        done=seen.get("done", 0.0),
        total=seen.get("total", 0.0),
        note=seen.get("note", ""),
        rate=seen.get("rate") if state == "running" else None,
        seconds_left=left if state == "running" else None,
        message=stands.get("message", ""),
        remedy=stands.get("remedy", ""),
        queued_at=stands.get("queued_at", 0.0),
        started_at=stands.get("started_at", 0.0),
        ended_at=stands.get("ended_at", 0.0),
        resumes=stands.get("resumes", 0),
        cancelling=state == "running" and flagged,
        silent_for=silent_for,
        orphaned=orphaned,
        behind=bool(stands.get("behind")),
        worker=stands.get("worker", ""),
    )


def read_all(workspace: Workspace) -> list[Job]:
    """Every readable job in the order of :func:`turn`; a damaged one is named in the log and left out."""
    by = {lane: holder(workspace, lane) for lane in LANES}
    jobs = []
    for path in sorted((workspace.home / "jobs").glob("*/request.json")):
        if path.parent.name.startswith("."):
            continue
        try:
            jobs.append(read(workspace, path.parent.name, by=by))
        except (WorkspaceError, KeyError) as error:
            log.warning("job %s is left out: %s", path.parent.name, error)
    return sorted(jobs, key=turn)


def turn(job: Job) -> tuple[bool, float, str]:
    """What jobs are sorted by: first queued first, behind them those that give way."""
    return job.behind, job.queued_at, job.id


def change(workspace: Workspace, job_id: str, **changes: Any) -> None:
    """Replace fields of a job's state; None removes one. The caller holds the queue lock.

    On a full disk the small file is overwritten in place, which needs no new block: a job that failed because the disk
    is full can still say so.
    """
    path = workspace.folder("jobs", job_id) / "state.json"
    stands = {**(_read(path) or {}), **changes}
    stands = {name: value for name, value in stands.items() if value is not None}
    try:
        atomic.write_json(path, stands)
    except WorkspaceError:
        text = orjson.dumps(stands)
        with contextlib.suppress(OSError), open(path, "r+b") as file:
            file.write(text)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
        if _read(path) != stands:
            raise
    ring(workspace)


def _read(path: Path) -> dict[str, Any] | None:
    # Read twice: a file that is being overwritten in place may be half-written at the first reading.
    for attempt in range(3):
        try:
            values: dict[str, Any] = orjson.loads(path.read_bytes())
            return values
        except FileNotFoundError:
            return None
        except orjson.JSONDecodeError as error:
            if attempt == 2:
                raise WorkspaceError(f"{path} is damaged.", remedy=f"Delete {path.parent}.") from error
            time.sleep(0.02)
    return None
