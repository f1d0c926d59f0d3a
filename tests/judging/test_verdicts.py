"""Verdicts as they are read, and the paper's arithmetic by hand-worked cases."""

from __future__ import annotations

import numpy as np
import pytest

from core.judging.verdicts import Place, outcome_of, parse_verdict, points_of
from core.judging.win_score import PromptPoints, counts, first_place_wins, reversals, win_score

# First game: the judged model is A. Second game: it is B. Worked by hand from the points +1, +½, 0, −½, −1, mirrored.
TABLE = [
    ("A>>B", "B>>A", 2.0, "Good"),
    ("A>>B", "B>A", 1.5, "Good"),
    ("A>>B", "A=B", 1.0, "Good"),
    ("A>>B", "A>B", 0.5, "Good"),
    ("A>>B", "A>>B", 0.0, "Same"),
    ("A>B", "B>A", 1.0, "Good"),
    ("A>B", "A=B", 0.5, "Good"),
    ("A>B", "A>B", 0.0, "Same"),
    ("A>B", "A>>B", -0.5, "Bad"),
    ("A=B", "A=B", 0.0, "Same"),
    ("A=B", "B>>A", 1.0, "Good"),
    ("A=B", "A>B", -0.5, "Bad"),
    ("B>A", "B>A", 0.0, "Same"),
    ("B>A", "B>>A", 0.5, "Good"),
    ("B>A", "A=B", -0.5, "Bad"),
    ("B>A", "A>B", -1.0, "Bad"),
    ("B>>A", "B>>A", 0.0, "Same"),
    ("B>>A", "B>A", -0.5, "Bad"),
    ("B>>A", "A>>B", -2.0, "Bad"),
]


@pytest.mark.parametrize(("first", "second", "total", "outcome"), TABLE)
def test_two_games_make_good_same_or_bad(first: str, second: str, total: float, outcome: str) -> None:
    points = [points_of(first, "first"), points_of(second, "second")]
    assert sum(points) == total and outcome_of(points) == outcome


def test_a_score_by_hand() -> None:
    """Two Good, one Same, one Bad and one without a verdict: 100 · (2 + ½) / 4."""
    games: list[tuple[str, Place, str]] = []
    for prompt, first, second in [
        ("a", "A>B", "B>A"), ("b", "A>>B", "A>B"), ("c", "A=B", "A=B"), ("d", "B>A", "A>>B"), ("e", "A>>B", ""),
    ]:  # fmt: skip
        games += [(prompt, "first", first), (prompt, "second", second)]
    points = PromptPoints.of(games)
    assert counts(points) == {"Good": 2, "Same": 1, "Bad": 1, "no verdict": 1}
    score = win_score(points)
    assert score.value == 62.5 and score.n == 4 and score.low <= 62.5 <= score.high
    # Decided games of whole prompts: a: A, B; b: A, A; d: B, A. The first place won 1 + 2 + 1 of 6.
    assert first_place_wins(points).value == pytest.approx(100 * 4 / 6)
    assert reversals(points).value == 25.0  # b alone names a winner twice, and not the same
    assert win_score(points.only("first")).value == pytest.approx(100 * (3 + 0.5) / 5)


def test_one_order_tells_nothing_of_the_judges_liking_for_a_place() -> None:
    points = PromptPoints.of([(str(number), "first", "A>B") for number in range(20)])
    assert np.isnan(first_place_wins(points).value) and np.isnan(reversals(points).value)
    assert win_score(points).value == 100


def test_the_interval_is_that_of_resampled_prompts() -> None:
    """The slow twin draws prompts with a loop."""
    rng = np.random.default_rng(5)
    won = rng.choice([0.0, 0.5, 1.0], size=60, p=[0.3, 0.2, 0.5])
    verdicts = {0.0: ("B>A", "A>B"), 0.5: ("A=B", "A=B"), 1.0: ("A>B", "B>A")}
    games: list[tuple[str, Place, str]] = []
    for number, value in enumerate(won.tolist()):
        games += [(str(number), "first", verdicts[value][0]), (str(number), "second", verdicts[value][1])]
    score = win_score(PromptPoints.of(games))
    drawn = [100 * won[rng.integers(0, 60, 60)].mean() for _ in range(4_000)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    assert score.value == pytest.approx(100 * won.mean())
    assert abs(score.low - low) < 1.5 and abs(score.high - high) < 1.5


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("My final verdict is: [[A>>B]]", "A>>B"),
        ("[[A>B]] at first sight, but no: [[B>>A]].", "B>>A"),
        ("**[[ A = B ]]**", "A=B"),
        ("[[b>a]]", "B>A"),
        ("[[A<B]]", "B>A"),
        ("<think>[[A>>B]] surely</think> [[B>A]]", "B>A"),
        ("<think>[[A>>B]] surely</think> I cannot say.", ""),
        ("[[A>B>C]]", ""),
        ("[[A]]", ""),
        ("A>B", ""),
        ("[[A>B]] or rather [[neither]]", ""),
        ("", ""),
    ],
)
def test_the_last_brackets_hold_the_verdict_or_there_is_none(reply: str, verdict: str) -> None:
    assert parse_verdict(reply) == verdict
