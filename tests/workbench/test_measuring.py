"""Things on one scale: stored values, two sides at equal size, curves that a job can resume."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from pytest import approx, fixture, raises

from core.corpus.store import Corpus
from core.errors import Cancelled, InputError
from core.metrics.random_band import random_band
from core.metrics.registry import metric
from core.progress import silent
from core.workbench.build import build
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections import curves
from core.workbench.inspections.curves import Grid, curve_table, measure_curves, size_grid
from core.workbench.measuring import Difference, MeasuringSetting, difference, measure_sources, read_at_equal_size
from core.workbench.recipe import Recipe
from core.workbench.row_source import RowSource
from core.workbench.saving import save
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

CHOICE = FeatureSettings(low=2, high=60).as_dict()
SETTING = MeasuringSetting(component="response", choice=CHOICE)


@fixture(scope="module")
def made(tmp_path_factory) -> tuple[Workspace, Corpus, Subset, Subset]:
    """A corpus with a subset of 30 rows and one of 60."""
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), records(150))
    recipe = Recipe(corpus=corpus.id, choice=CHOICE, strategy="micro", size=30, parameters={"low": 2, "high": 60})
    small = save(workspace, build(workspace, recipe), name="small")
    return workspace, corpus, small, save(workspace, build(workspace, replace(recipe, size=60)), name="large")


def thing(corpus: Corpus, subset: Subset) -> RowSource:
    return RowSource(kind="subset", corpus=corpus.id, subset=subset.key)


def test_a_saved_subset_a_recipe_and_the_pool_give_their_rows(made) -> None:
    workspace, corpus, small, _ = made
    seen = SETTING.see(workspace, thing(corpus, small))
    ids = seen.measurer.corpus_view.pool.ids[seen.rows]
    assert sorted(ids) == sorted(small.ids)
    recipe = RowSource(kind="recipe", corpus=corpus.id, recipe=small.recipe.as_dict())
    assert SETTING.see(workspace, RowSource.of(recipe.as_dict())).rows.tolist() == seen.rows.tolist()
    pool = SETTING.see(workspace, RowSource(kind="pool", corpus=corpus.id))
    assert pool.whole
    assert pool.bands(["ie"], unit="rows", stored_only=False) == {}
    with raises(InputError):
        RowSource.of({"kind": "folder", "corpus": "x"})


def test_the_job_stores_values_and_both_bands_and_the_page_finds_them(made) -> None:
    workspace, corpus, small, _ = made
    single = thing(corpus, small)
    assert "distinct_n" not in SETTING.see(workspace, single).measurer.measured(
        np.arange(3), ["distinct_n"], stored_only=True
    )
    request = {
        "things": [single.as_dict()],
        "metrics": ["distinct_n", "domain_js"],
        "bands": ["rows", "measured tokens"],
        "component": "response",
        "choice": CHOICE,
    }
    told: list[float] = []
    measure_sources(workspace, request, lambda done, total, note="": told.append(done / total))
    assert told == sorted(told)
    assert told[-1] == 1
    seen = SETTING.see(workspace, single)
    stored = seen.measurer.measured(seen.rows, ["distinct_n", "domain_js"], stored_only=True)
    assert 0 < stored["distinct_n"].value < 1
    assert stored["domain_js"].undefined.startswith("undefined because")  # one source; that is kept, too
    for unit in ("rows", "measured tokens"):
        mean, low, high = seen.bands(["distinct_n"], unit=unit, stored_only=True)["distinct_n"].span
        assert low < mean < high


def test_parameters_are_part_of_what_a_value_is_stored_under(made) -> None:
    workspace, corpus, small, _ = made
    single = thing(corpus, small)
    values = []
    for n in (1, 3):
        setting = replace(SETTING, parameters={"distinct_n": {"n": n}})
        seen = setting.see(workspace, single)
        values.append(seen.measurer.measured(seen.rows, ["distinct_n"])["distinct_n"].value)
    assert values[0] < values[1]


def test_a_metric_that_depends_on_size_is_read_at_the_smaller_size(made) -> None:
    workspace, corpus, small, large = made
    a, b = (SETTING.see(workspace, thing(corpus, line)) for line in (large, small))
    readings = [line.measurer.measured(line.rows, ["ie", "sl"]) for line in (a, b)]
    assert difference("ie", a, b, readings=(readings[0]["ie"], readings[1]["ie"])).kind == "pending"
    a.measurer.band(["ie"], size=30, within=a.rows)
    result = difference("ie", a, b, readings=(readings[0]["ie"], readings[1]["ie"]))
    drawn = random_band(  # the slow way: subsets of the larger one, of the smaller one's size
        ["ie"],
        pool=a.measurer.view(a.rows),
        size=30,
        reference=a.measurer.reference,
        parameters={"ie": a.measurer.parameters("ie")},
        draws=20,
    )["ie"]
    assert (result.kind, result.size) == ("at equal size", len(b.rows))
    assert result.a == approx(drawn.mean)
    assert result.delta == approx(readings[1]["ie"].value - drawn.mean)
    assert difference("sl", a, b, readings=(readings[0]["sl"], readings[1]["sl"])).kind == "as measured"


def test_what_cannot_be_compared_is_refused_with_the_reason(made) -> None:
    workspace, corpus, small, large = made
    a, b = (SETTING.see(workspace, thing(corpus, line)) for line in (large, small))
    lacking = [line.measurer.measured(line.rows, ["ed"])["ed"] for line in (a, b)]
    assert "embeddings" in difference("ed", a, b, readings=(lacking[0], lacking[1])).refused
    words = replace(SETTING, choice={**CHOICE, "tokenizer": "words"}).see(workspace, thing(corpus, small))
    reading = a.measurer.measured(a.rows, ["ie"])["ie"]
    assert "mistral-32k" in difference("ie", a, words, readings=(reading, reading)).refused


def test_a_difference_between_random_rows_is_called_chance(made) -> None:
    workspace, corpus, small, _ = made
    recipe = replace(small.recipe, strategy="random", parameters={}, ids_digest="")
    first, second = (
        RowSource(kind="recipe", corpus=corpus.id, recipe=replace(recipe, seed=seed).as_dict()) for seed in (1, 2)
    )
    a, b = SETTING.see(workspace, first), SETTING.see(workspace, second)
    a.bands(["ie"], unit="rows", stored_only=False)
    readings = [line.measurer.measured(line.rows, ["ie"])["ie"] for line in (a, b)]
    assert difference("ie", a, b, readings=(readings[0], readings[1])).by_chance


def test_both_sides_are_read_at_equal_size_at_once_and_the_more_diverse_one_is_named(made) -> None:
    workspace, corpus, small, large = made
    a, b = (SETTING.see(workspace, thing(corpus, subset)) for subset in (large, small))
    assert difference("ie", a, b, readings=(None, None)).more_diverse("ie") == ""
    read_at_equal_size(a, b)
    for name in ("ie", "gini"):
        readings = [side.measurer.measured(side.rows, [name])[name] for side in (a, b)]
        found = difference(name, a, b, readings=(readings[0], readings[1]))
        assert found.kind != "pending"
        sign = (found.delta > 0) - (found.delta < 0)
        expected = {1: "B", -1: "A", 0: "alike"}[sign * metric(name).direction]
        assert found.more_diverse(name) == ("within chance" if found.by_chance else expected)
    assert Difference(kind="as measured", a=1.0, b=1.0).more_diverse("ie") == "alike"
    assert Difference(kind="as measured", a=1.0, b=2.0).more_diverse("ie") == "B"
    assert Difference(kind="as measured", a=1.0, b=2.0, chance=1.5).more_diverse("ie") == "within chance"
    assert Difference(kind="as measured", a=1.0, b=2.0).more_diverse("sl") == ""  # a length is neither


def grid_of(small: Subset, **changes) -> Grid:
    base = {"strategies": ["micro", "random", "macro"], "axis": "position", "at": [0.0, 0.5, 1.0], "metric": "ie"}
    return Grid(recipe=small.recipe.as_dict(), component="response", **{**base, **changes})


def test_curves_measure_what_building_and_measuring_gives(made) -> None:
    workspace, _, small, _ = made
    grid = grid_of(small)
    assert curve_table(workspace, grid)[2] == 7  # three positions of micro and macro, random has one
    measure_curves(workspace, grid.request(), silent)
    points, band, missing = curve_table(workspace, grid)
    assert missing == 0
    own = points[points["strategy"] == "micro"].set_index("position")["value"]
    measurer = grid.measurer(workspace)
    for position in (0.0, 1.0):
        built = build(workspace, replace(small.recipe, position=position, ids_digest=""))
        assert own[position] == approx(measurer.measured(built.answer.rows, ["ie"])["ie"].value)
    assert own[0.0] < own[1.0]
    assert list(band["size"]) == [30]
    lacking = points[points["strategy"] == "macro"]
    assert lacking["value"].isna().all()
    assert all("clusters" in why for why in lacking["undefined"])


def test_a_cancelled_job_keeps_its_points_and_goes_on_from_them(made, monkeypatch) -> None:
    workspace, _, small, _ = made
    grid = grid_of(small, strategies=["micro"], axis="size", at=[10.0, 20.0, 40.0], metric="gini")
    real, measured = curves._measure, []

    def counting(scale, grid, recipe, progress):
        if len(measured) == 2:
            raise Cancelled("enough")
        measured.append(recipe.size)
        return real(scale, grid, recipe, progress)

    monkeypatch.setattr(curves, "_measure", counting)
    with raises(Cancelled):
        measure_curves(workspace, grid.request(), silent)
    assert curve_table(workspace, grid)[2] == 1
    measured[:] = [0]
    measure_curves(workspace, grid.request(), silent)
    assert measured == [0, 40]
    points, band, _ = curve_table(workspace, grid)
    assert points["rows"].tolist() == [10, 20, 40]
    assert len(band) == 3


def test_a_size_that_the_pool_cannot_give_is_kept_with_the_reason(made) -> None:
    workspace, _, small, _ = made
    grid = grid_of(small, strategies=["micro"], axis="size", at=[20.0, 9_000.0])
    measure_curves(workspace, grid.request(), silent)
    points, band, missing = curve_table(workspace, grid)
    assert missing == 0
    assert points["value"].isna().tolist() == [False, True]
    assert "9,000" in points["undefined"].iloc[1]
    assert list(band["size"]) == [20]


def test_sizes_of_a_grid_stay_inside_the_pool() -> None:
    assert size_grid(1_000, count=3) == [50, 212, 900]
    assert size_grid(20) == [18]
    assert size_grid(1) == [1]


def test_an_empty_home_is_left_alone(tmp_path: Path) -> None:
    with raises(InputError):
        measure_sources(Workspace(tmp_path), {"things": [{"kind": "x"}], "metrics": [], "component": "both"}, silent)
