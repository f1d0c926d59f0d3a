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

from core.evidence import independence, resampling, uncertainty, views
from core.evidence.correlations import estimates, metric_correlations, point_estimates
from core.evidence.independence import units_of
from core.evidence.mixed import mixed_view
from core.evidence.observations import GROUP, observe, trainer_name
from core.evidence.partial import partial_correlations
from core.evidence.ranking import ranking
from core.evidence.slopes import fit, series_slopes
from core.workspace.artefacts import Workspace
from tests.benchmarks import bench_claims


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


def designed(series: int, subsets: int, seeds: int, *, rho: float = 0.8, number: int = 0) -> pd.DataFrame:
    """Series with effects of their own in metric and score; ``rho`` between the two at both levels."""
    x, y = bench_claims.simulate(1, series, subsets, seeds, rho=rho, share=0.5, rng=np.random.default_rng(number))
    index = list(itertools.product(range(series), range(subsets), range(seeds)))
    return pd.DataFrame({
        **dict.fromkeys(GROUP, ""), "size": 100, "subset": [f"{a} {b}" for a, b, _ in index],
        "series": [f"series {a}" for a, _, _ in index], "seed": [c for _, _, c in index], "direction": 1,
        "ie": x[0].ravel(), "score": y[0].ravel(),
    })  # fmt: skip


def test_the_interval_is_that_of_scipys_t_over_the_estimates_without_each_series() -> None:
    frame = designed(4, 7, 2)
    row = uncertainty.uncertainties(frame, ["ie"]).iloc[0]
    z = np.arctanh(stats.pearsonr(frame["ie"], frame["score"]).statistic)
    others = [frame[frame["series"] != name] for name in frame["series"].unique()]
    left_out = np.arctanh([stats.pearsonr(other["ie"], other["score"]).statistic for other in others])
    error = np.sqrt(sum((left_out - z) ** 2))
    low, high = np.tanh(stats.t.interval(0.95, 3, loc=z, scale=error))
    assert (row["pearson_low"], row["pearson_high"]) == (pytest.approx(low), pytest.approx(high))
    assert row["p_pearson"] == pytest.approx(2 * stats.t.sf(z / error, 3))
    assert (row["drawn"], row["units"], row["series"]) == ("series", 4, 4)
    for name in ("spearman", "kendall", "slope"):
        assert row[f"{name}_low"] < row[name] < row[f"{name}_high"]


def test_what_is_independent_is_a_whole_series_and_a_claim_needs_three_of_six_subsets() -> None:
    three = units_of(designed(3, 7, 3))
    assert (three.what, three.count, three.subsets, three.seeds, three.claim) == ("series", 3, 21, 3, True)
    for series, seeds in itertools.product((1, 2), (1, 3)):
        few = units_of(designed(series, 7, seeds))
        assert not few.claim and f"of {series} series" in few.reason and "needs 3 series" in few.reason
    own = units_of(observations(8, series="own"))
    assert (own.what, own.count, own.reason) == ("subsets", 8, "")
    no_series = units_of(observations(8, series=""))
    assert (no_series.what, no_series.count, no_series.reason) == ("subsets", 8, "")
    assert "Fewer than 6" in units_of(observations(5, series="own")).reason
    lone = pd.concat([observations(7), observations(9, series="own").iloc[7:]])
    assert "all but 2 subsets" in units_of(lone).reason


@pytest.mark.parametrize(("series", "seeds"), list(itertools.product((1, 2), (1, 3))))
def test_one_or_two_series_carry_no_interval_no_p_and_no_claim_and_say_why(series: int, seeds: int) -> None:
    frame = designed(series, 7, seeds, rho=1.0)
    table = uncertainty.uncertainties(frame, ["ie"])
    row = table.iloc[0]
    assert row["pearson"] > 0.8 and not row["claim"]
    assert (
        table[[name for name in table if name.endswith(("_low", "_high")) or name[:2] in ("p_", "q_")]].isna().all(None)
    )
    assert row["note"] == row["warning"] and "needs 3 series" in row["note"]
    assert not any(marks.any(axis=None) for marks in views.correlation_grid(table)[1:])
    line = views.points(frame, "ie")[1]
    assert line is not None and not line.claim and np.isnan(line.slope_low) and "series" in line.label
    partial = partial_correlations(frame, ["ie"], controls=["size"]).iloc[0]
    assert np.isnan(partial["p"]) and "needs 3 series" in partial["note"]
    twice = pd.concat([frame.assign(model="a"), frame.assign(model="b")])
    mixed = mixed_view(twice, ["ie"]).iloc[0]
    assert np.isfinite(mixed["slope"]) and np.isnan(mixed["low"]) and "needs 3 series" in mixed["note"]
    picked = ranking(frame, ["ie"], directions={"ie": 1}, resamples=99).iloc[0]
    assert not picked["claim"] and np.isnan(picked["low"]) and "needs 3 series" in picked["note"]


def test_every_statistic_is_over_whole_series_where_there_are_enough() -> None:
    frame = designed(6, 7, 3)
    line = views.points(frame, "ie")[1]
    means = frame.groupby("subset").agg({"ie": "mean", "score": "mean", "series": "first"})
    slope = stats.linregress(means["ie"], means["score"]).slope
    others = [means[means["series"] != name] for name in means["series"].unique()]
    left_out = np.array([stats.linregress(other["ie"], other["score"]).slope for other in others])
    error = np.sqrt(sum((left_out - slope) ** 2))
    assert line is not None and line.claim and line.stderr == pytest.approx(error)
    assert (line.slope_low, line.slope_high) == pytest.approx(stats.t.interval(0.95, 5, loc=slope, scale=error))
    plain = partial_correlations(frame, ["ie"], controls=["size"]).iloc[0]  # sizes do not differ
    z = np.arctanh(stats.pearsonr(means["ie"], means["score"]).statistic)
    without = np.arctanh([stats.pearsonr(other["ie"], other["score"]).statistic for other in others])
    assert plain["p"] == pytest.approx(2 * stats.t.sf(z / np.sqrt(sum((without - z) ** 2)), 5))
    twice = pd.concat([frame.assign(model="a"), frame.assign(model="b", score=frame["score"] + 9)])
    mixed = mixed_view(twice, ["ie"]).iloc[0]
    assert mixed["slope"] == pytest.approx(slope * means["ie"].std(ddof=0))
    assert mixed["stderr"] == pytest.approx(error * means["ie"].std(ddof=0), rel=1e-6)
    picked = ranking(frame, ["ie"], directions={"ie": 1}, resamples=99).set_index("metric").loc["ie"]
    assert picked["claim"] and picked["drawn"] == "series" and picked["low"] <= picked["regret"] <= picked["high"]


def test_claims_keep_their_level_and_intervals_cover_in_a_small_simulation() -> None:
    """The table's own path, 200 worlds a cell; ``bench_claims`` runs thousands by the same formula."""
    for series, rho in ((3, 0.0), (6, 0.8)):
        worlds = [designed(series, 7, 1, rho=rho, number=number).assign(model=f"{number:03d}") for number in range(200)]
        table = uncertainty.uncertainties(pd.concat(worlds), ["ie"], by=["model"])
        low, high, truth = table["pearson_low"], table["pearson_high"], rho * bench_claims.KEPT
        claims, covered = ((low > 0) | (high < 0)).sum(), ((low <= truth) & (truth <= high)).sum()
        assert covered >= 184  # 95 % of 200, and what 200 worlds may stray
        assert claims <= 10 if rho == 0 else claims > 100


def test_the_fast_simulation_is_the_slow_one() -> None:
    rng = np.random.default_rng(4)
    x, y = bench_claims.simulate(3, 4, 7, 2, rho=0.3, share=0.5, rng=rng)
    low, high = bench_claims.intervals(x, y)
    for world in range(3):
        frame = designed(4, 7, 2).assign(ie=x[world].ravel(), score=y[world].ravel())
        row = uncertainty.uncertainties(frame, ["ie"]).iloc[0]
        assert (row["pearson_low"], row["pearson_high"]) == pytest.approx((low[world], high[world]))


def test_a_perfect_rank_correlation_has_an_interval_that_holds_it() -> None:
    row = uncertainty.uncertainties(observations(7, series="own", noise=0.0), ["ie"]).iloc[0]
    assert row["spearman"] == pytest.approx(1) and row["spearman"] <= row["spearman_high"] == 1
    assert 0.5 < row["spearman_low"] < 1
    assert (row["pearson_low"], row["pearson_high"]) == pytest.approx((1, 1))


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
    table = uncertainty.uncertainties(observations(5, seeds=3), ["ie"], permutations=99)
    row = table.iloc[0]
    assert row["n"] == 15 and not row["claim"]
    assert np.isnan(row["pearson_low"]) and np.isnan(row["p_pearson"]) and np.isnan(row["q_pearson"])
    assert np.isfinite(row["pearson"])


def test_the_whole_table_with_discovery_control() -> None:
    frame = observations(12, series="own")
    table = uncertainty.uncertainties(frame, ["ie", "noise", "constant"], permutations=499)
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
        tables.append(uncertainty.uncertainties(seen.frame, seen.metrics, permutations=99))
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
    once = observations(8, series="own")
    thrice = pd.concat([once.assign(seed=seed) for seed in range(3)])
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


def test_subsets_that_one_series_has_alone_are_counted_as_by_leaving_each_series_out() -> None:
    random = np.random.default_rng(0)
    for _ in range(50):
        rows, series = int(random.integers(3, 40)), int(random.integers(1, 6))
        subset = random.integers(0, 12, rows).astype(str).astype(object)
        codes = np.concatenate([np.arange(series), random.integers(0, series, rows)])[:rows].astype(np.intp)
        alone = independence._subsets_of_one_series(subset, codes)
        left = [len(set(subset[codes != code])) for code in range(int(codes.max()) + 1)]
        assert (len(set(subset)) - alone).tolist() == left
