"""Two workers: short work does not wait behind long work, a waiting job says what it waits for and can go first."""

from __future__ import annotations

from collections.abc import Callable

from core.jobs import job_names, queue, supervisor
from core.jobs.job_names import FUNCTIONS, LONG, lane_of
from core.jobs.lease import holder
from core.jobs.record import Job
from core.workspace.artefacts import Workspace
from pages.parts.frame.jobs import waiting_line
from tests.corpora import corpus_of, records
from tests.jobs.running import wait

TASKS = "tests.jobs.tasks"
Until = Callable[..., Job]


def test_a_short_job_is_done_while_a_long_one_runs_and_a_killed_worker_costs_its_own_lane_only(
    workspace: Workspace, until: Until
) -> None:
    _, corpus = corpus_of(workspace.home, records(30))
    long = queue.submit(workspace, f"{TASKS}:count", {"chunks": 4000, "seconds": 0.02}, title="Long")
    supervisor.ensure_worker(workspace)
    until(workspace, long.id, lambda now: now.done >= 1)
    request = {"corpus": corpus.id, "component": "instruction", "tokenizer": "mistral-32k"}
    short = queue.submit(workspace, job_names.TOKENS, request, title="Short")
    assert (long.lane, short.lane) == ("long", "short")
    assert queue.ahead_of(workspace, short) == []
    assert wait(workspace, short.id, 60).state == "done"
    still = queue.job(workspace, long.id)
    assert still.state == "running"
    first, second = holder(workspace, "long"), holder(workspace, "short")
    assert first is not None and second is not None and first.pid != second.pid
    supervisor.stop_worker(workspace, token=second.token)
    assert holder(workspace, "short") is None
    assert queue.job(workspace, long.id).state == "running"
    queue.cancel(workspace, long.id)
    until(workspace, long.id, lambda now: not now.live)


def test_a_waiting_job_names_what_is_before_it_and_can_be_put_first(workspace: Workspace, until: Until) -> None:
    running = queue.submit(workspace, f"{TASKS}:count", {"chunks": 4000, "seconds": 0.02}, title="Running")
    supervisor.ensure_worker(workspace)
    until(workspace, running.id, lambda now: now.rate is not None)
    waiting = [
        queue.submit(workspace, f"{TASKS}:note_order", {"name": name}, title=name) for name in ("one", "two", "three")
    ]
    last = queue.job(workspace, waiting[2].id)
    ahead = queue.ahead_of(workspace, last)
    assert [job.title for job in ahead] == ["Running", "one", "two"]
    assert waiting_line(workspace, last, ahead).startswith("Waits for Running (about ")
    assert waiting_line(workspace, last, ahead).endswith("then 2 other jobs")
    assert queue.do_first(workspace, last.id).state == "queued"
    assert [job.title for job in queue.ahead_of(workspace, queue.job(workspace, last.id))] == ["Running"]
    assert queue.do_first(workspace, running.id).state == "running"
    queue.cancel(workspace, running.id)
    for job in waiting:
        until(workspace, job.id, lambda now: now.state == "done")
    assert (workspace.home / "order.txt").read_text().split() == ["three", "one", "two"]


def test_work_that_nobody_waits_for_gives_way_and_goes_on_behind(workspace: Workspace, until: Until) -> None:
    asked = {"chunks": 60, "seconds": 0.05}
    unasked = queue.submit(workspace, f"{TASKS}:count", asked, title="Unasked", behind=True)
    supervisor.ensure_worker(workspace)
    until(workspace, unasked.id, lambda now: now.done >= 2)
    first, second = (
        queue.submit(workspace, f"{TASKS}:note_order", {"name": name, "seconds": 0.1}, title=name)
        for name in ("one", "two")
    )
    assert queue.ahead_of(workspace, first) == []
    until(workspace, second.id, lambda now: now.state == "done")
    assert queue.job(workspace, unasked.id).live
    ended = until(workspace, unasked.id, lambda now: not now.live)
    assert ended.state == "done"
    assert ended.result is not None
    assert ended.result["made"] < 60  # the chunks that were there when it gave way are not made again


def test_work_that_is_asked_for_after_all_gives_way_no_more(workspace: Workspace, until: Until) -> None:
    asked = {"chunks": 4000, "seconds": 0.02}
    unasked = queue.submit(workspace, f"{TASKS}:count", asked, title="Map", behind=True)
    supervisor.ensure_worker(workspace)
    until(workspace, unasked.id, lambda now: now.done >= 1)
    same = queue.submit(workspace, f"{TASKS}:count", asked, title="Map")
    assert (same.id, same.behind) == (unasked.id, False)
    other = queue.submit(workspace, f"{TASKS}:note_order", {"name": "one"}, title="one")
    assert [job.title for job in queue.ahead_of(workspace, other)] == ["Map"]
    until(workspace, unasked.id, lambda now: now.done >= 40)
    assert queue.job(workspace, other.id).state == "queued"
    queue.cancel(workspace, unasked.id)
    until(workspace, other.id, lambda now: now.state == "done")


def test_what_gives_way_can_be_cancelled_and_put_first(workspace: Workspace, until: Until) -> None:
    running = queue.submit(workspace, f"{TASKS}:until_told", {}, title="Running")
    supervisor.ensure_worker(workspace)
    until(workspace, running.id, lambda now: now.state == "running")
    last = queue.submit(workspace, f"{TASKS}:note_order", {"name": "behind"}, title="behind", behind=True)
    gone = queue.submit(workspace, f"{TASKS}:note_order", {"name": "gone"}, title="gone", behind=True)
    before = queue.submit(workspace, f"{TASKS}:note_order", {"name": "asked"}, title="asked")
    assert [job.title for job in queue.ahead_of(workspace, queue.job(workspace, last.id))] == ["Running", "asked"]
    assert queue.cancel(workspace, gone.id).state == "cancelled"
    put = queue.do_first(workspace, last.id)
    assert not put.behind
    (workspace.home / "go").touch()
    for job in (last, before):
        until(workspace, job.id, lambda now: now.state == "done")
    assert (workspace.home / "order.txt").read_text().split() == ["behind", "asked"]


def test_every_job_has_a_lane_and_studies_series_and_curves_are_short() -> None:
    assert set(FUNCTIONS) >= LONG
    short = (job_names.STUDY, job_names.SERIES, job_names.CURVES, job_names.MEASURE_SUBSETS, job_names.INGEST)
    assert {lane_of(name) for name in short} == {"short"}
    assert {lane_of(name) for name in LONG} == {"long"}
    assert lane_of("core.workbench.tasks:embed") == "long"  # the name that version 0.1 gave it
