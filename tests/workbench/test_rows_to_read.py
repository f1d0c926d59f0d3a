"""The rows that a page lists, in the order in which it lists them."""

from __future__ import annotations

import numpy as np

from core.workbench.rows_to_read import from_one_end, most_first, some_rows, without_any


def test_most_come_first_and_equal_ones_in_their_order() -> None:
    assert most_first(np.array([1, 3, 0, 3, 1])).tolist() == [1, 3, 0, 4, 2]
    assert without_any(np.array([1, 0, 2, 0])).tolist() == [1, 3]


def test_some_rows_are_drawn_once_each_and_stay_the_same() -> None:
    drawn = some_rows(50, count=10)
    assert drawn.tolist() == sorted(set(drawn.tolist())) and len(drawn) == 10
    assert drawn.tolist() == some_rows(50, count=10).tolist() != some_rows(50, count=10, seed=1).tolist()
    assert some_rows(4, count=10).tolist() == [0, 1, 2, 3] and len(some_rows(0, count=10)) == 0


def test_rows_without_a_value_are_at_neither_end() -> None:
    values = np.array([0.5, np.nan, -1.0, np.inf, 0.5, 2.0])
    assert from_one_end(values, lowest=True).tolist() == [2, 0, 4, 5]
    assert from_one_end(values, lowest=False).tolist() == [5, 0, 4, 2]
