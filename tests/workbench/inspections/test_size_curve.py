"""The curve over sizes: every point is what a build of that size gives, in whatever unit the size is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.budgets.size_axis import size_axis
from core.budgets.trainer_profile import TrainerProfile
from core.corpus.corpus_text import CorpusText
from core.features.tokens import compute_tokens
from core.workbench.build import build
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.size_curve import size_bands, size_curve, size_now, sizes_around
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

BAND = {"low": 2, "high": 60}
MINE = TrainerProfile(name="mine", tokens_a_second=10, price_an_hour=6, currency="EUR", cutoff=40)


@pytest.fixture(scope="module")
def micro(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Recipe]:
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), records(150))
    compute_tokens(CorpusText(corpus, "instruction"), "mistral-32k")
    choice = FeatureSettings(**BAND).as_dict()
    recipe = Recipe(corpus=corpus.id, choice=choice, strategy="micro", size=30, parameters=BAND, position=0.5)
    return workspace, recipe


@pytest.mark.parametrize("unit", ["rows", "tokens", "all_tokens", "supervised_tokens", "minutes", "money"])
def test_every_point_is_what_a_build_of_that_size_measures(micro: tuple[Workspace, Recipe], unit: str) -> None:
    workspace, recipe = micro
    built, axis = build(workspace, recipe), size_axis(unit, profile=MINE)
    measurer = Measurer(built.corpus_view, "response")
    at = sizes_around(built, axis)
    curve = size_curve(built, measurer, "ie", axis, at).set_index("size")
    here = size_now(built, axis)
    for size in (at[0], here, at[-1]):  # the slow way: a build of its own
        slow = build(workspace, replace(recipe, **axis.fields(size)))
        assert curve.loc[size, "rows"] == len(slow.answer.rows)
        assert curve.loc[size, "value"] == pytest.approx(measurer.measured(slow.answer.rows, ["ie"])["ie"].value)
        assert size_now(slow, axis) <= size
    assert list(curve.index) == at
    assert at[0] * 7 < here < at[-1]


def test_a_size_that_the_pool_cannot_give_has_no_value(micro: tuple[Workspace, Recipe]) -> None:
    workspace, recipe = micro
    built, axis = build(workspace, recipe), size_axis("rows")
    curve = size_curve(built, Measurer(built.corpus_view, "response"), "ie", axis, [20, 9_000])
    assert curve["value"].isna().tolist() == [False, True]
    assert curve["rows"].tolist() == [20, 0]


def test_the_band_of_a_size_is_that_of_random_subsets_of_as_many_tokens(micro: tuple[Workspace, Recipe]) -> None:
    workspace, recipe = micro
    built, axis = build(workspace, recipe), size_axis("minutes", profile=MINE)
    measurer = Measurer(built.corpus_view, "response")
    whole = int(built.corpus_view.costs("all_tokens", row_cutoff=40).sum())
    bands = size_bands(measurer, "ie", axis, [900, whole]).set_index("size")
    expected = measurer.band(["ie"], size=900, unit="all_tokens", row_cutoff=40)["ie"].span
    assert tuple(bands.loc[900]) == pytest.approx(expected)
    assert list(bands.index) == [900]  # all rows together are no random subset
