"""Counts in words."""

from __future__ import annotations

import pytest

from core.counted import counted


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 rows"), (1, "1 row"), (1.0, "1 row"), (2, "2 rows"), (117_000, "117,000 rows")]
)
def test_one_is_singular_and_thousands_are_separated(count: float, said: str) -> None:
    assert counted(count, "row") == said


def test_a_plural_of_its_own_is_used() -> None:
    assert (counted(1, "entry", "entries"), counted(3, "entry", "entries")) == ("1 entry", "3 entries")
