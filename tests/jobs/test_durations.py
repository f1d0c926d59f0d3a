"""How long work takes: runs made here come first, then what is usual, at this machine's pace."""

from __future__ import annotations

import threading
from statistics import median

import pytest

from core.jobs import durations, queue
from core.jobs.durations import USUAL, expected_seconds, record, timed
from core.workspace import values
from core.workspace.artefacts import Workspace
from tests.jobs.in_process import do_queued

TASKS = "tests.jobs.tasks"


def slow_expected(runs: list[tuple[int, float]], rows: int, *, usual: durations.Usual) -> float:
    """The twin: of the three runs nearest in the ratio of their rows, the median of how much slower than usual."""
    by_ratio = sorted(runs, key=lambda run: max((run[0] + 1) / (rows + 1), (rows + 1) / (run[0] + 1)))
    return median(seconds / usual.seconds(count) for count, seconds in by_ratio[:3]) * usual.seconds(rows)


def test_work_never_done_here_takes_its_usual_time_and_unknown_work_is_not_guessed(workspace: Workspace) -> None:
    assert expected_seconds(workspace, "map", 10_000) == USUAL["map"].seconds(10_000) == pytest.approx(17.0)
    assert expected_seconds(workspace, "embed/any-model", 1_000) == USUAL["embed"].seconds(1_000)
    assert expected_seconds(workspace, "tags/merged/owner/model", 1_000) == USUAL["tags/merged"].seconds(1_000)
    assert expected_seconds(workspace, "prepare/of-a-user", 1_000) is None


def test_runs_made_here_decide_and_the_nearest_sizes_among_them(workspace: Workspace) -> None:
    runs = [(1_000, 2.0), (1_200, 2.5), (900, 1.5), (100_000, 900.0), (90_000, 800.0), (110_000, 1_000.0)]
    for rows, seconds in runs:
        record(workspace, "map", rows=rows, seconds=seconds)
    for rows in (500, 1_000, 20_000, 100_000, 500_000):
        told = expected_seconds(workspace, "map", rows)
        assert told == pytest.approx(slow_expected(runs, rows, usual=USUAL["map"]))
    small, large = expected_seconds(workspace, "map", 1_000), expected_seconds(workspace, "map", 100_000)
    assert small == pytest.approx(2.0, rel=0.2) and large == pytest.approx(900.0, rel=0.05)


def test_other_work_on_a_slow_machine_is_expected_to_be_slow(workspace: Workspace) -> None:
    before = expected_seconds(workspace, "embed/model", 5_000)
    assert before is not None
    slower = []
    for kind in ("map", "tokens", "keywords", "ingest"):  # each took four times as long as usual
        record(workspace, kind, rows=10_000, seconds=4 * USUAL[kind].seconds(10_000))
        slower.append((expected_seconds(workspace, "embed/model", 5_000) or 0) / before)
    assert slower == pytest.approx([4 ** (kinds / (kinds + 1)) for kinds in (1, 2, 3, 4)])


def test_one_first_job_that_had_to_wait_makes_no_other_seem_slow(workspace: Workspace) -> None:
    before = expected_seconds(workspace, "map", 14_939)
    assert before is not None
    record(workspace, "distil", rows=0, seconds=12 * USUAL["distil"].seconds(0))
    after = expected_seconds(workspace, "map", 14_939)
    assert after is not None and after < 4 * before
    for kind in ("tokens", "ingest"):
        record(workspace, kind, rows=14_939, seconds=USUAL[kind].seconds(14_939))
    assert expected_seconds(workspace, "map", 14_939) == pytest.approx(before, rel=1e-3)


def test_times_that_were_guessed_say_nothing_of_a_machine(workspace: Workspace) -> None:
    guessed = next(kind for kind, usual in USUAL.items() if usual.guessed)
    before = expected_seconds(workspace, "map", 5_000)
    record(workspace, guessed, rows=1_000, seconds=500 * USUAL[guessed].seconds(1_000))
    assert expected_seconds(workspace, "map", 5_000) == before


def test_work_without_rows_or_a_usual_time_takes_what_it_took(workspace: Workspace) -> None:
    for seconds in (4.0, 6.0, 50.0):
        record(workspace, "simulate", rows=0, seconds=seconds)
    assert expected_seconds(workspace, "simulate", 0) == 6.0
    record(workspace, "prepare/of-a-user", rows=2_000, seconds=3.0)
    assert expected_seconds(workspace, "prepare/of-a-user", 20_000) == pytest.approx(30.0)


def test_only_whole_new_runs_are_remembered_and_only_the_newest(workspace: Workspace) -> None:
    with timed(workspace, "map", rows=10, stored=True):
        pass
    with pytest.raises(ZeroDivisionError), timed(workspace, "map", rows=10):
        raise ZeroDivisionError
    assert values.get(workspace, durations.KEY) is None
    for run in range(durations.RUNS_KEPT + 5):
        record(workspace, "map", rows=1_000, seconds=run + 1.0)
    kept = values.get(workspace, durations.KEY)
    assert kept is not None and [seconds for _, seconds in kept["map"]] == [run + 1.0 for run in range(5, 17)]


def test_two_workers_that_record_at_once_lose_nothing(workspace: Workspace) -> None:
    def note(kind: str) -> None:
        for run in range(10):
            record(workspace, kind, rows=run, seconds=1.0)

    threads = [threading.Thread(target=note, args=(f"kind-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = values.get(workspace, durations.KEY)
    assert {kind: len(runs) for kind, runs in kept.items()} == {f"kind-{number}": 10 for number in range(4)}


def test_a_damaged_table_counts_as_absent(workspace: Workspace) -> None:
    values.put(workspace, durations.KEY, {"map": "soon", "tokens": [[1], [1, 2, 3]]})
    assert expected_seconds(workspace, "map", 0) == USUAL["map"].seconds(0)
    record(workspace, "map", rows=1_000, seconds=7.0)
    assert expected_seconds(workspace, "map", 1_000) == pytest.approx(7.0)


def test_a_worker_records_what_its_jobs_took(workspace: Workspace) -> None:
    asked = {"chunks": 5, "seconds": 0.05}
    queue.submit(workspace, f"{TASKS}:count", asked, title="Count")
    do_queued(workspace)
    expected = expected_seconds(workspace, f"{TASKS}:count", 0)
    assert expected is not None and 0.25 <= expected < 30
