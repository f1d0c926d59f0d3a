"""The curve above the slider: every point is what the slider itself gives there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pytest import approx, fixture

from core.workbench.build import Built, build
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.slider_curve import first_metric, random_tick, slider_curve
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workbench.subsets import levels
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

BAND = {"low": 2, "high": 60}


@fixture(scope="module")
def micro(tmp_path_factory) -> tuple[Workspace, Recipe]:
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), records(150))
    choice = FeatureSettings(**BAND).as_dict()
    return workspace, Recipe(corpus=corpus.id, choice=choice, strategy="micro", size=30, parameters=BAND)


def curve_of(built: Built, name: str) -> dict[float, float | None]:
    return slider_curve(built, Measurer(built.corpus_view, "response"), name)


def test_every_point_is_what_a_build_at_that_position_measures(micro) -> None:
    workspace, recipe = micro
    curve = curve_of(build(workspace, recipe), "ie")
    assert list(curve) == sorted({*levels(), *np.arange(11) / 10})
    for position in (0.0, 0.4, 1.0):  # the slow way: a build of its own
        built = build(workspace, replace(recipe, position=position))
        measured = Measurer(built.corpus_view, "response").measured(built.answer.rows, ["ie"])["ie"].value
        assert curve[position] == approx(measured)
    assert curve[1.0] > curve[0.0]  # the slider moves what micro maximises


def test_a_position_that_the_pool_cannot_give_has_no_value(micro) -> None:
    workspace, recipe = micro
    built = build(workspace, recipe)
    crowded = replace(built, request=replace(built.request, size=len(built.corpus_view.pool) + 1))
    assert set(curve_of(crowded, "ie").values()) == {None}


def test_a_strategy_without_a_scale_has_one_point_and_no_random_tick(micro) -> None:
    workspace, recipe = micro
    built = build(workspace, replace(recipe, strategy="random", parameters={}))
    assert list(curve_of(built, "ie")) == [1.0]
    assert random_tick(built) is None


def test_the_random_tick_is_the_mean_of_what_random_rows_reach(micro) -> None:
    workspace, recipe = micro
    built = build(workspace, recipe)
    tick = random_tick(built)
    assert tick is not None
    assert tick.low <= tick.mean <= tick.high
    crowded = replace(built, request=replace(built.request, size=len(built.corpus_view.pool) + 1))
    assert random_tick(crowded) is None


def test_the_curve_starts_with_what_the_strategy_chooses_by() -> None:
    assert first_metric("kcenter", {}, ["ie", "ed"]) == "ed"
    assert first_metric("micro", {}, ["ie", "ed"]) == "ie"
    assert first_metric("kcenter", {}, ["ie"]) == "ie"
