"""The views a researcher argues with: partial correlation, models together, Z-scores, and which metric picks best."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from core.evidence import uncertainty, views
from core.evidence.aggregation import mean_z_score
from core.evidence.mixed import mixed_view
from core.evidence.observations import GROUP, in_every_series, observe, once
from core.evidence.partial import length_confound, partial_correlations, usual_controls
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
    frame = runs(10).assign(twin=lambda kept: kept["length"] * 2)
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
    scored, notes = mean_z_score(frame)
    first, second = (frame[frame["benchmark"] == name]["score"].to_numpy() for name in ("b0", "b1"))
    expected = (stats.zscore(first) - stats.zscore(second)) / 2
    assert scored.sort_values("subset")["score"].tolist() == pytest.approx(expected.tolist())
    assert not notes and set(scored["benchmark"]) == {"mean of Z-scores of 2 benchmarks"}


def test_a_rerun_and_a_second_measure_give_no_benchmark_more_weight() -> None:
    frame = runs(6, benchmarks=2)
    plain, _ = mean_z_score(frame)
    first = frame[frame["benchmark"] == "b0"]
    again = pd.concat([frame, first[first["subset"] == "s0"]], ignore_index=True)  # one subset judged twice
    twice = pd.concat([frame, first.assign(measure="shown first")], ignore_index=True)
    for other in (again, twice):
        scored, _ = mean_z_score(other)
        pd.testing.assert_series_equal(
            scored.set_index("subset")["score"].sort_index(), plain.set_index("subset")["score"].sort_index()
        )


def test_a_run_without_every_benchmark_is_left_out_and_said() -> None:
    frame = runs(6, benchmarks=2)
    frame = frame[~((frame["subset"] == "s0") & (frame["benchmark"] == "b1"))]
    scored, notes = mean_z_score(frame)
    assert len(scored) == 5 and "1 run left out for want of one of the 2 measures" in notes[0]
    constant = runs(6).assign(score=1.0)
    assert mean_z_score(constant)[0].empty and "does not vary" in mean_z_score(constant)[1][0]


def test_the_metric_that_picks_the_best_subset_has_no_regret() -> None:
    frame = runs(3)
    frame["score"] = [1.0, 2.0, 5.0]
    frame["good"], frame["bad"], frame["tied"] = [0, 1, 2], [2, 1, 0], [0, 3, 3]
    picked = ranking(frame, ["good", "bad", "tied"], directions={"good": 1, "bad": 1, "tied": 1}).set_index("metric")
    assert picked.loc["good", ["regret", "points", "hits"]].tolist() == [0, 0, 1]
    assert picked.loc["bad", ["regret", "points"]].tolist() == [1, 4]
    assert picked.loc["tied", "points"] == pytest.approx(1.5)
    assert picked.loc[RANDOM, "points"] == pytest.approx(5 - 8 / 3)
    assert not picked.loc["good", "claim"]
    turned = ranking(frame, ["bad"], directions={"bad": -1}).set_index("metric")
    assert turned.loc["bad", "regret"] == 0


def test_regret_has_an_interval_from_six_on_only() -> None:
    few = ranking(runs(5), ["ie"], directions={"ie": 1}, resamples=200)
    assert few["low"].isna().all()
    subsets = ranking(runs(9), ["ie"], directions={"ie": 1}, resamples=200).set_index("metric")
    assert subsets.loc["ie", "drawn"] == "subsets"
    assert 0 <= subsets.loc["ie", "low"] <= subsets.loc["ie", "high"] <= 1
    same = ranking(runs(4, models=6), ["ie"], directions={"ie": 1}, resamples=200).set_index("metric")
    assert np.isnan(same.loc["ie", "low"]) and "Fewer than 6" in same.loc["ie", "note"]  # six models of four subsets
    many = ranking(runs(8, models=6), ["ie"], directions={"ie": 1}, resamples=200).set_index("metric")
    assert many.loc["ie", "low"] <= many.loc["ie", "regret"] <= many.loc["ie", "high"]


def test_lower_is_better_scores_are_turned() -> None:
    frame = runs(4)
    frame["direction"], frame["score"], frame["good"] = -1, [4.0, 3.0, 2.0, 1.0], [1, 2, 3, 4]
    assert ranking(frame, ["good"], directions={"good": 1}).iloc[0]["regret"] == 0


def test_a_metric_that_goes_with_the_length_is_named_with_its_r() -> None:
    frame = runs(12).rename(columns={"length": "response.sl@words"})
    expected = np.corrcoef(frame["ie"], frame["response.sl@words"])[0, 1]
    assert length_confound(frame, "ie") == pytest.approx(expected) and abs(expected) >= 0.7
    apart = frame.assign(other=np.random.default_rng(0).normal(size=len(frame)))
    assert length_confound(apart, "other") is None
    assert length_confound(frame, "response.sl@words") is None  # with itself
    assert length_confound(frame.head(5), "ie") is None  # too few
    assert length_confound(runs(12), "ie") is None  # no length is there


def test_lengths_and_the_size_are_held_fixed_first() -> None:
    seen = ["instruction.sl@words", "response.ie@words", "response.sl@words", "response.tokens@words"]
    candidates, usual = usual_controls(seen, ["response.ie@words", "response.sl@words"])
    assert candidates == [seen[0], seen[2], seen[3], "size", "response.ie@words"]
    assert usual == ["response.sl@words", "size"]
    assert usual_controls(["response.ie@words"], ["response.ie@words"])[1] == ["size"]


@pytest.mark.parametrize(
    ("facts", "title", "pairs"),
    [
        ({"benchmark": "Arena", "measure": "win", "unit": "%", "judge": "gpt"}, "Arena win (%), judged by gpt", True),
        ({"benchmark": "Arena", "measure": "win", "unit": "points", "judge": ""}, "Arena win (points)", False),
        ({"benchmark": "Pairwise", "measure": "score", "unit": "", "judge": ""}, "Pairwise score", True),
        ({"benchmark": "Arena-Hard", "measure": "score", "unit": "%", "judge": ""}, "Arena-Hard score (%)", True),
        ({"benchmark": "arena_hard", "measure": "tokens", "unit": "", "direction": 0}, "arena_hard tokens", False),
        ({"benchmark": "MMLU", "measure": "acc", "unit": "%", "judge": ""}, "MMLU acc (%)", False),
    ],
)  # fmt: skip
def test_an_axis_says_what_its_scores_measure_and_a_win_rate_is_known(facts, title: str, pairs: bool) -> None:
    frame = runs(2).assign(**facts)
    assert views.score_title(frame) == title and views.of_pairs(frame) == pairs
    assert views.score_title(frame.head(0)) == "score" and not views.of_pairs(frame.head(0))


def test_the_statistics_of_a_group_are_found_by_all_that_names_it() -> None:
    frame = runs(7, models=2, benchmarks=2)
    table = uncertainty.uncertainties(frame, ["ie", "flat"], permutations=99)
    for key, group in frame.groupby(["model", "benchmark"]):
        row = uncertainty.row_of(table, group, "ie")
        assert row is not None and (row["model"], row["benchmark"], row["metric"]) == (*key, "ie")
        assert row["pearson"] == pytest.approx(stats.pearsonr(group["ie"], group["score"]).statistic)
    assert uncertainty.row_of(table, frame.assign(model="elsewhere"), "ie") is None
    assert uncertainty.row_of(table, frame.head(0), "ie") is None


def shared_readings() -> pd.DataFrame:
    """Three seeds of one strategy whose subset at 0 % has the same rows, as with every strategy that draws no seed."""
    return pd.DataFrame([
        {"subset": f"s{seed}-{level}" if level else "all", "name": f"micro · seed {seed} · {level} %",
         "series": f"series {seed}", "level": float(level), "size": 100, "component": "response", "strategy": "micro",
         "study": "", "corpus": "c", "response.ie": float(level + seed)}
        for seed in range(3) for level in (0, 50, 100)
    ])  # fmt: skip


def scores_of(readings: pd.DataFrame) -> pd.DataFrame:
    digests = sorted(readings["subset"].unique())
    return pd.DataFrame([
        {"subset": digest, "model": "m", "trainer": "", "seed": seed, "benchmark": "b", "judge": "", "baseline": "",
         "measure": "score", "unit": "", "direction": 1, "value": 10.0 * number + seed, "stderr": np.nan, "n": 1}
        for number, digest in enumerate(digests) for seed in (0, 1)
    ])  # fmt: skip


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_a_subset_that_several_series_share_has_its_place_in_each(order: slice) -> None:
    readings = shared_readings()
    seen = observe(readings=readings.iloc[order], scores=scores_of(readings))
    assert seen.frame["subset"].nunique() == 7 and len(seen.frame) == 14
    levelled = in_every_series(seen)
    assert len(levelled) == 18 and len(once(levelled)) == 14
    twice = observe(readings=readings.iloc[order], scores=pd.concat([scores_of(readings)] * 2))
    assert len(in_every_series(twice)) == 36 and len(once(in_every_series(twice))) == 28
    table = views.slopes(levelled)
    assert len(table) == 3 and (table["subsets"] == 3).all()
    for seed, line in zip(range(3), table.sort_values("series")["slope"], strict=True):
        series = scores_of(readings).merge(readings[readings["series"] == f"series {seed}"], on="subset")
        assert line == pytest.approx(np.polyfit(series["level"] / 100, series["value"], 1)[0])
    facets, lines, pooled = views.level_lines(levelled, ["strategy"])
    assert len(facets) == 14 and pooled.iloc[0]["subsets"] == 7 and len(lines) == 1
    assert len(once(levelled)) == len(seen.frame) and set(once(levelled)["subset"]) == set(seen.frame["subset"])
