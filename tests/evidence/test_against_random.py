"""A strategy's logged scores beside random subsets of the same size: the interval, its sign, and when there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from core.evidence.against_random import AgainstRandom, against_random, summary
from core.evidence.examples import example_ledger, example_named
from core.evidence.observations import observe
from core.workspace.artefacts import Workspace

BASE = {
    "component": "response", "size": 100, "model": "m", "trainer": "", "benchmark": "b", "judge": "", "baseline": "",
    "measure": "score", "unit": "points", "direction": 1, "proxy": False, "seed": 0, "level": float("nan"),
}  # fmt: skip


def rows(strategy: str, scores: Sequence[float], **facts: object) -> pd.DataFrame:
    """Subsets of no series, one score each."""
    return pd.DataFrame(
        [
            {**BASE, "strategy": strategy, "subset": f"{strategy} {place}", "series": "", "score": score, **facts}
            for place, score in enumerate(scores)
        ]
    )


def one(*parts: pd.DataFrame, strategy: str = "kcenter") -> AgainstRandom:
    (compared,) = against_random(pd.concat(parts, ignore_index=True), strategy)
    return compared


def test_the_interval_is_that_of_welch() -> None:
    mine, others = [52.0, 55.0, 53.0, 56.0], [50.0, 49.0, 51.0]
    compared = one(rows("kcenter", mine), rows("random", others))
    # By hand: means 54 and 50; variances 10/3 and 1; error² = (10/3)/4 + 1/3 = 7/6.
    error = math.sqrt(7 / 6)
    freedom = (7 / 6) ** 2 / ((10 / 12) ** 2 / 3 + (1 / 3) ** 2 / 2)
    from scipy import stats

    half = stats.t.ppf(0.975, freedom) * error
    assert compared.effect == pytest.approx(4.0)
    assert (compared.low, compared.high) == pytest.approx((4 - half, 4 + half))
    assert compared.sign == 1
    assert compared.sentence.startswith("Above random here: 4 points better than random (95 % interval +")


def test_lower_is_better_turns_the_sign() -> None:
    compared = one(
        rows("kcenter", [2.0, 2.1, 2.2], direction=-1, unit="nats"), rows("random", [1.0, 1.1, 1.2], direction=-1)
    )
    assert compared.effect == pytest.approx(-1.0)
    assert compared.sign == -1
    assert "1 worse than random" in compared.sentence


def test_subsets_of_one_series_count_once() -> None:
    series = [rows("kcenter", [score] * 5, series=f"s{place}", level=100.0) for place, score in enumerate((1.0, 2.0))]
    compared = one(*series, rows("random", [0.0, 0.1, 0.2]))
    assert (compared.own, compared.random) == (2, 3)
    assert math.isnan(compared.low)
    assert compared.sign == 0
    assert "needs 3 independent" in compared.sentence


def test_only_the_end_of_a_slider_counts() -> None:
    levels = rows("macro", [9.0, 9.0, 9.0], level=0.0), rows("macro", [1.0, 1.1, 1.3], level=100.0)
    compared = one(*levels, rows("random", [1.0, 1.2, 1.1]), strategy="macro")
    assert compared.effect == pytest.approx(0.0333, abs=1e-3)
    assert compared.sign == 0


def test_another_size_or_judge_is_another_comparison() -> None:
    frame = pd.concat(
        [
            rows("kcenter", [2.0, 2.1, 2.2]),
            rows("kcenter", [5.0, 5.1, 5.2], size=200),
            rows("kcenter", [7.0, 7.1, 7.2], judge="j"),
            rows("random", [1.0, 1.1, 1.2]),
            rows("random", [5.0, 5.1, 5.2], size=200),
        ],
        ignore_index=True,
    )
    compared = against_random(frame, "kcenter")
    assert sorted(round(part.effect, 3) for part in compared) == [0.0, 1.0]
    assert summary(compared) == (
        "Above random in 1 and below in 0 of 2 comparisons here. One in twenty ends outside 0 by chance."
    )


def test_without_scores_nothing_is_known() -> None:
    assert against_random(rows("random", [1.0, 2.0]), "kcenter") == []
    assert against_random(rows("random", [1.0, 2.0]), "random") == []
    assert summary([]).startswith("Not yet known to beat random here.")


def test_equal_scores_give_no_interval() -> None:
    compared = one(rows("kcenter", [1.0] * 3), rows("random", [1.0] * 3))
    assert math.isnan(compared.low)
    assert "no spread" in compared.sentence


def test_without_an_effect_the_interval_holds_zero_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    outside = 0
    for _ in range(400):
        compared = one(rows("kcenter", rng.normal(size=3).tolist()), rows("random", rng.normal(size=7).tolist()))
        outside += compared.sign != 0
    assert outside <= 32  # 5 % of 400 is 20; three standard errors above is 33


def test_the_measured_series_has_a_comparison_for_each_of_its_strategies() -> None:
    example = example_named("measured-series")
    ledger = example_ledger(Workspace.default(), example)
    seen = observe(readings=pd.DataFrame({"subset": []}), scores=ledger.scores(), logged=ledger.subsets())
    compared = against_random(seen.frame, "macro")
    assert {(part.own, part.random) for part in compared} == {(3, 7)}
    assert all(part.low <= part.effect <= part.high for part in compared)
    assert against_random(seen.frame, "kcenter") == []
