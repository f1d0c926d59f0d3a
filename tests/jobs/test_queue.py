"""The queue without a worker: joining, order, cancelling, refusing."""

from __future__ import annotations

import pytest

from core.errors import JobError, WorkspaceError
from core.jobs import queue, record
from core.workspace import atomic
from core.workspace.artefacts import Workspace

ADD = "tests.jobs.tasks:add"


def test_identical_requests_are_one_job(workspace: Workspace) -> None:
    first = queue.submit(workspace, ADD, {"a": 1, "b": 2}, title="Sum")
    second = queue.submit(workspace, ADD, {"b": 2.0, "a": 1}, title="The same sum")
    other = queue.submit(workspace, ADD, {"a": 1, "b": 3}, title="Sum")
    assert first.id == second.id
    assert second.title == "Sum"
    assert other.id != first.id
    assert [job.id for job in queue.jobs(workspace)] == [first.id, other.id]


def test_a_waiting_job_is_cancelled_at_once_and_asked_again_gets_a_new_attempt(workspace: Workspace) -> None:
    first = queue.submit(workspace, ADD, {"a": 1, "b": 2}, title="Sum")
    assert queue.cancel(workspace, first.id).state == "cancelled"
    second = queue.submit(workspace, ADD, {"a": 1, "b": 2}, title="Sum")
    assert second.id == f"{first.id}-2"
    assert second.attempt == 2
    assert queue.retry(workspace, first.id).id == second.id  # the newer attempt is live: joined
    newest = queue.latest(workspace, ADD, {"a": 1, "b": 2})
    assert newest is not None
    assert newest.id == second.id


def test_forgetting_removes_an_ended_job_and_refuses_a_live_one(workspace: Workspace) -> None:
    job = queue.submit(workspace, ADD, {"a": 1, "b": 2}, title="Sum")
    with pytest.raises(JobError, match="has not ended"):
        queue.forget(workspace, job.id)
    queue.cancel(workspace, job.id)
    queue.forget(workspace, job.id)
    assert queue.jobs(workspace) == []
    with pytest.raises(WorkspaceError, match="no job"):
        queue.job(workspace, job.id)


@pytest.mark.parametrize(
    "name", ["os:system", "core.jobs.task:os.system", "core.jobs.task", "subprocess.x:run", "core..x:y", "tests:x"]
)
def test_only_names_of_our_own_functions_are_tasks(workspace: Workspace, name: str) -> None:
    with pytest.raises(JobError, match="not a task"):
        queue.submit(workspace, name, {}, title="Mischief")
    assert queue.jobs(workspace) == []


@pytest.mark.parametrize(
    "name", ["core.jobs.task:nothing", "core.nothing:run", "core.jobs.supervisor:cache", "core.jobs.queue:digest"]
)
def test_a_name_without_a_function_of_ours_behind_it_is_refused_when_run(workspace: Workspace, name: str) -> None:
    with pytest.raises(JobError, match="no task"):
        queue.run_here(workspace, name, {})


def test_a_request_that_is_no_json_is_refused(workspace: Workspace) -> None:
    with pytest.raises(JobError, match="not JSON"):
        queue.submit(workspace, ADD, {"a": object()}, title="Sum")


def test_a_task_runs_in_place_without_queue_and_worker(workspace: Workspace) -> None:
    seen = []
    result = queue.run_here(workspace, ADD, {"a": 1, "b": 2}, progress=lambda *now: seen.append(now))
    assert result["sum"] == 3
    assert seen == [(1, 1, "sums")]
    assert queue.jobs(workspace) == []


def test_a_job_of_a_newer_version_is_refused_by_id_and_left_out_of_the_list(workspace: Workspace) -> None:
    job = queue.submit(workspace, ADD, {"a": 1, "b": 2}, title="Sum")
    atomic.write_json(job.folder / "request.json", {"format": 99, "title": "Sum", "task": ADD, "request": {}})
    with pytest.raises(WorkspaceError, match="newer Diverscope"):
        queue.job(workspace, job.id)
    assert queue.jobs(workspace) == []


def test_a_running_job_without_a_worker_reads_as_queued_once_and_then_as_interrupted(workspace: Workspace) -> None:
    job = queue.submit(workspace, ADD, {"a": 1, "b": 2}, title="Sum")
    with record.queue_lock(workspace):
        record.change(workspace, job.id, state="running", worker="dead")
    assert queue.job(workspace, job.id).state == "queued"
    with record.queue_lock(workspace):
        record.change(workspace, job.id, resumes=1)
    stopped = queue.job(workspace, job.id)
    assert stopped.state == "interrupted"
    assert "worker stopped" in stopped.message
    assert "Resume" in stopped.remedy
    again = queue.retry(workspace, job.id)
    assert (again.id, again.state, again.message) == (job.id, "queued", "")


def test_a_job_that_is_done_is_joined_unless_what_it_made_is_gone(workspace: Workspace) -> None:
    name, request = "tests.jobs.tasks:write_artefact", {"key": "abc", "bytes": 10}
    job = queue.submit(workspace, name, request, title="Write")
    atomic.write_json(job.folder / "result.json", queue.run_here(workspace, name, request))
    with record.queue_lock(workspace):
        record.change(workspace, job.id, state="done")
    assert queue.submit(workspace, name, request, title="Write").id == job.id
    (workspace.folder("features", "abc") / "manifest.json").unlink()
    assert queue.submit(workspace, name, request, title="Write").id == f"{job.id}-2"


def test_a_cancelled_job_whose_worker_died_reads_as_cancelled(workspace: Workspace) -> None:
    job = queue.submit(workspace, ADD, {"a": 1, "b": 2}, title="Sum")
    with record.queue_lock(workspace):
        record.change(workspace, job.id, state="running", worker="dead")
    (job.folder / "cancel").touch()
    now = queue.job(workspace, job.id)
    assert (now.state, now.message) == ("cancelled", "Cancelled. What was finished is kept.")
