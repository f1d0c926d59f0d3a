"""The length model, Cohen's kappa and the points against slow twins, hand-worked cases and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from core.judging.agreement import agreement, cohens_kappa
from core.judging.length import fit_length, length_bins
from core.judging.verdicts import Place
from core.judging.win_score import PromptPoints, reversals, standard_error, win_score


def simulated(level: float, slope: float, *, n: int, shift: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Wins of a judge with a planted liking for length, and the differences in characters."""
    rng = np.random.default_rng(seed)
    longer = rng.normal(shift, 400, n).round()
    rate = 1 / (1 + np.exp(-(level + slope * np.tanh(longer / longer.std()))))
    return (rng.random(n) < rate).astype(float), longer


def test_the_length_controlled_rate_covers_the_planted_one() -> None:
    """Over 40 simulated judgements the 95 % interval holds the planted rate about as often as it says."""
    planted = 100 / (1 + np.exp(-0.3))
    hits, raw = 0, []
    for seed in range(40):
        won, longer = simulated(0.3, 1.5, n=400, shift=300, seed=seed)
        fit = fit_length(won, longer, won * 2 - 1)
        assert fit is not None
        hits += fit.rate.low <= planted <= fit.rate.high
        raw.append(100 * won.mean())
    assert hits >= 34
    assert np.mean(raw) > planted + 8  # the plain win rate does not see that the answers were longer


def test_without_a_liking_for_length_both_rates_agree() -> None:
    won, longer = simulated(0.4, 0.0, n=3_000, shift=250, seed=3)
    fit = fit_length(won, longer, won * 2 - 1)
    assert fit is not None and abs(fit.slope) < 0.2
    assert fit.rate.value == pytest.approx(100 * won.mean(), abs=2.5)


def test_the_fit_is_that_of_scikit_learn() -> None:
    """Ties count as half a win and half a loss."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(8)
    won, longer = simulated(-0.2, 0.9, n=500, shift=100, seed=8)
    won[rng.random(500) < 0.2] = 0.5
    fit = fit_length(won, longer, won * 2 - 1)
    squashed = np.tanh(longer / longer.std())
    twice = np.concatenate([squashed, squashed])[:, None]
    labels = np.concatenate([np.ones(500), np.zeros(500)])
    model = LogisticRegression(C=1e6, tol=1e-10, max_iter=1_000)
    model.fit(twice, labels, sample_weight=np.concatenate([won, 1 - won]))
    assert fit is not None
    assert (fit.level, fit.slope) == pytest.approx((model.intercept_[0], model.coef_[0, 0]), abs=2e-3)
    bins = length_bins(won, longer, fit)
    assert bins["prompts"].sum() == 500 and bins["characters longer"].is_monotonic_increasing
    assert (bins["win rate"] - bins["fitted"]).abs().max() < 15


def test_where_everything_is_won_the_rate_stays_finite() -> None:
    longer = np.arange(30.0)
    fit = fit_length(np.ones(30), longer, np.ones(30))
    assert fit is not None and 99 < fit.rate.value < 100 and np.isnan(fit.correlation)
    assert fit_length(np.ones(5), np.arange(5.0), np.ones(5)) is None
    assert fit_length(np.ones(30), np.zeros(30), np.ones(30)) is None


def test_kappa_by_hand() -> None:
    """Of 50 cases both say yes to 20 and no to 15, the first alone to 5, the second alone to 10: κ = (.7 − .5) / .5."""
    first = ["Good"] * 25 + ["Bad"] * 25
    second = ["Good"] * 20 + ["Bad"] * 5 + ["Good"] * 10 + ["Bad"] * 15
    assert cohens_kappa(first, second) == pytest.approx(0.4)
    assert cohens_kappa(["Good"] * 3, ["Good"] * 3) != cohens_kappa(["Good"] * 3, ["Good"] * 3)  # NaN


def test_kappa_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(4)
    first = rng.choice(["Good", "Same", "Bad"], size=300, p=[0.5, 0.2, 0.3]).tolist()
    second = [word if rng.random() < 0.7 else str(rng.choice(["Good", "Same", "Bad"])) for word in first]
    assert cohens_kappa(first, second) == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)


def test_two_judges_are_compared_on_the_prompts_that_both_decided() -> None:
    def games(*outcomes: str, start: int = 0) -> PromptPoints:
        told = {"Good": ("A>B", "B>A"), "Same": ("A=B", "A=B"), "Bad": ("B>A", "A>B"), "": ("A>B", "")}
        listed: list[tuple[str, Place, str]] = []
        for number, outcome in enumerate(outcomes, start=start):
            listed += [(str(number), "first", told[outcome][0]), (str(number), "second", told[outcome][1])]
        return PromptPoints.of(listed)

    agreed = agreement(games("Good", "Good", "Bad", "", "Same"), games("Good", "Bad", "Bad", "Good", "Good"))
    assert agreed is not None
    assert agreed.prompts == 4 and agreed.same == 50 and agreed.reversed == 25
    assert agreed.table == ((1, 0, 1), (1, 0, 0), (0, 0, 1))
    assert agreed.drift == pytest.approx(50 - 62.5)
    assert agreed.reversed_low < 25 < agreed.reversed_high
    assert agreement(games("Good"), games("Good", start=5)) is None


def test_where_all_prompts_are_alike_the_interval_is_wilsons_and_not_a_point() -> None:
    games: list[tuple[str, Place, str]] = []
    for number in range(12):
        games += [(str(number), "first", "A>B"), (str(number), "second", "B>A")]
    points = PromptPoints.of(games)
    score, error = win_score(points), standard_error(points)
    assert score.value == 100.0 and score.high == 100.0
    assert score.low == pytest.approx(100 * 12 / (12 + 1.959964**2))  # Wilson's, in closed form where all are won
    assert error == pytest.approx((100 - score.low) / 2 / 1.959964)
    turned = reversals(points)
    assert turned.value == 0.0 and turned.low == pytest.approx(0.0) and turned.high == pytest.approx(100 - score.low)
