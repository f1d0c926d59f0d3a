"""Every registered metric by the paths that store it: the next program reads what a job measured; a fault costs one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest

from core.errors import Cancelled
from core.jobs import job_names
from core.metrics.metric import Measuring
from core.metrics.reading import Reading
from core.metrics.registry import measure, metric, metrics, names_shown_by_default, slow_names
from core.workbench.build import build
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections import comparison
from core.workbench.inspections.curves import Grid, curve_table
from core.workbench.measuring import UNITS, MeasuredRows, MeasuringSetting, difference
from core.workbench.readings import DRAWS
from core.workbench.recipe import Recipe
from core.workbench.row_source import RowSource
from core.workbench.saving import save
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_with_every_feature
from tests.jobs.running import run_here
from tests.metrics.faults import break_metric, put_metric

ROWS = 120
PARAMETERS = {"inertia": {"clusters": 5}}  # the default of 200 leaves nothing inside clusters of so few rows


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Subset, Subset, FeatureSettings]:
    """A corpus with every feature, and saved subsets of it, the second half as large as the first."""
    workspace, corpus, choice = corpus_with_every_feature(tmp_path_factory.mktemp("home"))
    recipe = Recipe(corpus=corpus.id, choice=choice.as_dict(), strategy="random", size=ROWS)
    large, small = (
        save(workspace, build(workspace, replace(recipe, size=size)), name=f"{size} rows") for size in (ROWS, ROWS // 2)
    )
    return workspace, large, small, choice


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a slow metric of embeddings that fails as NumPy fails."""
    break_metric(monkeypatch, "radius")
    return "radius"


def source(subset: Subset) -> RowSource:
    return RowSource(kind="subset", corpus=subset.recipe.corpus, subset=subset.key)


def setting_of(choice: FeatureSettings, **changes: Any) -> MeasuringSetting:
    return MeasuringSetting(component="response", choice=choice.as_dict(), parameters=PARAMETERS, **changes)


def request_of(setting: MeasuringSetting, *subsets: Subset, **more: Any) -> dict[str, Any]:
    stated = {name: getattr(setting, name) for name in MeasuringSetting.__dataclass_fields__}
    return {"things": [source(subset).as_dict() for subset in subsets], **stated, **more}


def run(workspace: Workspace, job: str, request: dict[str, Any]) -> dict[str, Any]:
    """The job's own function with a request that went through JSON; the result has to go through it, too."""
    return orjson.loads(orjson.dumps(run_here(workspace, job, orjson.loads(orjson.dumps(request)))))


def seen_anew(workspace: Workspace, setting: MeasuringSetting, subset: Subset) -> MeasuredRows:
    """The rows as another program sees them, which has the files alone."""
    return setting.see(Workspace(workspace.home), source(subset))


def measured_by_hand(seen: MeasuredRows, name: str, *, seed: int = 0) -> Reading:
    """The slow obvious twin: the metric itself on a view of the rows."""
    measurer = seen.measurer
    view = measurer.reference.take(np.sort(seen.rows))
    parameters = measurer.parameters(name)
    return measure(name, Measuring(view=view, reference=measurer.reference, parameters=parameters, seed=seed))


def test_the_measure_pages_job_stores_every_metric_and_its_bands(made) -> None:
    workspace, large, _, choice = made
    setting, names = setting_of(choice), list(metrics())
    told = run(workspace, job_names.MEASURE_SOURCES, request_of(setting, large, metrics=names, bands=list(UNITS)))
    assert told == {"measured": len(names), "undefined": 0, "failed": []}
    seen = seen_anew(workspace, setting, large)
    stored = seen.measurer.measured(seen.rows, names, stored_only=True)
    assert list(stored) == names
    bands = {unit: seen.bands(names, unit=unit, stored_only=True) for unit in UNITS}
    for name in names:
        assert stored[name] == measured_by_hand(seen, name)
        for unit in UNITS:
            span = bands[unit][name].span
            assert span is not None, bands[unit][name]
            assert span[1] <= span[0] <= span[2]
    assert stored["category_entropy"].detail["groups"] == 3


def test_a_stored_band_is_what_random_subsets_measure(made) -> None:
    workspace, large, _, choice = made
    from core.metrics.random_band import random_rows

    setting, names = setting_of(choice), ["category_entropy", "radius", "facility_location"]
    run(workspace, job_names.MEASURE_SOURCES, request_of(setting, large, metrics=names, bands=["rows"]))
    seen = seen_anew(workspace, setting, large)
    bands = seen.bands(names, unit="rows", stored_only=True)
    pool = seen.measurer.reference
    for name in names:
        drawn = [
            measure(name, Measuring(view=pool.take(random_rows(pool.ids, size=ROWS, seed=draw)), reference=pool)).value
            for draw in range(DRAWS)
        ]
        assert bands[name].mean == pytest.approx(float(np.mean(drawn)))
        half = 2.093 * np.std(drawn, ddof=1) * np.sqrt(1 + 1 / DRAWS)  # Student's t at 0.975, 19 degrees of freedom
        assert bands[name].high - bands[name].mean == pytest.approx(half, rel=1e-3)


def test_the_subsets_pages_slow_jobs_store_every_slow_metric(made) -> None:
    workspace, large, _, choice = made
    names = slow_names()
    request = {"recipe": large.recipe.as_dict(), "component": "instruction", "metrics": names}
    told = run(workspace, job_names.MEASURE, request)
    assert told["failed"] == {} and list(told["metrics"]) == names
    bands = run(workspace, job_names.BANDS, {**request, "size": ROWS, "unit": "rows"})
    assert bands["failed"] == {}
    seen = MeasuringSetting(component="instruction", choice=choice.as_dict()).see(
        Workspace(workspace.home), source(large)
    )
    stored = seen.measurer.measured(seen.rows, names, stored_only=True)
    for name in names:
        assert stored[name].value == told["metrics"][name]
        assert stored[name] == measured_by_hand(seen, name)
        if stored[name].value is None:
            assert stored[name].undefined
        else:
            low, value, high = (bands["bands"][name][place] for place in (1, 0, 2))
            assert low <= value <= high


def test_the_compare_pages_job_stores_every_metric_of_both_sides(made) -> None:
    workspace, large, small, _ = made
    names, subsets = list(metrics()), [large, small]
    told = run(workspace, job_names.MEASURE_SUBSETS, {"subsets": [subset.key for subset in subsets], "metrics": names})
    assert told == {"measured": 2, "failed": {}}
    read = Workspace(workspace.home)
    assert comparison.missing(read, subsets, names) == []
    assert comparison.failures(read, subsets, names) == []
    table = comparison.readings_table(read, subsets).set_index("key")
    for component in comparison.MEASURED_ON:
        setting = MeasuringSetting(component=component, choice=large.recipe.choice)
        seen = setting.see(read, source(large))
        for name in names:
            expected = measured_by_hand(seen, name).value
            address = "rows." + name if metric(name).of_rows else seen.measurer.address(name)
            assert (table[address][large.key] == pytest.approx(expected)) if expected is not None else True
            assert (address in table) or expected is None


def test_one_metric_that_fails_is_named_and_the_others_are_stored(made, broken, caplog) -> None:
    workspace, large, small, choice = made
    names = ["vendi", broken, "distinct_n", "category_entropy"]
    setting = setting_of(choice, seed=7)
    request = request_of(setting, large, small, metrics=names, bands=["rows"], equal=True)
    told = run(workspace, job_names.MEASURE_SOURCES, request)
    assert told["measured"] == 6 and told["undefined"] == 0
    assert told["failed"] and all(words.startswith("Radius failed: a fault of the program") for words in told["failed"])
    assert any(record.exc_info and "Radius" in record.getMessage() for record in caplog.records)
    seen = [seen_anew(workspace, setting, subset) for subset in (large, small)]
    stored = [rows.measurer.measured(rows.rows, names, stored_only=True, seed=7) for rows in seen]
    for readings in stored:
        assert all(readings[name].value is not None for name in names if name != broken)
        assert "operands could not be broadcast" in readings[broken].failed
    pair = difference(broken, seen[0], seen[1], readings=(stored[0][broken], stored[1][broken]))
    assert pair.kind == "failed" and pair.failed.startswith("A failed: a fault")


def test_what_failed_is_measured_again_once_it_is_mended(made, monkeypatch, caplog) -> None:
    workspace, large, _, choice = made
    setting = setting_of(choice, seed=8)
    whole = break_metric(monkeypatch, "knn")
    request = request_of(setting, large, metrics=["knn"], bands=["rows"])
    run(workspace, job_names.MEASURE_SOURCES, request)
    seen = seen_anew(workspace, setting, large)
    assert seen.measurer.measured(seen.rows, ["knn"], stored_only=True, seed=8)["knn"].failed
    put_metric(monkeypatch, whole)
    assert run(workspace, job_names.MEASURE_SOURCES, request) == {"measured": 1, "undefined": 0, "failed": []}
    seen = seen_anew(workspace, setting, large)
    stored = seen.measurer.measured(seen.rows, ["knn"], stored_only=True, seed=8)["knn"]
    assert stored == measured_by_hand(seen, "knn", seed=8)
    assert seen.bands(["knn"], unit="rows", stored_only=True)["knn"].span is not None


def test_a_band_that_fails_is_named_drawn_again_and_costs_no_other(made, monkeypatch, caplog) -> None:
    """The metric fails on random rows alone: its value stands, and so do the bands of the others."""
    workspace, large, _, choice = made
    whole, chosen = break_metric(monkeypatch, "log_det"), set(large.ids.tolist())

    def measure_chosen(measuring: Measuring) -> Reading:
        if set(measuring.view.ids.tolist()) != chosen:
            raise FloatingPointError("overflow")
        return whole.measure(measuring)

    setting = setting_of(choice, seed=9)
    request = request_of(setting, large, metrics=["log_det", "nr"], bands=["rows"])
    put_metric(monkeypatch, replace(whole, measure=measure_chosen))
    told = run(workspace, job_names.MEASURE_SOURCES, request)
    assert told["measured"] == 2 and len(told["failed"]) == 1
    seen = seen_anew(workspace, setting, large)
    bands = seen.bands(["log_det", "nr"], unit="rows", stored_only=True)
    assert bands["nr"].span is not None
    assert bands["log_det"].span is None and "FloatingPointError" in bands["log_det"].failed
    put_metric(monkeypatch, whole)
    assert run(workspace, job_names.MEASURE_SOURCES, request)["failed"] == []
    seen = seen_anew(workspace, setting, large)
    assert seen.bands(["log_det"], unit="rows", stored_only=True)["log_det"].span is not None


def test_an_undefined_band_is_kept_with_the_reason(made) -> None:
    workspace, large, _, choice = made
    setting = replace(setting_of(choice), parameters={"inertia": {"clusters": 200}})
    seen = seen_anew(workspace, setting, large)
    drawn = seen.bands(["inertia"], unit="rows", stored_only=False)["inertia"]
    assert drawn.span is None and drawn.undefined.startswith("undefined because 120 different rows")
    again = seen_anew(workspace, setting, large)
    assert again.bands(["inertia"], unit="rows", stored_only=True)["inertia"] == drawn


def test_a_budget_smaller_than_a_row_leaves_a_band_undefined_not_the_job_dead(made) -> None:
    workspace, large, _, choice = made
    measurer = seen_anew(workspace, setting_of(choice), large).measurer
    band = measurer.band(["ie"], size=1, unit="tokens")["ie"]
    assert band.span is None and band.undefined.startswith("undefined because A budget of 1 tokens holds no row")


def test_a_failure_on_the_subsets_page_is_in_the_jobs_result(made, broken) -> None:
    workspace, large, _, _ = made
    request = {"recipe": large.recipe.as_dict(), "component": "response", "metrics": ["ttr", broken, "nr"]}
    told = run(workspace, job_names.MEASURE, request)
    assert list(told["failed"]) == [broken] and told["metrics"][broken] is None
    assert told["metrics"]["nr"] > 0
    bands = run(workspace, job_names.BANDS, {**request, "size": 40})
    assert list(bands["failed"]) == [broken] and "nr" in bands["bands"]


def test_a_failure_on_the_compare_page_is_told_and_measured_again(made, monkeypatch) -> None:
    workspace, _, small, _ = made
    names = ["mtld", "mattr"]
    whole = break_metric(monkeypatch, "mtld")
    request = {"subsets": [small.key], "metrics": names}
    before = comparison.situation(workspace, [small])
    run(workspace, job_names.MEASURE_SUBSETS, request)
    assert comparison.missing(workspace, [small], ["mattr"]) == []
    assert comparison.missing(workspace, [small], ["mtld"]) == [small.key]
    (line,) = comparison.failures(workspace, [small], names)
    assert line.startswith("MTLD failed: a fault of the program (ValueError: operands")
    assert line.endswith("(on 1 subset)")
    assert comparison.situation(workspace, [small]) == before
    put_metric(monkeypatch, whole)
    run(workspace, job_names.MEASURE_SUBSETS, request)
    assert comparison.missing(workspace, [small], names) == []
    assert comparison.failures(workspace, [small], names) == []


def test_a_fault_that_version_0_1_called_undefined_is_measured_again(made) -> None:
    workspace, _, small, _ = made
    from core.workspace import values

    names = ["ie", "sl"]
    run(workspace, job_names.MEASURE_SUBSETS, {"subsets": [small.key], "metrics": names})
    key = comparison._key(small, "response")
    kept = values.get(workspace, key)
    address = next(address for address in kept["values"] if ".ie@" in address)
    del kept["values"][address]
    kept["undefined"][address] = "undefined because it could not be computed here (division by zero)"
    values.put(workspace, key, kept)
    assert comparison.missing(workspace, [small], ["sl"]) == []
    assert comparison.missing(workspace, [small], ["ie"]) == [small.key]
    run(workspace, job_names.MEASURE_SUBSETS, {"subsets": [small.key], "metrics": names})
    assert comparison.missing(workspace, [small], names) == []
    assert comparison.readings_table(workspace, [small])[address].notna().all()


def test_a_whole_corpus_is_logged_without_the_metric_that_fails(made, monkeypatch) -> None:
    workspace, large, _, _ = made
    break_metric(monkeypatch, "gini")
    told = run(workspace, job_names.MEASURE_CORPUS, {"corpus": large.recipe.corpus, "tokenizer": "mistral-32k"})
    assert told["metrics"] > 0
    assert [line.split(": ")[0] for line in told["failed"]] == [
        f"{side}.gini@mistral-32k" for side in comparison.MEASURED_ON
    ]


def test_the_points_of_a_curve_that_failed_are_told_and_measured_again(made, monkeypatch) -> None:
    workspace, large, _, _ = made
    whole = break_metric(monkeypatch, "kurtosis")
    recipe = replace(large.recipe, strategy="micro", parameters={"low": 2, "high": 60}, ids_digest="", rows=0)
    grid = Grid(
        recipe=recipe.as_dict(), strategies=["micro"], axis="position", at=[0.0, 1.0], metric="kurtosis",
        component="response",
    )  # fmt: skip
    assert run(workspace, job_names.CURVES, grid.request()) == {"points": 2, "measured": 0}
    points, _, missing = curve_table(workspace, grid)
    assert missing == 2
    assert points["value"].isna().all()
    assert all(reason.startswith("failed: a fault of the program") for reason in points["undefined"])
    put_metric(monkeypatch, whole)
    assert run(workspace, job_names.CURVES, grid.request()) == {"points": 2, "measured": 2}
    points, band, missing = curve_table(workspace, grid)
    assert missing == 0 and points["value"].notna().all() and len(band) == 1


def test_cancelling_stops_the_job_and_is_no_failure(made, monkeypatch) -> None:
    workspace, large, _, choice = made
    break_metric(monkeypatch, "ead", Cancelled())
    with pytest.raises(Cancelled):
        run(workspace, job_names.MEASURE_SOURCES, request_of(setting_of(choice, seed=3), large, metrics=["ead"]))
    seen = seen_anew(workspace, setting_of(choice, seed=3), large)
    assert seen.measurer.measured(seen.rows, ["ead"], stored_only=True, seed=3) == {}


def test_the_metrics_shown_by_default_are_those_that_say_so() -> None:
    shown = names_shown_by_default()
    assert set(shown) == {name for name, metric in metrics().items() if metric.shown_by_default}
    assert {"ie", "ed", "nr", "cr", "bl"} <= set(shown)
