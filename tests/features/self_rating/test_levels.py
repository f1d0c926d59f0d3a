"""SelectIT's levels against a loop over rows, and at the ends of what they measure."""

from __future__ import annotations

import numpy as np
import pytest

from core.features.self_rating.levels import expected_rating, model_level, sentence_level, token_level


def by_loop(row: list[float]) -> float:
    base = max(range(5), key=lambda place: (row[place], -place))
    return (base + 1) * sum(row[base] - other for other in row) / 4


def some(rows: int = 40, questions: int = 3) -> np.ndarray:
    made = np.random.default_rng(0).dirichlet(np.ones(5), size=(rows, questions))
    made[0, 0] = 0.2  # torn between all
    return made


def test_a_token_score_is_the_likeliest_rating_times_its_lead():
    given = some()
    expected = [[by_loop(question.tolist()) for question in row] for row in given]
    assert np.allclose(token_level(given), expected)


def test_a_sure_rating_counts_whole_and_a_torn_one_counts_nothing():
    assert token_level(np.array([0, 0, 0, 0, 1.0])) == 5
    assert token_level(np.array([0, 1.0, 0, 0, 0])) == 2
    assert token_level(np.full(5, 0.2)) == pytest.approx(0)
    assert np.isnan(token_level(np.full(5, np.nan)))


def test_questions_that_disagree_lower_a_rows_score():
    tokens = np.array([[3.0, 3.0, 3.0], [1.0, 3.0, 5.0]])
    agree, differ = sentence_level(tokens, alpha=0.2)
    assert agree == 3.0
    assert differ == pytest.approx(3 / (1 + 0.2 * np.std([1.0, 3.0, 5.0])))
    assert sentence_level(tokens, alpha=0.0).tolist() == [3.0, 3.0]


def test_larger_models_count_more():
    joined = model_level([np.array([1.0, 2.0]), np.array([4.0, np.nan])], [7e9, 21e9])
    assert joined[0] == pytest.approx((7 * 1 + 21 * 4) / 28)
    assert np.isnan(joined[1])


def test_the_expected_rating_is_the_mean_of_the_questions():
    given = np.array([[[0, 0, 0, 0, 1.0], [1.0, 0, 0, 0, 0]]])
    assert expected_rating(given).tolist() == [3.0]
