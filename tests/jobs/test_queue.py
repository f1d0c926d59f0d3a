"""The queue without a worker: joining, order, cancelling, refusing."""

from __future__ import annotations

import hashlib

import pytest

from core.errors import JobError, WorkspaceError
from core.jobs import job_names, queue, record, task
from core.workspace import atomic
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest
from tests.jobs.running import run_here

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
    "name", ["os:system", "core.jobs.task:resolve", "core.jobs.task", "subprocess.x:run", "tests..x:y", "tests:x", ""]
)
def test_only_the_names_of_jobs_can_be_queued(workspace: Workspace, name: str) -> None:
    with pytest.raises(JobError, match="not a job"):
        queue.submit(workspace, name, {}, title="Mischief")
    assert queue.jobs(workspace) == []


@pytest.mark.parametrize("name", ["tests.jobs.tasks:nothing", "tests.nothing:run", "tests.jobs.tasks:digest"])
def test_a_name_without_a_function_of_ours_behind_it_is_refused_when_run(workspace: Workspace, name: str) -> None:
    with pytest.raises(JobError, match="cannot run"):
        run_here(workspace, name, {})


@pytest.mark.parametrize("name", list(job_names.FUNCTIONS))
def test_every_job_has_a_function_where_the_table_says(name: str) -> None:
    assert callable(task.resolve(name))


def test_first_names_are_permanent() -> None:
    """Job files of version 0.1 hold these names and their ids hash them: a changed line loses those jobs."""
    written = "\n".join(f"{name} {first}" for name, first in sorted(job_names.FIRST_NAMES.items()))
    assert (
        hashlib.sha256(written.encode()).hexdigest()
        == "6cd4f52e92f5cdbfc22a073e1a5d384ac6536f89802dc0811f83cab97962f114"
    )
    assert len(set(job_names.FIRST_NAMES.values())) == len(job_names.FIRST_NAMES)


def test_a_job_asked_for_by_its_first_name_is_joined_by_its_present_name(workspace: Workspace) -> None:
    old = queue.submit(workspace, "core.workbench.tasks:tokens", {"corpus": "c"}, title="Tokenise")
    assert old.id == digest(["core.workbench.tasks:tokens", {"corpus": "c"}])
    assert queue.submit(workspace, job_names.TOKENS, {"corpus": "c"}, title="Tokenise").id == old.id
    assert queue.job(workspace, old.id).task == job_names.TOKENS


def test_a_request_that_is_no_json_is_refused(workspace: Workspace) -> None:
    with pytest.raises(JobError, match="not JSON"):
        queue.submit(workspace, ADD, {"a": object()}, title="Sum")


def test_a_task_runs_in_place_without_queue_and_worker(workspace: Workspace) -> None:
    seen = []
    result = run_here(workspace, ADD, {"a": 1, "b": 2}, progress=lambda *now: seen.append(now))
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
    atomic.write_json(job.folder / "result.json", run_here(workspace, name, request))
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
