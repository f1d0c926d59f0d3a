"""Groups of observations by any facts, the scores that stand in for several benchmarks, and in what runs differ."""

from __future__ import annotations

import itertools

import numpy as np
import orjson
import pandas as pd
import pytest
from scipy import stats

from core.evidence.correlations import point_estimates
from core.evidence.grouping import USUAL, Grouping, grouped, varying_facts
from core.evidence.independence import SERIES_FROM, units_of
from core.evidence.observations import GROUP, trainer_name
from core.evidence.pooled_prompts import NAME, pooled_prompts
from core.evidence.run_differences import run_differences, warning
from core.evidence.score_size import on_lines, random_at_sizes, size_lines, size_points

FACTS = {**dict.fromkeys(GROUP, ""), "study": "", "corpus": "", "direction": 1, "unit": "%", "stderr": np.nan,
         "n_items": pd.NA, "proxy": False, "seed": 0}  # fmt: skip


def observed(**facts: object) -> pd.DataFrame:
    """Two strategies × two sizes × seven levels, one series each, on two benchmarks of one model."""
    rng = np.random.default_rng(3)
    rows = [
        {
            **FACTS, "component": "response", "strategy": strategy, "size": size, "series": f"{strategy}{size}",
            "subset": f"{strategy}{size}-{level}", "name": f"{strategy} {size} · {level} %", "level": float(level),
            "model": "m", "benchmark": benchmark, "measure": "win rate", "judge": "j",
            "ie": level / 10 + 3 * (strategy == "macro"), "score": level / 20 + size / 10 + rng.normal(),
        }
        for strategy, size, level, benchmark in itertools.product(
            ("macro", "micro"), (10, 20), range(0, 70, 10), ("AlpacaEval", "Arena-Hard")
        )
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(**facts)


def test_a_grouping_pools_what_it_leaves_out_and_keeps_the_rest_apart() -> None:
    frame = observed()
    assert varying_facts(frame) == ["size", "strategy", "series", "benchmark"]
    sizes = {2: ("benchmark",), 4: USUAL, 8: (*USUAL, "strategy")}
    for groups, by in sizes.items():
        chosen = grouped(frame, Grouping(by=tuple(by)))
        table = point_estimates(chosen.frame, ["ie"], by=chosen.by)
        assert len(table) == groups
        for row in table.to_dict("records"):  # each group is found again by hand
            part = frame
            for fact in chosen.by:
                part = part[part[fact] == row[fact]]
            assert row["pearson"] == pytest.approx(stats.pearsonr(part["ie"], part["score"]).statistic)
            assert row["series"] == part["series"].nunique()


def test_the_usual_grouping_is_that_of_all_other_statistics() -> None:
    """Stored intervals are found by the columns that group them."""
    assert grouped(observed(), Grouping()).by == GROUP


def test_a_claim_needs_three_series_however_they_are_grouped() -> None:
    frame = observed()
    for by in (USUAL, ("benchmark",), ("benchmark", "strategy"), ("benchmark", "series"), ("benchmark", "seed")):
        chosen = grouped(frame, Grouping(by=by))
        for key, part in chosen.frame.groupby(list(chosen.by), dropna=False):
            assert units_of(part).claim == (part["series"].nunique() >= SERIES_FROM), key
    four = point_estimates(*(lambda made: (made.frame, ["ie"]))(grouped(frame, Grouping(by=("benchmark",)))),
                           by=("benchmark",))  # fmt: skip
    assert set(four["claim"]) == {True} and set(four["series"]) == {4}


def test_a_series_is_named_in_words_and_stays_a_series() -> None:
    frame = observed()
    chosen = grouped(frame, Grouping(by=("series", "benchmark")))
    assert set(chosen.frame["series_name"]) == {"macro 10", "macro 20", "micro 10", "micro 20"}
    alike = grouped(frame.assign(name="x · 5 %"), Grouping(by=("series", "benchmark")))
    assert alike.frame["series_name"].nunique() == 4


def test_benchmarks_are_pooled_only_as_z_scores() -> None:
    frame = observed()
    frame.loc[frame["benchmark"] == "Arena-Hard", "score"] *= 100
    chosen = grouped(frame, Grouping(by=("size",)))
    z = frame.groupby("benchmark")["score"].transform(stats.zscore)
    by_hand = frame.assign(z=z).groupby("subset")["z"].mean()
    assert chosen.frame.set_index("subset")["score"].to_dict() == pytest.approx(by_hand.to_dict())
    assert "benchmarks are pooled" in chosen.notes[0]
    asked = grouped(frame, Grouping(score="z"))
    assert asked.frame.set_index("subset")["score"].to_dict() == pytest.approx(by_hand.to_dict())
    one = grouped(frame, Grouping(score="z", benchmarks=("AlpacaEval",)))
    alone = frame[frame["benchmark"] == "AlpacaEval"]
    assert one.frame["score"].tolist() == pytest.approx(stats.zscore(alone["score"]).tolist())
    assert set(one.frame["benchmark"]) == {"mean of Z-scores of 1 benchmark"}


def test_judges_are_pooled_and_the_benchmarks_stay_apart() -> None:
    frame = pd.concat([observed(), observed(judge="k").assign(score=lambda held: 10 * held["score"] + 3)])
    chosen = grouped(frame, Grouping(by=tuple(fact for fact in USUAL if fact != "judge")))
    assert set(chosen.frame["benchmark"]) == {"AlpacaEval", "Arena-Hard"} and len(chosen.frame) == len(frame) / 2
    alone = grouped(observed(), Grouping(score="z", benchmarks=("Arena-Hard",))).frame
    both = chosen.frame[chosen.frame["benchmark"] == "Arena-Hard"]
    # A judge who gives ten times the points and three more says the same as the other.
    assert both.set_index("subset")["score"].to_dict() == pytest.approx(alone.set_index("subset")["score"].to_dict())


def test_a_proxys_scores_are_pooled_with_real_ones_only_if_that_is_asked_for() -> None:
    frame = pd.concat([observed(), observed(proxy=True, benchmark="holdout", direction=-1)], ignore_index=True)
    for grouping in (Grouping(), Grouping(by=("proxy",)), Grouping(score="z")):
        chosen = grouped(frame, grouping)
        assert "proxy" in chosen.by
        for _, part in chosen.frame.groupby(list(chosen.by), dropna=False):
            assert len(part["proxy"].drop_duplicates()) == 1
    real = grouped(observed(), Grouping(score="z")).frame.set_index("subset")["score"]
    apart = grouped(frame, Grouping(score="z")).frame
    assert apart[~apart["proxy"]].set_index("subset")["score"].to_dict() == pytest.approx(real.to_dict())
    together = grouped(frame, Grouping(by=("component",), score="z"))
    assert "proxy" not in together.by and together.frame["proxy"].all()  # and marked: a proxy's score went into each


def test_the_prompts_of_both_benchmarks_count_as_one_set() -> None:
    """The win rate over all prompts, counted from the verdicts themselves."""
    rng = np.random.default_rng(0)
    rows = []
    by_hand = {}
    for number in range(5):
        wins = {"AlpacaEval 2": rng.integers(0, 2, 805), "Arena-Hard": rng.integers(0, 2, 500)}
        by_hand[f"s{number}"] = 100 * np.concatenate(list(wins.values())).mean()
        rows += [
            {**FACTS, "subset": f"s{number}", "name": "n", "series": "", "strategy": "", "level": np.nan, "size": 1,
             "model": "m", "judge": "j", "benchmark": name, "measure": "win rate", "score": 100 * verdicts.mean(),
             "n_items": pd.NA if number % 2 else len(verdicts)}
            for name, verdicts in wins.items()
        ]  # fmt: skip
    frame = pd.DataFrame(rows)
    pooled, notes = pooled_prompts(frame)
    assert pooled.set_index("subset")["score"].to_dict() == pytest.approx(by_hand)
    assert not notes and set(pooled["benchmark"]) == {NAME} and set(pooled["n_items"]) == {1305}
    assert list(pooled.columns) == list(frame.columns)
    fractions = frame.assign(unit="fraction", score=frame["score"] / 100)
    assert pooled_prompts(fractions)[0]["score"].tolist() == pytest.approx(pooled["score"].tolist())
    v2 = frame.assign(n_items=pd.NA, benchmark=frame["benchmark"].replace("Arena-Hard", "arena-hard-v2.0"))
    assert set(pooled_prompts(v2)[0]["n_items"]) == {805 + 750}


def test_runs_that_cannot_be_pooled_are_counted() -> None:
    frame = observed()
    frame.loc[(frame["subset"] == "macro10-0") & (frame["benchmark"] == "Arena-Hard"), "judge"] = "another"
    frame = frame[~((frame["subset"] == "macro10-10") & (frame["benchmark"] == "AlpacaEval"))]
    pooled, notes = pooled_prompts(frame)
    assert len(pooled) == 26
    assert notes == [
        "1 run left out: the two benchmarks had other judges or other baselines",
        "1 run left out for want of one of the two benchmarks",
    ]
    assert pooled_prompts(observed(benchmark="MMLU"))[0].empty


def test_what_runs_differ_in_besides_their_data_is_named() -> None:
    usual = {"epochs": 3, "learning_rate": 2e-5}
    texts = [{**usual}, {**usual, "epochs": 4}, {"learning_rate": 2e-5}]
    settings = {trainer_name(orjson.dumps(text).decode()): text for text in texts}
    names = list(settings)
    frame = observed(trainer=names[0])
    assert run_differences(frame, settings) == [] and warning([]) == ""
    frame.loc[frame["level"] == 10, "trainer"] = names[1]
    frame.loc[frame["level"] == 20, "trainer"] = names[2]
    frame.loc[frame["level"] == 30, "model"] = "other"
    found = {difference.setting: difference.values for difference in run_differences(frame, settings)}
    assert found == {"model": ("m", "other"), "epochs": ("3", "4", "not known")}
    assert "model (m, other); epochs (3, 4, not known)" in warning(run_differences(frame, settings))
    # Kept apart by the grouping, runs are not compared with each other.
    assert run_differences(frame, settings, by=("model", "trainer")) == []
    many = observed(trainer=names[0]).assign(model=lambda held: held["subset"])
    assert "and 24 more" in warning(run_differences(many, settings))


def test_scores_stand_over_the_size_and_random_subsets_are_a_band() -> None:
    frame = observed(seed=1)
    again = frame.assign(seed=2, score=frame["score"] + 2)
    drawn = frame[frame["level"] < 30].assign(strategy="random", subset=lambda held: "r" + held["subset"])
    both = pd.concat([frame, again, drawn])
    points = size_points(both[both["benchmark"] == "Arena-Hard"])
    assert len(points) == 28 + 12
    lines = size_lines(on_lines(points, ["component", "strategy"]))
    assert set(lines["line"]) == {"response · macro", "response · micro"} and set(lines["subsets"]) == {7}
    of_micro = frame[(frame["strategy"] == "micro") & (frame["size"] == 20) & (frame["benchmark"] == "Arena-Hard")]
    line = lines[(lines["line"] == "response · micro") & (lines["at"] == 20)]
    assert line["score"].iloc[0] == pytest.approx(of_micro["score"].mean() + 1)
    band = random_at_sizes(points).iloc[0]
    values = drawn[(drawn["size"] == 10) & (drawn["benchmark"] == "Arena-Hard")]["score"]
    low, high = stats.t.interval(0.95, 5, loc=values.mean(), scale=values.std() * np.sqrt(1 + 1 / 6))
    assert (band["low"], band["high"], band["subsets"]) == (pytest.approx(low), pytest.approx(high), 6)
    alone = random_at_sizes(points[points["subset"] == "rmacro10-0"]).iloc[0]
    assert np.isnan(alone["low"]) and alone["subsets"] == 1
