"""A law of mixtures tried on runs that it has not seen: planted effects are found, noise and few runs claim nothing."""

from __future__ import annotations

import io
from itertools import product

import numpy as np
import pandas as pd
import pytest

from core.errors import InputError
from core.evidence.entries import LoggedSubset, Run, Score
from core.evidence.ledger import Ledger
from core.evidence.mixture import MEAN, MeanLaw, MixtureLaw, Mixtures, join
from core.evidence.mixture_entries import import_entries, logged_shares, runs_of, tables
from core.evidence.mixture_fit import effects_of, fit_mixture
from core.evidence.mixture_optimum import best_shares
from core.evidence.observations import observe
from core.evidence.regmix import regmix
from core.export.report import csv_bytes
from core.workspace.artefacts import Workspace

SOURCES = ("web", "code", "books")
PLANTED = (
    MixtureLaw(floor=2.0, offset=0.3, slopes=np.array([1.0, -2.0, 0.5]), sign=1),
    MixtureLaw(floor=1.0, offset=0.3, slopes=np.array([-2.0, 1.0, 0.5]), sign=1),
)


def planted(runs: int, *, noise: float, seed: int = 0, laws: tuple[MixtureLaw, ...] = PLANTED) -> Mixtures:
    generator = np.random.default_rng(seed)
    shares = generator.dirichlet(np.ones(len(SOURCES)), runs)
    values = {
        f"loss {place}": law.predict(shares) + generator.normal(scale=noise, size=runs)
        for place, law in enumerate(laws)
    }
    metrics = pd.DataFrame(values, index=pd.Index([f"run {number}" for number in range(runs)], name="run"))
    return Mixtures(sources=SOURCES, shares=shares, metrics=metrics)


def test_the_ranges_of_planted_effects_hold_the_truth_about_as_often_as_they_say() -> None:
    inside, tries = 0, 0
    for seed in range(20):
        runs = planted(60, noise=0.05, seed=seed)
        fit = fit_mixture(runs, "loss 0", draws=60, seed=seed)
        row = fit.table.set_index("source").loc[list(SOURCES)]
        truth = effects_of(MeanLaw(laws=PLANTED[:1]), runs.shares.mean(axis=0), row["moved"].to_numpy())
        inside += int(((row["effect_low"] <= truth) & (truth <= row["effect_high"])).sum())
        tries += len(SOURCES)
        assert fit.table["source"].iloc[0] == "code"
        assert not fit.caution
    assert 0.85 <= inside / tries <= 1.0


def test_the_best_mixture_of_a_mean_is_that_of_a_search_through_all() -> None:
    law = MeanLaw(laws=PLANTED)
    bounds = np.array([0.6, 0.7, 0.5])
    steps = np.arange(0, 1.0001, 0.01)
    candidates = np.array([(web, code, 1 - web - code) for web, code in product(steps, steps)])
    inside = ((candidates >= -1e-9) & (candidates <= bounds + 1e-9)).all(axis=1)
    slow = candidates[inside][law.predict(candidates[inside]).argmin()]
    fast = best_shares(law, bounds)
    assert fast == pytest.approx(slow, abs=0.011)
    assert fast.sum() == pytest.approx(1)
    assert law.predict(fast[None])[0] <= law.predict(slow[None])[0] + 1e-9
    one = best_shares(MeanLaw(laws=PLANTED[:1]), bounds)
    assert one == pytest.approx([0.0, 0.7, 0.3])


def test_shares_that_do_not_tell_the_score_and_too_few_runs_claim_nothing() -> None:
    noise = planted(40, noise=0.0)
    noise.metrics["loss 0"] = np.random.default_rng(5).normal(size=40)
    assert "does not rank" in fit_mixture(noise, "loss 0", draws=20).caution
    assert "7 runs for a law of 4 numbers" in fit_mixture(planted(7, noise=0.01), "loss 0", draws=20).caution
    with pytest.raises(InputError, match="needs 6 runs, there are 5"):
        fit_mixture(planted(5, noise=0.01), "loss 0")


def test_the_runs_of_regmix_are_ranked_and_their_mean_has_a_balanced_optimum() -> None:
    runs = regmix("test_1B")
    one = fit_mixture(runs, "pile_cc", draws=10)
    assert one.agreement == pytest.approx(0.987, abs=0.005)
    assert one.table.set_index("source").loc["pile_cc", "best"] == pytest.approx(runs.shares[:, 11].max())
    mean = fit_mixture(runs, MEAN, draws=10)
    assert mean.agreement > 0.75
    assert mean.optimum.shares.max() < 0.5
    assert mean.optimum.predicted < mean.observed.min()
    assert not mean.caution


def test_scores_are_led_up_and_losses_down() -> None:
    up = MixtureLaw(floor=80.0, offset=1.0, slopes=np.array([1.0, -2.0, 0.5]), sign=-1)
    runs = planted(60, noise=0.05, laws=(up,))
    fit = fit_mixture(runs, "loss 0", lower_is_better=False, draws=20)
    assert fit.table["source"].iloc[0] == "code"
    assert fit.table["effect"].iloc[0] > 0
    assert fit.optimum.shares.argmax() == 1


def test_tables_go_to_csv_and_through_the_ledger_and_come_back(workspace: Workspace) -> None:
    runs = planted(12, noise=0.1)
    files = [pd.read_csv(io.BytesIO(csv_bytes(table))) for table in tables(runs)]
    assert [frame.columns[0] for frame in files] == ["index", "index"]
    again = join(*files)
    assert again.sources == runs.sources
    np.testing.assert_array_equal(again.shares, runs.shares)
    np.testing.assert_array_equal(again.metrics.to_numpy(), runs.metrics.to_numpy())
    entries = import_entries(again, model="small", measure="loss", direction=-1, files=["mix.csv", "loss.csv"])
    kinds = [sum(isinstance(entry, kind) for entry in entries) for kind in (LoggedSubset, Run, Score)]
    assert kinds == [12, 12, 12 * 3]
    ledger = Ledger(workspace=workspace, batches=(), problems=(), entries=tuple(("", entry) for entry in entries))
    frame = observe(readings=pd.DataFrame(), scores=ledger.scores(), logged=ledger.subsets()).frame
    logged = runs_of(frame, logged_shares(frame))
    assert logged.alike and not logged.left_out
    assert logged.directions == {"loss 0": -1, "loss 1": -1}
    back = logged.mixtures
    order = [back.sources.index(name) for name in runs.sources]
    places = [list(back.metrics.index).index(f"mix {name}") for name in runs.metrics.index]
    np.testing.assert_array_equal(back.shares[places][:, order], runs.shares)
    np.testing.assert_array_equal(back.metrics[["loss 0", "loss 1"]].to_numpy()[places], runs.metrics.to_numpy())


def test_benchmarks_that_a_run_lacks_are_left_out_and_said() -> None:
    frame = pd.DataFrame(
        [
            {"subset": subset, "name": subset, "benchmark": benchmark, "judge": "", "baseline": "", "measure": "win",
             "unit": "%", "direction": 1, "score": 50.0}
            for subset, benchmark in [("a", "x"), ("b", "x"), ("a", "y")]
        ]
    )  # fmt: skip
    shares = pd.DataFrame({"web": [0.2, 0.5], "code": [0.8, 0.5]}, index=["a", "b"])
    logged = runs_of(frame, shares)
    assert list(logged.mixtures.metrics) == ["x"]
    assert logged.left_out == "1 benchmark left out, which not every run has"
    with pytest.raises(InputError, match="No two runs"):
        runs_of(frame[frame["subset"] == "a"], shares)
