"""Mixtures of sources: published runs give the figures that are known of them, and a planted law is found again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from core.__main__ import main
from core.errors import InputError
from core.evidence.mixture import (
    MixtureLaw,
    entropy_correlations,
    fit_law,
    fit_mean_law,
    join,
    partial_spearman,
    rank_agreement,
)
from core.evidence.mixture_optimum import Optimum, optimum, refitted_laws
from core.evidence.regmix import RUNS, regmix


@pytest.mark.parametrize(
    ("runs", "count", "mean", "pile_cc", "partial"),
    [
        ("train_1m", 512, -0.828, -0.301, -0.368),
        ("test_60m", 256, -0.828, -0.249, -0.317),
        ("test_1B", 64, -0.555, 0.156, -0.388),
    ],
)
def test_the_runs_of_regmix_give_the_figures_that_are_known_of_them(
    runs: str, count: int, mean: float, pile_cc: float, partial: float
) -> None:
    table = entropy_correlations(regmix(runs), control="pile_cc").set_index("metric")
    assert table.loc["mean", "runs"] == count
    assert table.loc["mean", "spearman"] == pytest.approx(mean, abs=0.001)
    assert table.loc["pile_cc", "spearman"] == pytest.approx(pile_cc, abs=0.001)
    assert table.loc["pile_cc", "partial"] == pytest.approx(partial, abs=0.001)


@pytest.mark.parametrize(("runs", "known"), [("test_1m", 0.951), ("test_60m", 0.944), ("test_1B", 0.973)])
def test_a_law_of_small_runs_ranks_larger_ones_at_least_as_well_as_is_known(runs: str, known: float) -> None:
    small, other = regmix("train_1m"), regmix(runs)
    law = fit_mean_law(small.shares, small.targets("pile_cc"))
    agreed = rank_agreement(law, other.shares, other.target("pile_cc"))
    assert known - 0.001 <= agreed <= 1
    assert agreed == pytest.approx(spearmanr(law.predict(other.shares), other.target("pile_cc"))[0], abs=1e-9)


def planted(runs: int, slopes: list[float], *, sign: int, noise: float, seed: int = 0):
    generator = np.random.default_rng(seed)
    shares = generator.dirichlet(np.ones(len(slopes)), runs)
    law = MixtureLaw(floor=2.0, offset=0.3, slopes=np.array(slopes), sign=sign)
    return shares, law.predict(shares) + generator.normal(scale=noise, size=runs)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_planted_law_is_found_again_for_losses_and_for_scores(sign: int) -> None:
    slopes = [1.5, -2.0, 0.0, 0.7]
    shares, target = planted(200, slopes, sign=sign, noise=1e-3)
    law = fit_law(shares, target, lower_is_better=sign > 0)
    assert law.floor == pytest.approx(2.0, abs=0.05)
    # Shares sum to 1: only differences of slopes are determined.
    assert law.slopes - law.slopes[0] == pytest.approx(np.array(slopes) - slopes[0], abs=0.1)
    other, truth = planted(50, slopes, sign=sign, noise=0.0, seed=1)
    assert law.predict(other) == pytest.approx(truth, abs=0.01)


def best_of(shares: np.ndarray, target: np.ndarray) -> Optimum:
    law = fit_mean_law(shares, target[:, None])
    return optimum(law, refitted_laws(shares, target[:, None], law, draws=20), tried=shares.max(axis=0))


def test_the_best_mixture_takes_the_best_source_up_to_what_was_tried_and_says_how_sure_that_is() -> None:
    shares, target = planted(80, [1.0, -2.0, 0.5], sign=1, noise=0.01)
    best = best_of(shares, target)
    assert best.shares.sum() == pytest.approx(1)
    assert best.shares.argmax() == 1
    assert best.shares[1] == pytest.approx(shares[:, 1].max())
    assert best.reliable == 1.0
    assert (best.low <= best.shares + 1e-9).all()
    assert best.predicted < target.mean()
    noise = np.random.default_rng(3).normal(size=(4, 80))  # metrics that the shares say nothing about
    blurred = [best_of(shares, values) for values in noise]
    assert np.mean([guess.reliable for guess in blurred]) < 0.9
    assert np.mean([(guess.high - guess.low).max() for guess in blurred]) > 0.3


def test_the_partial_correlation_is_that_of_its_definition_and_can_turn_the_sign() -> None:
    generator = np.random.default_rng(1)
    control = generator.normal(size=400)
    first = control + generator.normal(size=400)
    second = 2 * control - 0.5 * first + 0.1 * generator.normal(size=400)
    assert spearmanr(first, second)[0] > 0.2
    assert partial_spearman(first, second, control) < -0.5
    a, b, c = spearmanr(first, second)[0], spearmanr(first, control)[0], spearmanr(second, control)[0]
    assert partial_spearman(first, second, control) == pytest.approx((a - b * c) / np.sqrt((1 - b**2) * (1 - c**2)))
    assert np.isnan(partial_spearman(first[:5], second[:5], control[:5]))
    assert np.isnan(partial_spearman(np.ones(50), second[:50], control[:50]))


def test_weights_in_any_unit_are_shares_and_rounded_shares_stay() -> None:
    metrics = pd.DataFrame({"run": ["a", "b"], "loss": [1.0, 2.0]})
    tokens = join(pd.DataFrame({"run": ["b", "a", "c"], "web": [30, 10, 1], "code": [10, 10, 1]}), metrics)
    assert tokens.shares.tolist() == [[0.75, 0.25], [0.5, 0.5]]
    assert tokens.metrics["loss"].tolist() == [2.0, 1.0]
    rounded = join(pd.DataFrame({"run": ["a", "b"], "web": [0.33, 0.5], "code": [0.66, 0.5]}), metrics)
    assert rounded.shares.tolist() == [[0.33, 0.66], [0.5, 0.5]]
    assert rounded.entropy[1] == pytest.approx(np.log(2))


@pytest.mark.parametrize(
    ("ratios", "said"),
    [
        ({"run": ["a", "a"], "web": [1, 1]}, "stands twice"),
        ({"run": ["x", "y"], "web": [1, 1]}, "no two runs in common"),
        ({"run": ["a", "b"], "web": [1, -1]}, "0 or more"),
        ({"run": ["a", "b"], "web": [0, 0]}, "not all 0"),
        ({"run": ["a", "b"], "web": [1, "much"]}, "run b has 'much'"),
        ({"run": []}, "empty"),
    ],
)
def test_a_table_that_holds_no_shares_is_refused_with_the_reason(ratios: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        join(pd.DataFrame(ratios), pd.DataFrame({"run": ["a", "b"], "loss": [1.0, 2.0]}))


def test_the_command_gives_the_figures_of_tables_and_of_the_runs_that_come_along(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["mixture", "--control", "pile_cc", "--target", "pile_cc", "--against", "test_1B"]) == 0
    said = capsys.readouterr().out
    assert "512 runs" in said
    assert "-0.828" in said
    assert "-0.368" in said
    assert "ranks 64 other runs at 0.9" in said
    shares, target = planted(60, [1.0, -2.0, 0.5], sign=1, noise=0.01)
    ratios, metrics, out = tmp_path / "ratios.csv", tmp_path / "metrics.csv", tmp_path / "best.csv"
    pd.DataFrame(shares, columns=["web", "code", "books"]).reset_index().to_csv(ratios, index=False)
    pd.DataFrame({"index": range(60), "loss": target}).to_csv(metrics, index=False)
    asked = ["mixture", str(ratios), str(metrics), "--target", "loss", "--optimum", "--draws", "5", "--write", str(out)]
    assert main(asked) == 0
    best = pd.read_csv(out)
    assert best[["web", "code", "books"]].to_numpy().sum() == pytest.approx(1)
    assert best.loc[0, "code"] == pytest.approx(shares[:, 1].max())
    assert main(["mixture", str(ratios)]) == 1
    assert "two CSV files" in capsys.readouterr().err
    assert main(["mixture", "--control", "nothing"]) == 1
    assert "is no source" in capsys.readouterr().err


def test_every_set_of_runs_opens() -> None:
    assert {name: len(regmix(name).shares) for name in RUNS} == {
        "train_1m": 512, "test_1m": 256, "test_60m": 256, "test_1B": 64,
    }  # fmt: skip
    with pytest.raises(InputError, match="train_1m"):
        regmix("other")
