"""One bar for work in parts."""

from __future__ import annotations

import pytest

from core.errors import Cancelled
from core.progress import part_of


class Heard:
    """Progress that remembers what it was told."""

    def __init__(self) -> None:
        self.reports: list[tuple[float, float, str]] = []

    def __call__(self, done: float, total: float, note: str = "") -> None:
        self.reports.append((done, total, note))


def test_a_part_moves_the_bar_by_its_own_share() -> None:
    heard = Heard()
    part = part_of(heard, done=2, total=4)
    part(0, 10, "rows")
    part(5, 10, "rows")
    part(10, 10, "rows")
    assert heard.reports == [(2.0, 4, "rows"), (2.5, 4, "rows"), (3.0, 4, "rows")]


def test_a_part_may_be_worth_more_than_one_unit() -> None:
    heard = Heard()
    part = part_of(heard, done=100, total=250, size=50)
    part(1, 5)
    part(5, 5)
    assert heard.reports == [(110.0, 250, ""), (150.0, 250, "")]


def test_the_notes_are_the_parts_own_unless_the_whole_has_one() -> None:
    heard = Heard()
    part_of(heard, done=0, total=2)(1, 2, "rows embedded")
    part_of(heard, done=0, total=2, note="metrics measured")(1, 2, "rows embedded")
    assert [note for _, _, note in heard.reports] == ["rows embedded", "metrics measured"]


def test_a_part_of_unknown_length_stays_at_its_beginning() -> None:
    heard = Heard()
    part_of(heard, done=3, total=4)(7, 0, "lines read")
    assert heard.reports == [(3.0, 4, "lines read")]


def test_parts_within_parts_end_where_the_plain_sum_ends() -> None:
    """Three runs of four steps each, told as nested parts, against a plain count of the twelve steps."""
    heard = Heard()
    for run in range(3):
        inner = part_of(heard, done=run, total=3)
        for step in range(4):
            part_of(inner, done=step, total=4)(1, 1)
    assert [done / total for done, total, _ in heard.reports] == pytest.approx([(step + 1) / 12 for step in range(12)])


def test_a_wish_to_stop_passes_through_a_part() -> None:
    def stop(done: float, total: float, note: str = "") -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        part_of(stop, done=0, total=1)(1, 2)
