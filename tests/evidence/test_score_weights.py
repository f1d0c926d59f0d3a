"""Weights of scores: planted ones are recovered, and a subset is foretold as by the fit without it."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from core.evidence.score_weights import find_weights

PLANTED = np.array([0.5, -0.3, 0.2])


def runs(subsets: int = 40, *, noise: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(subsets, 3)) * [1.0, 0.5, 2.0]
    return means, 3.0 + 7.0 * means @ PLANTED + noise * rng.normal(size=subsets)


def test_planted_weights_are_recovered():
    means, outcomes = runs()
    found = find_weights("abc", means, outcomes, ridge=0.0)
    np.testing.assert_allclose(found.weights, PLANTED, atol=1e-9)
    assert found.foretold == pytest.approx(1.0)


def test_noise_blurs_them_and_chance_is_told():
    means, outcomes = runs(300, noise=3.0, seed=3)
    found = find_weights("abc", means, outcomes)
    np.testing.assert_allclose(found.weights, PLANTED, atol=0.1)
    assert 0.5 < found.foretold < 1
    chance = find_weights("abc", means, np.random.default_rng(9).normal(size=300))
    assert abs(chance.foretold) < 0.2


def test_runs_of_other_training_count_by_their_differences_alone():
    means, outcomes = runs(40)
    groups = np.arange(40) % 2
    found = find_weights("abc", means, outcomes + 100 * groups, groups=groups, ridge=0.0)
    np.testing.assert_allclose(found.weights, PLANTED, atol=1e-9)
    assert (found.subsets, found.groups) == (40, 2)


def test_each_subset_is_foretold_by_the_fit_without_it():
    from scipy.stats import spearmanr

    means, outcomes = runs(25, noise=4.0, seed=5)
    ridge = 0.05
    penalty = ridge * ((means - means.mean(axis=0)) ** 2).mean() * 25
    told = []
    for left in range(25):
        rest = np.delete(np.arange(25), left)
        design = np.column_stack((np.ones(24), means[rest]))
        fit = np.linalg.solve(design.T @ design + penalty * np.diag([0, 1, 1, 1]), design.T @ outcomes[rest])
        told.append(fit[0] + means[left] @ fit[1:])
    found = find_weights("abc", means, outcomes, ridge=ridge)
    assert found.foretold == pytest.approx(spearmanr(told, outcomes).statistic, abs=1e-9)


def test_scores_that_say_the_same_share_their_weight_under_a_ridge():
    rng = np.random.default_rng(1)
    first = rng.normal(size=30)
    found = find_weights("ab", np.column_stack((first, first)), 2 * first, ridge=0.1)
    np.testing.assert_allclose(found.weights, [0.5, 0.5])


@pytest.mark.parametrize(
    ("means", "outcomes", "said"),
    [
        (np.ones((4, 3)), np.arange(4.0), "cannot weigh"),
        (np.ones((9, 2)), np.arange(9.0), "same mean"),
        (np.arange(18.0).reshape(9, 2) ** 2, np.ones(9), "do not differ"),
    ],
)
def test_what_cannot_be_weighed_says_why(means, outcomes, said):
    with pytest.raises(InputError, match=said):
        find_weights("abc"[: means.shape[1]], means, outcomes)
