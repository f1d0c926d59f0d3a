"""A strategy that reads two components: it is asked for both, built from both, found again, and made by a study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import FeatureMissing
from core.progress import silent
from core.workbench import plans
from core.workbench.build import build, open_recipe
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.why import why
from core.workbench.inspections.why_words import told
from core.workbench.recipe import Recipe
from core.workbench.studies.study import Study
from core.workbench.studies.study_file import study_of_text, study_text
from core.workbench.studies.study_run import run_study, standings
from core.workbench.tasks.feature_requests import compute_feature
from tests.corpora import corpus_of, records

BAND = {"low": 2.0, "high": 60.0}


@pytest.fixture
def made(tmp_path: Path):
    return corpus_of(tmp_path / "home", records())


def joined(corpus: str, *, component: str = "response", **parameters) -> Recipe:
    choice = FeatureSettings(component=component).with_(**BAND).as_dict()
    knobs = {"first": "micro", "second": "micro", "second_component": "instruction", **parameters}
    return Recipe(corpus=corpus, strategy="joined", choice=choice, parameters=knobs, size=30, seed=4)


def count_tokens(workspace, recipe: Recipe, component: str) -> None:
    view = open_recipe(workspace, recipe)
    compute_feature(replace(view, choice=view.choice.with_(component=component)), "tokens")


def test_what_is_missing_of_the_other_component_is_named_with_it(made) -> None:
    workspace, corpus = made
    with pytest.raises(FeatureMissing, match="tokens of the instruction are not there") as missing:
        build(workspace, joined(corpus.id))
    assert (missing.value.feature, missing.value.component) == ("tokens", "instruction")
    assert missing.value.remedy.endswith("tokens CORPUS --component instruction")


def test_the_recipe_names_both_features_and_its_plan_is_found_again(made) -> None:
    workspace, corpus = made
    count_tokens(workspace, joined(corpus.id), "instruction")
    first = build(workspace, joined(corpus.id, weight=0.3))
    assert set(first.recipe.features) == {"tokens", "instruction.tokens"}
    assert plans.load_plan(workspace, first.recipe) is not None
    again = build(workspace, Recipe.of(first.recipe.as_dict()))
    assert again.recipe.ids_digest == first.recipe.ids_digest
    assert not [warning for warning in again.warnings if "names other rows" in warning]
    other = build(workspace, joined(corpus.id, weight=0.7))
    assert other.recipe.ids_digest != first.recipe.ids_digest
    facts = dict(told(first, why(first, first.answer.rows[0])))
    assert {"mid-band tokens of the response", "mid-band tokens of the instruction"} <= set(facts)
    assert not facts["mid-band tokens of the response"].split(",")[0].strip().isdigit()  # the token, not its number


@pytest.mark.parametrize("position", [0.0, 0.5, 1.0])
def test_a_weight_of_0_or_1_gives_the_digest_of_the_single_strategy(made, position: float) -> None:
    workspace, corpus = made
    count_tokens(workspace, joined(corpus.id), "instruction")
    for weight, component in ((0, "response"), (1, "instruction")):
        alone = replace(joined(corpus.id, component=component), strategy="micro", parameters={}, position=position)
        both = replace(joined(corpus.id, weight=weight), position=position)
        assert build(workspace, both).recipe.ids_digest == build(workspace, alone).recipe.ids_digest


def test_a_study_prepares_the_component_that_only_a_joined_strategy_reads(made) -> None:
    workspace, corpus = made
    study = Study(
        name="both", corpus=corpus.id, strategies=("micro", "joined"), components=("response",), sizes=(20,), levels=3,
        features=BAND, parameters={"joined": {"second": "micro", "weight": 0.25}},
    )  # fmt: skip
    assert study.components_read == ("response", "instruction")
    assert study.needs("instruction") == ["tokens"]
    assert study_of_text(workspace, study_text(study)) == study
    assert not run_study(workspace, study, silent)["troubles"]
    now = standings(workspace, study)
    assert all(standing.subset for standing in now)
    digests = {standing.subset.digest for standing in now if standing.cell.strategy != "random"}
    assert len(digests) == 6
