"""Every metric on every saved subset: one job measures what is missing, with bands that the Measure page would draw."""

from __future__ import annotations

import numpy as np
import pytest

from core.corpus.store import open_corpus
from core.errors import Cancelled
from core.jobs import job_names
from core.metrics.registry import metric, metrics
from core.workbench.build import open_recipe
from core.workbench.inspections import comparison
from core.workbench.inspections.every_metric import (
    banded_names,
    lacking_features,
    measure_every,
    metric_table,
    missing_readings,
    wide_table,
)
from core.workbench.measuring_time import measuring_time, note_time
from core.workbench.readings import Measurer
from core.workspace.artefacts import Workspace
from tests.corpora import store_embeddings
from tests.evidence import seeded

FEW = ["ie", "cr", "novelsum", "rows"]  # instant, slow, of embeddings, of the rows themselves


def request(subsets, **others) -> dict:
    return {"subsets": [subset.key for subset in subsets], "metrics": FEW, "bands": FEW, "features": [], **others}


def embedded(workspace: Workspace, subsets) -> None:
    (corpus,) = {subset.recipe.corpus for subset in subsets}
    vectors = np.random.default_rng(0).standard_normal((len(open_corpus(workspace, corpus)), 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    store_embeddings(workspace, corpus, vectors)


def test_one_job_measures_values_and_bands_and_then_nothing_is_missing(workspace: Workspace) -> None:
    subsets = seeded.subsets(workspace.home, measured=False)
    embedded(workspace, subsets)
    before = missing_readings(workspace, subsets, FEW, bands=FEW)
    assert (before.values, before.bands) == (len(subsets) * 2 * len(FEW),) * 2 and before.time.seconds > 0
    done = measure_every(workspace, request(subsets))
    assert done["measured"] == len(subsets) and not done["failed"]
    assert not missing_readings(workspace, subsets, FEW, bands=FEW)
    readings = comparison.readings_table(workspace, subsets)
    table = metric_table(workspace, subsets, readings)
    ie = table[table["address"] == "response.ie@mistral-32k"].set_index("key")
    assert len(ie) == len(subsets)
    for subset in subsets:  # value and band are those that a measurer gives by itself
        view = open_recipe(workspace, subset.recipe)
        measurer = Measurer(view, "response")
        rows = view.pool_positions_of(np.sort(subset.ids))
        assert ie.loc[subset.key, "value"] == measurer.measured(rows, ["ie"])["ie"].value
        band = measurer.band(["ie"], size=subset.rows)["ie"]
        assert tuple(ie.loc[subset.key, ["random", "low", "high"]]) == band.span
        assert ie.loc[subset.key, "place"] == band.place(ie.loc[subset.key, "value"])
    novel = table[table["address"].str.startswith("response.novelsum")]
    assert len(novel) == len(subsets) and np.isfinite(novel["low"]).all()
    lacking = comparison.why_undefined(workspace, subsets, FEW)  # the instructions have no vectors
    assert any("NovelSum" in line and "embeddings" in line for line in lacking)


def test_a_stopped_job_goes_on_and_a_new_feature_is_measured(workspace: Workspace) -> None:
    subsets = seeded.subsets(workspace.home, measured=False)
    calls = 0

    def stop(done: float, total: float, note: str = "") -> None:
        nonlocal calls
        calls += "random bands" in note
        if calls > 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        measure_every(workspace, request(subsets), stop)
    left = missing_readings(workspace, subsets, FEW, bands=FEW)
    assert left.values == 0 and 0 < left.bands < len(subsets) * 2 * len(FEW)
    measure_every(workspace, request(subsets))
    assert not missing_readings(workspace, subsets, FEW, bands=FEW)
    embedded(workspace, subsets)
    again = missing_readings(workspace, subsets, FEW, bands=FEW)
    assert again.values > 0 and again.bands > 0
    measure_every(workspace, request(subsets))
    table = metric_table(workspace, subsets, comparison.readings_table(workspace, subsets))
    assert table["address"].str.startswith("response.novelsum").any()


def test_the_job_computes_the_features_that_it_is_told_to(workspace: Workspace) -> None:
    subsets = seeded.subsets(workspace.home, measured=False)
    assert lacking_features(workspace, subsets) == ["embeddings"]  # the tokens are there
    (job,) = [name for name, path in job_names.FUNCTIONS.items() if path.endswith("every_metric:measure_every")]
    assert job in job_names.LONG
    told = measure_every(workspace, request(subsets, features=["bananas"], bands=[]))
    assert "There is no feature" in told["failed"]["bananas"] and told["measured"] == len(subsets)


def test_the_table_stands_with_a_column_a_subset(workspace: Workspace) -> None:
    subsets = seeded.subsets(workspace.home)
    measure_every(workspace, request(subsets[:2], bands=["ie"]))
    table = metric_table(workspace, subsets, comparison.readings_table(workspace, subsets), components=("response",))
    assert set(table["component"]) <= {"response", ""}
    shown, numbers = wide_table(table, texts=True), wide_table(table, texts=False)
    assert list(shown.columns) == ["metric", "component", "address", *dict.fromkeys(table["subset"])]
    row = shown.set_index("address").loc["response.ie@mistral-32k"]
    assert " to " in row[subsets[0].name] and " to " not in row[subsets[6].name]
    first = numbers.set_index("address").loc["response.ie@mistral-32k"]
    assert first[f"{subsets[0].name}, low"] < first[f"{subsets[0].name}, random"] < first[f"{subsets[0].name}, high"]
    assert f"{subsets[6].name}, low" not in numbers


def test_the_time_is_that_of_the_last_runs_and_grows_as_the_metric_does(workspace: Workspace) -> None:
    linear, squared = "cr", "knn"
    assert "²" in metric(squared).cost and "²" not in metric(linear).cost
    guessed = measuring_time(workspace, [(linear, 1_000, 1), (linear, 1_000, 1)])
    assert guessed.guessed == 1
    for name in (linear, squared):
        note_time(workspace, name, rows=1_000, seconds=2.0)
    assert measuring_time(workspace, [(linear, 3_000, 1)]).seconds == pytest.approx(6)
    assert measuring_time(workspace, [(squared, 3_000, 2)]).seconds == pytest.approx(36)
    note_time(workspace, linear, rows=9, seconds=0.0)  # a stored value is no run
    assert measuring_time(workspace, [(linear, 1_000, 1)]).seconds == pytest.approx(2)


def test_novelsum_and_its_eleven_baselines_are_among_what_is_measured() -> None:
    names = {*metrics()}
    baselines = {"distsum_l2", "ed", "knn", "facility_location", "vendi", "log_det", "radius", "inertia",
                 "partition_entropy", "ttr", "vocd_d"}  # fmt: skip
    assert baselines | {"novelsum"} <= names
    assert set(banded_names()) == {name for name in names if not metric(name).costly}
