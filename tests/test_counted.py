"""Numbers as a person reads them."""

from __future__ import annotations

import pytest

from core.counted import counted, figure3


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 rows"), (1, "1 row"), (1.0, "1 row"), (2, "2 rows"), (117_000, "117,000 rows")]
)
def test_one_is_singular_and_thousands_are_separated(count: float, said: str) -> None:
    assert counted(count, "row") == said


def test_a_plural_of_its_own_is_used() -> None:
    assert (counted(1, "entry", "entries"), counted(3, "entry", "entries")) == ("1 entry", "3 entries")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "—"), (float("nan"), "—"), (0, "0"), (1592.4, "1,592"), (-33_390.0, "-33,390"), (122_500, "122,500"),
        (12.345, "12.3"), (100.0, "100"), (0.05, "0.0500"), (1.18e-4, "0.000118"), (5.25e-8, "5.25 × 10⁻⁸"),
    ],
)  # fmt: skip
def test_three_digits_need_no_computer_notation(value: float | None, said: str) -> None:
    assert figure3(value) == said
