"""Select2Reason: both ranks against their definition, what each knob does, and rows that lack a number."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from tests.selection.pools import prepared, view_of


def by_definition(difficulty: np.ndarray, length: np.ndarray, weight: float) -> list[int]:
    """Rows by the mean of the two shares of rows that are not above them, every pair of rows compared."""
    rows = range(len(difficulty))
    merit = [
        (1 - weight) * sum(difficulty[other] <= difficulty[row] for other in rows) / len(difficulty)
        + weight * sum(length[other] <= length[row] for other in rows) / len(difficulty)
        for row in rows
    ]
    return sorted(rows, key=lambda row: (-round(merit[row], 12), row))


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.5, 1.0])
def test_rows_come_by_the_weighted_ranks_of_difficulty_and_length(weight):
    rng = np.random.default_rng(4)
    difficulty, length = rng.integers(0, 12, 90).astype(float), rng.integers(0, 30, 90).astype(float)
    view = view_of(column_hard=difficulty, column_words=length)
    plan = prepared("select2reason", view, difficulty="hard", trace="words", weight=weight)
    assert plan.order.tolist() == by_definition(difficulty, length, weight)


def test_a_low_pass_rate_is_hard():
    view = view_of(column_passed=np.array([0.9, 0.1, 0.5]), column_words=np.array([1.0, 2.0, 3.0]))
    plan = prepared("select2reason", view, difficulty="passed", hard="lowest", trace="words", weight=0.0)
    assert plan.order.tolist() == [1, 2, 0]


def test_rows_without_one_of_the_numbers_are_left_out_and_counted():
    view = view_of(
        column_hard=np.array([1.0, np.nan, 3.0, 2.0, 5.0]), column_words=np.array([1.0, np.nan, np.nan, 4.0, 2.0])
    )
    plan = prepared("select2reason", view, difficulty="hard", trace="words")
    assert plan.outside == {"no number in hard": 1, "no number in words": 1}
    assert sorted(plan.order.tolist()) == [0, 3, 4]


def test_without_a_difficulty_it_says_what_to_choose():
    with pytest.raises(InputError, match="the difficulty"):
        prepared("select2reason", view_of(column_words=np.array([1.0, 2.0])), trace="words")
