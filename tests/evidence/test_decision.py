"""Decision accuracy against a count of the pairs by hand, and what it says of ties, groups and too few series."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.evidence.decision import COIN, decisions, with_proxy_scores
from core.evidence.independence import units_of
from core.evidence.observations import GROUP
from core.workspace.digests import digest


def scored(
    subsets: int, *, series: int = 0, seeds: int = 1, noise: float = 1.0, ties: bool = False, number: int = 0
) -> pd.DataFrame:
    """Subsets with a metric and scores that follow it with ``noise``; in ``series`` series, or each alone."""
    rng = np.random.default_rng(number)
    metric = rng.integers(0, 4, subsets).astype(float) if ties else rng.normal(size=subsets)
    truth = metric + noise * rng.normal(size=subsets)
    if ties:
        truth = truth.round()
    rows = [
        {**dict.fromkeys(GROUP, ""), "size": 10, "subset": f"s{at:02}", "seed": seed, "direction": 1, "proxy": False,
         "series": f"series {at % series}" if series else "", "ie": metric[at], "gini": -metric[at],
         "score": truth[at] + (seed - (seeds - 1) / 2)}
        for at in range(subsets)
        for seed in range(seeds)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def by_pairs(means: pd.DataFrame, times: dict[str, int] | None = None) -> tuple[float, float]:
    """(points, pairs) by going through all pairs, each as often as both its subsets are in the draw."""
    points = pairs = 0.0
    for (name, one), (other_name, other) in itertools.combinations(means.iterrows(), 2):
        weight = (times[name] * times[other_name]) if times else 1
        if one["score"] == other["score"]:
            continue
        pairs += weight
        if one["ie"] == other["ie"]:
            points += weight / 2
        elif (one["ie"] > other["ie"]) == (one["score"] > other["score"]):
            points += weight
    return points, pairs


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("number", range(5))
def test_it_is_the_share_of_pairs_that_a_count_by_hand_gives(ties: bool, number: int) -> None:
    frame = scored(11, seeds=2, ties=ties, number=number)
    row = decisions(frame, ["ie"], directions={"ie": 1}).iloc[0]
    means = frame.groupby("subset")[["ie", "score"]].mean()
    points, pairs = by_pairs(means)
    assert row["accuracy"] == pytest.approx(points / pairs) and row["pairs"] == pairs
    assert row["equal"] == 11 * 10 / 2 - pairs and row["right"] + row["ties"] / 2 == points
    if not ties:
        assert row["accuracy"] == pytest.approx((1 + stats.kendalltau(means["ie"], means["score"]).statistic) / 2)


def test_a_metric_that_falls_with_diversity_and_a_loss_are_turned() -> None:
    frame = scored(9)
    table = decisions(frame, ["ie", "gini", "unknown"], directions={"ie": 1, "gini": -1}).set_index("metric")
    assert list(table.index) == ["ie", "gini"]
    assert table.loc["ie", "accuracy"] == table.loc["gini", "accuracy"]
    loss = decisions(frame.assign(direction=-1, score=-frame["score"]), ["ie"], directions={"ie": 1})
    assert loss["accuracy"].iloc[0] == table.loc["ie", "accuracy"]
    against = decisions(frame, ["ie"], directions={"ie": -1})
    assert against["accuracy"].iloc[0] == pytest.approx(1 - table.loc["ie", "accuracy"])


def test_a_metric_that_is_the_same_everywhere_is_a_coin() -> None:
    row = decisions(scored(8).assign(ie=1.0), ["ie"], directions={"ie": 1}, resamples=200).iloc[0]
    assert (row["accuracy"], row["low"], row["high"], row["claim"]) == (COIN, COIN, COIN, False)
    assert row["ties"] == row["pairs"] == 28
    perfect = decisions(scored(8, noise=0), ["ie"], directions={"ie": 1}, resamples=200).iloc[0]
    assert (perfect["accuracy"], perfect["low"], perfect["claim"]) == (1, 1, True)


@pytest.mark.parametrize("series", [0, 7])
def test_the_interval_draws_whole_series_and_counts_the_pairs_of_each_draw(series: int) -> None:
    frame = scored(14, series=series, seeds=2, ties=True, number=3)
    row = decisions(frame, ["ie"], directions={"ie": 1}, resamples=60).iloc[0]
    means = frame.groupby("subset").agg(ie=("ie", "mean"), score=("score", "mean"), series=("series", "first"))
    units = units_of(means.reset_index())
    data = ["ie", means["ie"].tolist(), means["score"].tolist(), units.codes.tolist()]
    rng = np.random.default_rng(int(digest(data), 16))
    values = []
    for draw in rng.integers(0, units.count, (60, units.count)):
        times = {name: int((draw == unit).sum()) for name, unit in zip(means.index, units.codes)}
        points, pairs = by_pairs(means, times)
        if pairs:
            values.append(points / pairs)
    tail = 100 * stats.norm.cdf(stats.t.ppf(0.025, 6) * np.sqrt(7 / 6)) if series else 2.5
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.percentile(values, [tail, 100 - tail])))
    assert row["drawn"] == ("series" if series else "subsets") and row["low"] <= row["accuracy"] <= row["high"]


def test_too_few_series_have_no_interval_and_say_why() -> None:
    said = {}
    for series in (1, 2, 5):
        row = decisions(scored(14, series=series), ["ie"], directions={"ie": 1}, resamples=100).iloc[0]
        assert np.isnan(row["low"]) and not row["claim"] and np.isfinite(row["accuracy"])
        said[series] = row["note"]
    assert "1 series" in said[1] and "2 series" in said[2] and "6 independent series" in said[5]
    few = decisions(scored(2), ["ie"], directions={"ie": 1}).iloc[0]
    assert np.isnan(few["accuracy"]) and "three different subsets" in few["note"]
    flat = decisions(scored(5).assign(score=1.0), ["ie"], directions={"ie": 1}).iloc[0]
    assert np.isnan(flat["accuracy"]) and "scores are equal" in flat["note"]


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Pairs of a normal metric and score that correlate by ρ are in order with probability ½ + arcsin ρ / π."""
    truth = 0.5 + np.arcsin(1 / np.sqrt(2)) / np.pi
    held = [
        row["low"] <= truth <= row["high"]
        for number in range(150)
        for row in decisions(scored(24, number=number), ["ie"], directions={"ie": 1}, resamples=200).to_dict("records")
    ]
    assert np.mean(held) >= 0.88


def test_the_interval_of_six_series_holds_the_truth_as_often_as_it_says() -> None:
    """Whole series lie too low or too high in metric and score; the truth is the mean over many such tables."""

    def table(number: int) -> pd.DataFrame:
        frame, rng = scored(42, series=6, noise=0.8, number=number), np.random.default_rng(10_000 + number)
        shift = rng.normal(scale=0.6, size=(2, 6))[:, frame["series"].str[-1].astype(int)]  # (2, subsets)
        return frame.assign(ie=frame["ie"] + shift[0], score=frame["score"] + shift[1])

    def row(number: int, resamples: int = 0) -> dict[str, float]:
        return decisions(table(number), ["ie"], directions={"ie": 1}, resamples=resamples).to_dict("records")[0]

    truth = np.mean([row(number)["accuracy"] for number in range(100, 260)])
    rows = [row(number, resamples=300) for number in range(100)]
    assert 0.9 <= np.mean([drawn["low"] <= truth <= drawn["high"] for drawn in rows]) < 1


def test_a_proxys_score_orders_the_subsets_of_a_real_one() -> None:
    frame = scored(9).assign(model="large", benchmark="arena", measure="score")
    loss = frame.assign(
        proxy=True, model="small", benchmark="holdout", measure="nll", direction=-1, score=-2 * frame["score"]
    )
    noisy = scored(9, number=4).assign(proxy=True, model="small", benchmark="holdout", measure="bits", direction=-1)
    both, directions = with_proxy_scores(pd.concat([frame, loss, noisy], ignore_index=True))
    assert directions == {"small · holdout · bits (proxy)": -1, "small · holdout · nll (proxy)": -1} or set(
        directions.values()
    ) == {-1}
    table = decisions(both, ["ie", *directions], directions={"ie": 1, **directions}, by=("proxy",))
    real = table[~table["proxy"].astype(bool)].set_index("metric")
    (nll,) = [name for name in directions if "nll" in name]
    assert real.loc[nll, "accuracy"] == 1 and real.loc["ie", "accuracy"] < 1
    assert all("proxy" in name for name in directions)
    untouched, none = with_proxy_scores(frame)
    assert none == {} and untouched is frame
