"""Real worker processes: what they run, how they are stopped, what a killed one leaves behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core import settings
from core.jobs import queue, supervisor
from core.jobs.lease import holder, lease_path
from core.jobs.record import Job
from core.workspace.artefacts import Workspace
from tests.jobs.running import wait

TASKS = "tests.jobs.tasks"
Until = Callable[..., Job]


def run(workspace: Workspace, name: str, **request: object) -> Job:
    job = queue.submit(workspace, f"{TASKS}:{name}", request, title=name)
    return wait(workspace, job.id, 60)


def test_a_task_runs_in_another_process_that_stays_warm_for_the_next(workspace: Workspace) -> None:
    first, second = run(workspace, "add", a=1, b=2), run(workspace, "add", a=1, b=3)
    assert first.result is not None and second.result is not None
    assert (first.state, first.result["sum"], second.result["sum"]) == ("done", 3, 4)
    assert first.result["pid"] == second.result["pid"] != os.getpid()
    assert (first.done, first.total, first.note) == (1, 1, "sums")
    assert queue.submit(workspace, f"{TASKS}:add", {"a": 1, "b": 2}, title="joined").id == first.id


def test_progress_tells_rate_and_time_left(workspace: Workspace, until: Until) -> None:
    job = queue.submit(workspace, f"{TASKS}:count", {"chunks": 400, "seconds": 0.02}, title="Count")
    supervisor.ensure_worker(workspace)
    seen = until(workspace, job.id, lambda now: now.rate is not None and now.done >= 25)
    assert seen.note == "chunks counted"
    assert 0 < seen.done < seen.total == 400
    assert seen.rate is not None and seen.seconds_left is not None
    assert 0 < seen.rate <= 50  # a chunk sleeps 0.02 s
    assert seen.seconds_left <= (400 - seen.done) / seen.rate + 0.01
    assert seen.cancelling is False
    assert seen.silent_for < 30


def test_cancel_stops_at_the_next_progress_and_keeps_what_was_finished(workspace: Workspace, until: Until) -> None:
    job = queue.submit(workspace, f"{TASKS}:count", {"chunks": 2000, "seconds": 0.02}, title="Count")
    supervisor.ensure_worker(workspace)
    until(workspace, job.id, lambda now: now.done >= 3)
    worker = holder(workspace)
    queue.cancel(workspace, job.id)
    ended = until(workspace, job.id, lambda now: not now.live)
    assert (ended.state, ended.message) == ("cancelled", "Cancelled. What was finished is kept.")
    chunks = len(list((workspace.home / "chunks").glob("*.json")))
    assert 3 <= chunks < 2000
    still = holder(workspace)
    assert worker is not None and still is not None
    assert worker.token == still.token


def test_a_killed_worker_loses_nothing_and_the_job_goes_on_by_itself_once(workspace: Workspace, until: Until) -> None:
    job = queue.submit(workspace, f"{TASKS}:count", {"chunks": 40, "seconds": 0.05}, title="Count")
    supervisor.ensure_worker(workspace)
    until(workspace, job.id, lambda now: now.done >= 5)
    worker = holder(workspace)
    assert worker is not None
    os.kill(worker.pid, signal.SIGKILL)
    orphan = until(workspace, job.id, lambda now: now.state != "running")
    assert orphan.state == "queued"
    ended = wait(workspace, job.id, 60)
    assert ended.state == "done"
    assert ended.resumes == 1
    assert ended.result is not None
    assert 0 < ended.result["made"] <= 35
    assert sorted(int(path.stem) for path in (workspace.home / "chunks").glob("*.json")) == list(range(40))


def test_a_job_that_kills_its_worker_twice_waits_for_a_person_and_holds_nobody_up(workspace: Workspace) -> None:
    deadly = queue.submit(workspace, f"{TASKS}:kill_the_worker", {}, title="Deadly")
    harmless = queue.submit(workspace, f"{TASKS}:add", {"a": 1, "b": 2}, title="Sum")
    assert wait(workspace, harmless.id, 60).state == "done"
    assert queue.job(workspace, deadly.id).state == "interrupted"
    assert (workspace.home / "deaths.txt").read_text().split() == ["dead", "dead"]
    assert queue.cancel(workspace, deadly.id).state == "cancelled"


def test_jobs_run_one_at_a_time_in_the_order_of_asking(workspace: Workspace, until: Until) -> None:
    first = queue.submit(workspace, f"{TASKS}:until_told", {}, title="First")
    names = ["c", "a", "b"]
    rest = [queue.submit(workspace, f"{TASKS}:note_order", {"name": name}, title=name) for name in names]
    supervisor.ensure_worker(workspace)
    until(workspace, first.id, lambda now: now.state == "running")
    assert [queue.job(workspace, job.id).state for job in rest] == ["queued"] * 3
    (workspace.home / "go").touch()
    for job in rest:
        assert wait(workspace, job.id, 60).state == "done"
    assert (workspace.home / "order.txt").read_text().split() == names


def test_many_supervisors_make_one_worker(workspace: Workspace) -> None:
    environment = {**os.environ, "DIVERSCOPE_HOME": str(workspace.home)}
    command = [sys.executable, "-m", "core.jobs.worker"]
    rivals = [subprocess.Popen(command, cwd=settings.PROJECT_ROOT, env=environment) for _ in range(3)]
    supervisor.ensure_worker(workspace)
    result = run(workspace, "add", a=1, b=2)
    worker = holder(workspace)
    assert worker is not None
    assert result.result is not None and result.result["pid"] == worker.pid
    losers = [rival for rival in rivals if rival.pid != worker.pid]
    assert [rival.wait(60) for rival in losers] == [0] * len(losers)
    assert len(losers) >= 2
    assert supervisor.ensure_worker(workspace) is False
    supervisor.stop_worker(workspace)
    for rival in rivals:
        rival.wait(30)


def test_a_worker_outlives_the_process_that_started_it(workspace: Workspace, until: Until) -> None:
    code = (
        "from core.workspace.artefacts import Workspace; from core.jobs import queue, supervisor\n"
        "workspace = Workspace.default()\n"
        f"job = queue.submit(workspace, '{TASKS}:until_told', {{}}, title='Wait')\n"
        "supervisor.ensure_worker(workspace); print(job.id)"
    )
    environment = {**os.environ, "DIVERSCOPE_HOME": str(workspace.home)}
    parent = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.PROJECT_ROOT, env=environment, capture_output=True, text=True
    )
    job_id = parent.stdout.strip()
    until(workspace, job_id, lambda now: now.state == "running")
    (workspace.home / "go").touch()
    assert wait(workspace, job_id, 60).state == "done"


def test_a_message_meant_for_people_reaches_them_and_the_trace_stays_in_the_log(workspace: Workspace) -> None:
    job = run(workspace, "refuse")
    assert (job.state, job.message, job.remedy) == ("failed", "This file is empty.", "Choose another one.")
    assert "Traceback" in job.log_path.read_text()


def test_an_unforeseen_error_fails_the_job_and_its_log_holds_the_trace_without_secrets(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIVERSCOPE_TEST_TOKEN", "very-secret-value")
    job = run(workspace, "break_down")
    assert job.state == "failed"
    assert "ValueError" in job.message and "unexpected" not in job.message
    assert job.remedy == "See the log of this job."
    log = job.log_path.read_text()
    assert "Traceback" in log and "ValueError: unexpected" in log
    assert "very-secret-value" not in log and "•••" in log
    assert run(workspace, "add", a=1, b=2).state == "done"


def test_an_unknown_task_fails_with_its_name(workspace: Workspace) -> None:
    job = run(workspace, "no_such_task")
    assert job.state == "failed"
    assert "no_such_task" in job.message


def test_a_job_that_does_not_listen_is_stopped_with_its_worker_and_the_queue_goes_on(
    workspace: Workspace, until: Until
) -> None:
    job = queue.submit(workspace, f"{TASKS}:deaf", {}, title="Deaf")
    behind = queue.submit(workspace, f"{TASKS}:add", {"a": 1, "b": 2}, title="Sum")
    supervisor.ensure_worker(workspace)
    until(workspace, job.id, lambda now: (workspace.home / "deaf").exists())
    assert queue.cancel(workspace, job.id).cancelling is True
    ended = queue.cancel(workspace, job.id, hard=True)
    assert ended.state == "cancelled"
    assert wait(workspace, behind.id, 60).state == "done"
    assert queue.job(workspace, job.id).state == "cancelled"


def test_a_full_disk_fails_the_job_with_what_to_do(workspace: Workspace) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    job = run(workspace, "write_to_a_full_device")
    assert job.state == "failed"
    assert "full" in job.message and "Free some space" in job.remedy
    assert not workspace.has("features", "full")
    assert list((workspace.home / "features").iterdir()) == []


def test_a_worker_leaves_when_the_queue_stays_empty(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_WORKER_IDLE", "0.001")
    assert run(workspace, "add", a=1, b=2).state == "done"
    assert gone(workspace)
    assert run(workspace, "add", a=1, b=3).state == "done"


def test_a_worker_leaves_when_its_workspace_is_deleted(workspace: Workspace) -> None:
    job = run(workspace, "add", a=1, b=2)
    assert job.result is not None
    path = lease_path(workspace)
    descriptor = os.open(path, os.O_RDWR)
    shutil.rmtree(workspace.home)
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_EX)  # granted when the worker has left
    os.close(descriptor)
    assert not workspace.home.exists()


def test_an_idle_worker_of_older_code_is_replaced(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(workspace, "add", a=1, b=2)
    newer = time.time_ns()
    monkeypatch.setattr(supervisor, "build", lambda: newer)
    assert supervisor.ensure_worker(workspace) is True
    second = run(workspace, "add", a=1, b=3)
    assert first.result is not None and second.result is not None
    assert first.result["pid"] != second.result["pid"]


def test_a_worker_that_cannot_start_is_reported_with_its_last_words(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.errors import JobError

    monkeypatch.setattr(supervisor, "STARTING", 0.0)
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    for _ in range(supervisor.FAILURES):
        assert supervisor.ensure_worker(workspace) is True
    supervisor.worker_log(workspace).write_text("No module named numpy\n")
    with pytest.raises(JobError, match="No module named numpy"):
        supervisor.ensure_worker(workspace)


def gone(workspace: Workspace, seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while holder(workspace) is not None and time.monotonic() < end:
        time.sleep(0.05)
    return holder(workspace) is None


def test_the_record_is_plain_json_on_disk(workspace: Workspace) -> None:
    job = run(workspace, "add", a=1, b=2)
    asked = json.loads((job.folder / "request.json").read_text())
    assert asked["task"] == f"{TASKS}:add" and asked["request"] == {"a": 1, "b": 2} and asked["format"] == 1
    assert json.loads((job.folder / "state.json").read_text())["state"] == "done"
