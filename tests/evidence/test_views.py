"""The views a researcher argues with: partial correlation, models together, Z-scores, and which metric picks best."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from core.evidence.aggregation import mean_z_score
from core.evidence.mixed import mixed_view
from core.evidence.observations import GROUP
from core.evidence.partial import partial_correlations
from core.evidence.ranking import RANDOM, ranking


def runs(subsets: int = 12, *, models: int = 1, benchmarks: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    length = rng.normal(size=subsets)
    ie = length + 0.5 * rng.normal(size=subsets)
    rows = [
        {
            **dict.fromkeys(GROUP, ""), "size": 100, "model": f"m{model}", "benchmark": f"b{benchmark}",
            "direction": -1 if benchmark == 1 else 1, "subset": f"s{number}", "series": "", "seed": 0, "level": np.nan,
            "unit": "", "stderr": np.nan, "n_items": 1, "ie": ie[number], "length": length[number], "flat": 1.0,
            "score": 10 * model + (-1 if benchmark == 1 else 1) * length[number] + 0.3 * rng.normal(),
        }
        for model in range(models)
        for benchmark in range(benchmarks)
        for number in range(subsets)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_partial_correlation_equals_that_of_the_residuals() -> None:
    frame = runs(20)
    row = partial_correlations(frame, ["ie"], controls=["length", "size"]).iloc[0]
    design = sm.add_constant(frame["length"])
    left = [sm.OLS(frame[name], design).fit().resid for name in ("ie", "score")]
    assert row["partial"] == pytest.approx(stats.pearsonr(*left).statistic)
    assert row["plain"] == pytest.approx(stats.pearsonr(frame["ie"], frame["score"]).statistic)
    assert abs(row["partial"]) < abs(row["plain"]) and row["controlled"] == "length"


def test_partial_correlation_says_when_there_is_nothing_to_tell() -> None:
    assert "fewer than six" in partial_correlations(runs(5), ["ie"], controls=["length"]).iloc[0]["note"]
    frame = runs(10).assign(twin=lambda held: held["length"] * 2)
    row = partial_correlations(frame, ["twin", "length"], controls=["length"]).set_index("metric")
    assert np.isnan(row.loc["twin", "partial"]) and "mixture" in row.loc["twin", "note"]
    assert row.loc["length", "controlled"] == "" and row.loc["length", "partial"] == pytest.approx(
        row.loc["length", "plain"]
    )


def test_models_are_allowed_their_own_level() -> None:
    frame = runs(12, models=4)
    row = mixed_view(frame, ["ie"]).iloc[0]
    assert row["method"] == "random intercept a model" and row["models"] == 4
    x = (frame["ie"] - frame["ie"].mean()) / frame["ie"].std(ddof=0)
    theirs = sm.MixedLM(frame["score"], sm.add_constant(x), groups=frame["model"]).fit()
    assert row["slope"] == pytest.approx(theirs.params.iloc[1], abs=1e-6)
    assert row["low"] < row["slope"] < row["high"]
    pooled = np.polyfit(x, frame["score"], 1)[0]
    assert row["slope"] == pytest.approx(pooled, abs=0.2)  # same subsets under every model: pooling is fair here


def test_two_models_are_centred_and_one_is_left_out() -> None:
    two = mixed_view(runs(12, models=2), ["ie"]).iloc[0]
    assert two["method"].startswith("centred within models") and two["p"] < 0.05
    assert mixed_view(runs(12), ["ie"]).empty


def test_z_scores_are_scipys_turned_so_that_higher_is_better() -> None:
    frame = runs(6, benchmarks=2)
    found, notes = mean_z_score(frame)
    first, second = (frame[frame["benchmark"] == name]["score"].to_numpy() for name in ("b0", "b1"))
    expected = (stats.zscore(first) - stats.zscore(second)) / 2
    assert found.sort_values("subset")["score"].tolist() == pytest.approx(expected.tolist())
    assert not notes and set(found["benchmark"]) == {"mean of Z-scores of 2 benchmarks"}


def test_a_run_without_every_benchmark_is_left_out_and_said() -> None:
    frame = runs(6, benchmarks=2)
    frame = frame[~((frame["subset"] == "s0") & (frame["benchmark"] == "b1"))]
    found, notes = mean_z_score(frame)
    assert len(found) == 5 and "1 run left out for want of one of the 2 benchmarks" in notes[0]
    constant = runs(6).assign(score=1.0)
    assert mean_z_score(constant)[0].empty and "does not vary" in mean_z_score(constant)[1][0]


def test_the_metric_that_picks_the_best_subset_has_no_regret() -> None:
    frame = runs(3)
    frame["score"] = [1.0, 2.0, 5.0]
    frame["good"], frame["bad"], frame["tied"] = [0, 1, 2], [2, 1, 0], [0, 3, 3]
    found = ranking(frame, ["good", "bad", "tied"], directions={"good": 1, "bad": 1, "tied": 1}).set_index("metric")
    assert found.loc["good", ["regret", "points", "hits"]].tolist() == [0, 0, 1]
    assert found.loc["bad", ["regret", "points"]].tolist() == [1, 4]
    assert found.loc["tied", "points"] == pytest.approx(1.5)
    assert found.loc[RANDOM, "points"] == pytest.approx(5 - 8 / 3)
    assert not found.loc["good", "claim"]
    turned = ranking(frame, ["bad"], directions={"bad": -1}).set_index("metric")
    assert turned.loc["bad", "regret"] == 0


def test_regret_has_an_interval_from_six_on_only() -> None:
    few = ranking(runs(5), ["ie"], directions={"ie": 1}, resamples=200)
    assert few["low"].isna().all()
    subsets = ranking(runs(9), ["ie"], directions={"ie": 1}, resamples=200).set_index("metric")
    assert subsets.loc["ie", "drawn"] == "subsets"
    assert 0 <= subsets.loc["ie", "low"] <= subsets.loc["ie", "high"] <= 1
    many = ranking(runs(4, models=6), ["ie"], directions={"ie": 1}, resamples=200).set_index("metric")
    assert many.loc["ie", "drawn"] == "groups"
    assert many.loc["ie", "low"] <= many.loc["ie", "regret"] <= many.loc["ie", "high"]


def test_lower_is_better_scores_are_turned() -> None:
    frame = runs(4)
    frame["direction"], frame["score"], frame["good"] = -1, [4.0, 3.0, 2.0, 1.0], [1, 2, 3, 4]
    assert ranking(frame, ["good"], directions={"good": 1}).iloc[0]["regret"] == 0
