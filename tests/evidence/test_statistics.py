"""The statistics agree with scipy and statsmodels, and claim nothing from too few points."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.evidence import resampling, uncertainty
from core.evidence.correlations import estimates, metric_correlations, point_estimates
from core.evidence.observations import GROUP, observe, trainer_name
from core.evidence.partial import partial_correlations
from core.evidence.slopes import fit, series_slopes
from core.workspace.artefacts import Workspace


def observations(subsets: int = 8, seeds: int = 1, *, series: str = "one", noise: float = 1.0) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    rows = []
    for number in range(subsets):
        for seed in range(seeds):
            rows.append(
                {
                    **dict.fromkeys(GROUP, ""), "size": 100, "benchmark": "b", "direction": 1,
                    "subset": f"s{number}", "series": series if series != "own" else f"s{number}", "seed": seed,
                    "level": 100 * number / max(1, subsets - 1), "score": 50 + number + noise * rng.normal(),
                    "ie": float(number), "noise": rng.normal() if seed == 0 else np.nan, "constant": 2.0,
                }
            )  # fmt: skip
    frame = pd.DataFrame(rows)
    frame["noise"] = frame.groupby("subset")["noise"].transform("first")
    return frame


small = st.integers(3, 12).flatmap(
    lambda n: st.tuples(*(st.lists(st.integers(-5, 5), min_size=n, max_size=n) for _ in range(2)))
)


@given(small)
@settings(max_examples=60)
def test_point_estimates_equal_scipy(pair: tuple[list[int], list[int]]) -> None:
    x, y = np.array(pair[0], float), np.array(pair[1], float)
    mapping = {name: value[0] for name, value in estimates(x[:, None], y).items()}
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert all(np.isnan(value) for value in mapping.values())
        return
    assert mapping["pearson"] == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-12)
    assert mapping["spearman"] == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
    assert mapping["kendall"] == pytest.approx(stats.kendalltau(x, y).statistic, abs=1e-12)
    assert mapping["slope"] == pytest.approx(stats.linregress(x, y).slope, abs=1e-12)


def test_large_groups_equal_scipy_too() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(200, 3)), rng.normal(size=200)
    result = estimates(x, y)
    for column in range(3):
        assert result["kendall"][column] == pytest.approx(stats.kendalltau(x[:, column], y).statistic)


@given(small, st.data())
@settings(max_examples=60)
def test_weighted_statistics_equal_those_of_the_drawn_sample(pair: tuple[list[int], list[int]], data) -> None:
    x, y = np.array(pair[0], float), np.array(pair[1], float)
    drawn = np.array(data.draw(st.lists(st.integers(0, len(x) - 1), min_size=len(x), max_size=len(x))))
    weights = np.bincount(drawn, minlength=len(x)).astype(float)[None, :]
    sample_x, sample_y = x[drawn], y[drawn]
    whole = {
        "pearson": lambda: stats.pearsonr(sample_x, sample_y).statistic,
        "spearman": lambda: stats.spearmanr(sample_x, sample_y).statistic,
        "kendall": lambda: stats.kendalltau(sample_x, sample_y).statistic,
        "slope": lambda: stats.linregress(sample_x, sample_y).slope,
    }
    for name, statistic in resampling.STATISTICS.items():
        result = float(statistic(weights, x, y)[0])
        if np.ptp(sample_x) == 0 or (name != "slope" and np.ptp(sample_y) == 0):
            assert np.isnan(result)
        else:
            assert result == pytest.approx(whole[name](), abs=1e-9)


def test_the_interval_is_scipys_where_every_point_is_its_own_unit() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=30)
    y = x + rng.normal(size=30)
    units = resampling.Units(codes=np.arange(30), count=30, what="subsets", note="")
    low, high = resampling.interval("pearson", x, y, units, resamples=4000, rng=np.random.default_rng(5))
    theirs = stats.bootstrap(
        (x, y), lambda a, b, axis: stats.pearsonr(a, b, axis=axis).statistic, paired=True, vectorized=True,
        n_resamples=4000, method="BCa", rng=np.random.default_rng(5),
    ).confidence_interval  # fmt: skip
    assert (low, high) == (pytest.approx(theirs.low, abs=1e-9), pytest.approx(theirs.high, abs=1e-9))


def test_whole_series_are_drawn_where_there_are_six() -> None:
    frame = pd.concat([observations(3, series=f"series {i}") for i in range(6)], ignore_index=True)
    frame["subset"] = frame["series"] + frame["subset"]
    units = resampling.units_of(frame)
    assert (units.what, units.count, units.note) == ("series", 6, "")
    two = resampling.units_of(observations(8, seeds=3))
    assert two.what == "subsets" and "Only 1 series" in two.note
    own = resampling.units_of(observations(8, series="own"))
    assert (own.what, own.note) == ("subsets", "")
    seeded = pd.concat([observations(3, seeds=3, series=f"series {i}") for i in range(2)], ignore_index=True)
    assert resampling.units_of(seeded).what == "series and seeds"


def test_permutation_p_is_the_share_of_pairings_at_least_as_strong() -> None:
    # Skewed on purpose: twice the smaller tail, scipy's own rule, says 0.008 of an r of 0.23.
    x = np.array([1.2, 0.6, 0.5, 0.1, 0.5, 25.7, 0.2])
    y = np.array([-1.0, -1.7, -6.0, -53.9, -0.6, -0.3, -4.9])
    p = resampling.permutation_p("pearson", x, y, np.arange(7), resamples=9999, rng=np.random.default_rng(0))
    strength = abs(stats.pearsonr(x, y).statistic)
    drawn = [abs(stats.pearsonr(x[list(order)], y).statistic) for order in itertools.permutations(range(7))]
    assert p == pytest.approx(np.mean(np.array(drawn) >= strength - 1e-12)) == pytest.approx(0.1468, abs=1e-4)
    many = np.random.default_rng(1).normal(size=(2, 30))
    drawn_p = resampling.permutation_p("pearson", *many, np.arange(30), resamples=4999, rng=np.random.default_rng(0))
    assert drawn_p == pytest.approx(stats.pearsonr(*many).pvalue, abs=0.03)


@pytest.mark.parametrize("name", ["pearson", "spearman"])
def test_permutation_p_moves_a_subset_with_all_its_seeds(name: str) -> None:
    rng = np.random.default_rng(4)
    correlation = {"pearson": stats.pearsonr, "spearman": stats.spearmanr}[name]
    for seeds in ([1, 1, 1, 1, 1], [3, 3, 3, 3, 3], [1, 3, 2, 1, 2]):
        codes = np.repeat(np.arange(5), seeds)
        value, y = np.array([1.0, 4, 2, 2, 7]), rng.normal(size=len(codes)).round(1)
        observed = abs(correlation(value[codes], y).statistic)
        result = [
            abs(correlation(np.concatenate([np.full(seeds[order[j]], value[j]) for j in range(5)]),
                            np.concatenate([y[codes == order[j]] for j in range(5)])).statistic)
            for order in itertools.permutations(range(5))
        ]  # fmt: skip
        p = resampling.permutation_p(name, value[codes], y, codes, resamples=9999, rng=rng)
        assert p == pytest.approx(np.mean(np.array(result) >= observed - 1e-12))


def test_two_subsets_have_no_correlation_however_often_they_were_scored() -> None:
    frame = observations(2, seeds=5)
    row = point_estimates(frame, ["ie"]).iloc[0]
    assert np.isnan(row["pearson"]) and row["note"] == "fewer than three different subsets"
    assert np.isfinite(point_estimates(observations(3), ["ie"]).iloc[0]["pearson"])


def test_no_claim_and_no_interval_below_six_subsets() -> None:
    table = uncertainty.uncertainties(observations(5, seeds=3), ["ie"], resamples=100, permutations=99)
    row = table.iloc[0]
    assert row["n"] == 15 and not row["claim"]
    assert np.isnan(row["pearson_low"]) and np.isnan(row["p_pearson"]) and np.isnan(row["q_pearson"])
    assert np.isfinite(row["pearson"])


def test_the_whole_table_with_discovery_control() -> None:
    frame = observations(12, series="own")
    table = uncertainty.uncertainties(frame, ["ie", "noise", "constant"], resamples=300, permutations=499)
    assert table["metric"].tolist() == ["ie", "noise", "constant"]
    good = table.iloc[0]
    assert good["claim"] and good["pearson_low"] < good["pearson"] < good["pearson_high"]
    assert good["loo_low"] <= good["pearson"] <= good["loo_high"]
    assert good["q_pearson"] >= good["p_pearson"] and good["q_pearson"] < 0.05
    assert table.iloc[1]["p_pearson"] > 0.01
    assert table.iloc[2]["note"] == "the metric is the same on all subsets" and np.isnan(table.iloc[2]["p_pearson"])


def test_results_do_not_depend_on_the_order_of_the_log() -> None:
    frame = observations(9, series="own")
    readings = frame[["subset", "series", "level", "size", "component", "ie", "noise"]].drop_duplicates()
    scores = pd.DataFrame({
        "subset": frame["subset"], "model": "m", "trainer": "", "seed": 0, "benchmark": "b", "judge": "",
        "baseline": "",
        "measure": "score", "unit": "%", "direction": 1, "value": frame["score"], "stderr": np.nan, "n": 5,
    })  # fmt: skip
    tables = []
    for order in (slice(None), slice(None, None, -1)):
        seen = observe(readings=readings.iloc[order], scores=scores.iloc[order])
        tables.append(uncertainty.uncertainties(seen.frame, seen.metrics, resamples=200, permutations=99))
    pd.testing.assert_frame_equal(*tables)


def test_a_missing_metric_leaves_the_other_subsets_in() -> None:
    frame = observations(8)
    frame.loc[0, "noise"] = np.nan
    table = point_estimates(frame, ["ie", "noise"]).set_index("metric")
    assert table["n"].to_dict() == {"ie": 8, "noise": 7}
    expected = stats.pearsonr(frame["noise"][1:], frame["score"][1:]).statistic
    assert table.loc["noise", "pearson"] == pytest.approx(expected)


def test_the_job_keeps_each_group_and_the_table(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    frame = pd.concat([observations(7), observations(7, noise=2).assign(benchmark="c")], ignore_index=True)
    key = uncertainty.stash(workspace, frame, ["ie", "noise"])
    assert uncertainty.load(workspace, key) is None
    calls: list[str] = []
    uncertainty.run(workspace, {"observations": key}, lambda done, total, note="": calls.append(note))
    table = uncertainty.load(workspace, key)
    assert table is not None and len(table) == 4 and calls.count("correlations resampled") == 5
    calls.clear()
    uncertainty.run(workspace, {"observations": key}, lambda done, total, note="": calls.append(note))
    assert len(calls) == 1  # every group was found again


def test_a_flat_prior_line_is_statsmodels_and_its_band_holds_one_sigma() -> None:
    rng = np.random.default_rng(2)
    x = np.linspace(0, 1, 7)
    y = 40 + 10 * x + rng.normal(size=7)
    line = fit(x, y)
    reference = stats.linregress(x, y)
    assert line.slope == pytest.approx(reference.slope) and line.stderr == pytest.approx(reference.stderr)
    # At the mean of x the band is t(n−2) × s/√n on each side.
    spread = np.sqrt(np.sum((y - reference.intercept - reference.slope * x) ** 2) / 5 / 7)
    middle = len(line.grid) // 2
    half = stats.t.ppf(0.5 + 0.6826894921370859 / 2, 5) * spread
    assert line.high[middle] - line.line[middle] == pytest.approx(half)
    assert abs(line.shrunk) < abs(line.slope) and line.claim


def test_two_and_three_points_are_drawn_without_a_claim() -> None:
    two, three = fit([0, 1], [1, 2]), fit([0, 0.5, 1], [1, 2, 2])
    assert two.slope == pytest.approx(1) and np.isnan(two.low).all()
    assert not three.claim and "3 points: too few" in three.label


def test_a_slope_is_stable_from_three_seeds() -> None:
    for seeds, standing in ((1, "one seed"), (2, "two seeds"), (3, "stable")):
        row = series_slopes(observations(7, seeds=seeds), by=["benchmark"]).iloc[0]
        assert row["standing"] == standing
        assert np.isnan(row["seed_spread"]) == (seeds == 1)
    assert series_slopes(observations(5, seeds=3), by=["benchmark"]).iloc[0]["standing"] == "too few points"


def test_a_slope_needs_three_whole_seeds_that_agree_to_be_stable() -> None:
    frame = observations(8, seeds=3, noise=0.1)
    apart = frame.assign(score=np.where(frame["seed"] == 2, 100 - frame["score"], frame["score"]))
    assert series_slopes(apart, by=["benchmark"]).iloc[0]["standing"] == "seeds disagree"
    # A third seed on two subsets is no third seed.
    cut = frame[(frame["seed"] < 2) | frame["subset"].isin(["s0", "s1"])]
    assert series_slopes(cut, by=["benchmark"]).iloc[0]["standing"] == "two seeds"


def test_more_seeds_of_the_same_subsets_do_not_narrow_an_interval_or_a_p() -> None:
    once, thrice = observations(8, seeds=1), pd.concat([observations(8, seeds=1).assign(seed=s) for s in range(3)])
    single, three = (series_slopes(line, by=["benchmark"]).iloc[0] for line in (once, thrice))
    assert (three["low"], three["high"]) == pytest.approx((single["low"], single["high"]))
    single, three = (partial_correlations(line, ["ie"], controls=["noise"]).iloc[0] for line in (once, thrice))
    assert three["p"] == pytest.approx(single["p"]) and three["partial"] == pytest.approx(single["partial"])


def test_ways_to_train_are_groups_of_their_own() -> None:
    frame = pd.concat([observations(8).assign(trainer=how) for how in ("epochs 1", "epochs 3")])
    assert point_estimates(frame, ["ie"])["trainer"].tolist() == ["epochs 1", "epochs 3"]
    assert trainer_name('{"num_epochs": 3, "lr": 1e-05}') == "lr 1e-05, num epochs 3" and trainer_name("") == ""


def test_metrics_that_go_together_stand_together() -> None:
    frame = observations(10)
    frame["twin"] = frame["ie"] * 2
    frame["opposite"] = -frame["ie"]
    table = metric_correlations(frame, ["ie", "noise", "twin", "constant", "opposite"])
    assert "constant" not in table
    names = list(table.columns)
    assert names.index("noise") in (0, 3) and table.loc["ie", "twin"] == 1 and table.loc["ie", "opposite"] == -1


def test_the_series_of_a_subset_is_the_one_in_which_it_has_its_position() -> None:
    readings = pd.DataFrame({"subset": ["a", "a", "b"], "name": ["alone", "deep 50", "deep 100"], "ie": [1.0, 1.0, 2.0],
                             "series": ["lone", "deep", "deep"], "level": [np.nan, 50.0, 100.0]})  # fmt: skip
    scores = pd.DataFrame({
        "subset": ["a", "b"], "model": "", "trainer": "", "seed": 0, "benchmark": "b", "judge": "", "baseline": "",
        "measure": "acc", "unit": "%", "direction": 1, "value": [50.0, 60.0], "stderr": np.nan, "n": 5,
    })  # fmt: skip
    frame = observe(readings=readings, scores=scores).frame
    assert frame[["name", "series", "level"]].values.tolist() == [["deep 50", "deep", 50], ["deep 100", "deep", 100]]


def test_fractions_and_percentages_of_one_benchmark_become_percent() -> None:
    readings = pd.DataFrame({"subset": ["a", "b"], "ie": [1.0, 2.0]})
    scores = pd.DataFrame({
        "subset": ["a", "b", "gone"], "model": "", "trainer": "", "seed": 0, "benchmark": "b",
        "judge": "", "baseline": "",
        "measure": "acc", "unit": ["fraction", "%", "%"], "direction": 1, "value": [0.5, 60.0, 1.0],
        "stderr": [0.01, 1.0, 1.0], "n": 5,
    })  # fmt: skip
    seen = observe(readings=readings, scores=scores)
    assert seen.frame["score"].tolist() == [50, 60] and seen.frame["stderr"].tolist() == [1, 1]
    assert seen.metrics == ("ie",) and seen.left_out == ("1 score of subsets that are unmatched or gone",)
