"""Progress as a file: rates that tell the truth, writes that cost next to nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import Cancelled
from core.jobs import reporter
from core.jobs.reporter import Reporter


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    result = Clock()
    monkeypatch.setattr(reporter, "time", result)
    return result


def written(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "progress.json").read_text())


def test_a_steady_pace_gives_its_rate_and_the_time_left(tmp_path: Path, clock: Clock) -> None:
    report = Reporter(tmp_path)
    for step in range(101):
        report(10 * step, 5000, "rows embedded")
        clock.now += 0.5
    seen = written(tmp_path)
    assert (seen["done"], seen["total"], seen["note"]) == (1000, 5000, "rows embedded")
    assert seen["rate"] == pytest.approx(20.0)
    assert seen["seconds_left"] == pytest.approx(200.0)


def test_what_was_done_before_a_resume_counts_for_no_rate(tmp_path: Path, clock: Clock) -> None:
    report = Reporter(tmp_path)
    for step in range(10):
        report(4000 + step, 5000, "rows")
        clock.now += 1.0
    assert written(tmp_path)["rate"] == pytest.approx(1.0)


def test_finished_chunks_that_are_skipped_are_forgotten_within_the_window(tmp_path: Path, clock: Clock) -> None:
    report = Reporter(tmp_path)
    for done in range(2600):
        report(done, 4000, "rows")
        clock.now += 0.0001
    for done in range(2600, 2620):
        report(done, 4000, "rows")
        clock.now += 1.0
    assert written(tmp_path)["rate"] == pytest.approx(1.0, rel=0.01)


def test_slow_steps_still_have_a_rate(tmp_path: Path, clock: Clock) -> None:
    report = Reporter(tmp_path)
    for done in range(8):
        report(done, 100, "chunks")
        clock.now += 60.0
    assert written(tmp_path)["rate"] == pytest.approx(1 / 60)


def test_a_new_note_begins_a_new_phase(tmp_path: Path, clock: Clock) -> None:
    report = Reporter(tmp_path)
    for done in range(20):
        report(1000 * done, 100_000, "rows read")
        clock.now += 1.0
    report(0, 50, "chunks")
    assert written(tmp_path)["rate"] is None
    clock.now += 1.0
    report(2, 50)
    seen = written(tmp_path)
    assert (seen["note"], seen["rate"]) == ("chunks", pytest.approx(2.0))


def test_calls_in_quick_succession_write_rarely_and_nothing_is_lost_at_the_end(tmp_path: Path, clock: Clock) -> None:
    report = Reporter(tmp_path)
    for done in range(100):
        report(done, 100, "rows")
        clock.now += 0.001
    assert written(tmp_path)["done"] == 0
    report.flush()
    assert written(tmp_path)["done"] == 99


def test_the_flag_stops_the_work_even_where_the_disk_is_gone(tmp_path: Path, clock: Clock) -> None:
    report = Reporter(tmp_path / "gone")
    report(1, 2, "rows")  # nowhere to write: the work goes on
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "cancel").touch()
    clock.now += 1.0
    with pytest.raises(Cancelled, match="What was finished is kept"):
        report(2, 2, "rows")
