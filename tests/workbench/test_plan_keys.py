"""Keys of plans: those that stand in people's workspaces stay, and what a strategy's new version gives is reported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.corpus.store import Corpus
from core.selection.registry import strategy
from core.workbench import plans
from core.workbench.build import build, open_recipe
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

CORPUS = "c48d574d08bf86bf"  # of the 240 records, each being what it is
# As they were before the mid band had one owner: of each strategy at its defaults, seed 3, over features named below.
KEYS = {
    "macro": "0f02539252b67b9c",
    "meso": "243c84426f48316a",
    "micro": "0729ebe8e6d8e69f",
    "balanced": "8e341254eaebce8f",
    "source_balanced": "9accb48346e5e292",
    "kcenter": "d7a384af2ab14c5b",
    "facility_location": "3a3ab9c0a7e41ddb",
    "log_det": "e948582112bdfbb3",
    "novelselect": "ad874c412779b775",
    "deita": "eed62fdf78913ef6",
    "repr_filter": "bc89bec3dc76eee4",
    "instag": "27138c188f0ace2d",
    "car": "c202ccf985c7d6cf",
    "mods": "8ac9f4f8584e6634",
    "qdit": "32d310089c9095e3",
    "core_set": "ce5ed3d543ee3813",
    "length": "ad768cec50638ec6",
    "score": "c0cc811a0bcab185",
    "bids": "c85280fcf46e239b",
    "b2nerd": "b72e83bbdbb7faf4",
    "daar": "c11c775b8e84a630",
    "tsds": "d1c7ac2e6707ec51",
    "gio": "25b643e7a8153586",
    "random": "8327accfc8acf98f",
}
STRUCTURAL_1 = "bb5e86b88454bf6c"  # of the version that was given the corpus's mid band
# Over the 240 records: strategy, its parameters, the features' settings, and the key before.
OF_RECIPES = [
    ("micro", {}, {}, "36da3ea6dca6f3eb"),
    ("micro", {"low": 2, "high": 60}, {}, "5a64efc55f2e4c5c"),
    ("micro", {"low": 2, "high": 60, "unit": "count"}, {"low": 2, "high": 60}, "5a64efc55f2e4c5c"),
    (
        "micro",
        {"low": 0.2, "high": 0.9, "unit": "quantile", "gamma": 1},
        {"low": 0.2, "high": 0.9, "unit": "quantile"},
        "bf651c349742ecf7",
    ),
    ("length", {}, {"low": 2}, "49a75218ac19c755"),
    ("score", {"column": "score"}, {"low": 3}, "4a895f8cdbbabaa5"),
    ("random", {}, {}, "73d9a8fa2aa91b1a"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Corpus]:
    return corpus_of(tmp_path_factory.mktemp("home"), records())


def key_at_defaults(name: str, *, version: int | None = None) -> str:
    """The key of a strategy's plan at its defaults, over features whose keys are made up."""
    recipe = Recipe(
        corpus=CORPUS,
        choice=FeatureSettings().as_dict(),
        strategy=name,
        strategy_version=version or strategy(name).version,
        seed=3,
    )
    parameters = plans.parameters_of(recipe)
    features = {need: f"key of {need}" for need in strategy(name).needs(parameters) if need != "target"}
    return plans.plan_key(replace(recipe, parameters=parameters, features=features))


def test_every_strategy_but_structural_keeps_the_keys_of_its_plans() -> None:
    assert {name: key_at_defaults(name) for name in KEYS} == KEYS


@pytest.mark.parametrize(("name", "parameters", "choice", "key"), OF_RECIPES)
def test_recipes_find_the_plans_that_they_made_before(made, name, parameters, choice, key) -> None:
    workspace, corpus = made
    settings = FeatureSettings.of(choice)
    recipe = Recipe(corpus=corpus.id, strategy=name, parameters=parameters, choice=settings.as_dict())
    assert corpus.id == CORPUS
    assert plans.plan_key(plans.completed(recipe, open_recipe(workspace, recipe))) == key


def test_structural_is_another_version_and_makes_plans_of_its_own() -> None:
    assert key_at_defaults("structural", version=1) == STRUCTURAL_1
    assert key_at_defaults("structural") != STRUCTURAL_1


def test_a_recipe_of_an_older_version_says_so_and_gives_the_rows_that_it_names(made, tmp_path: Path) -> None:
    workspace, corpus = made
    # As a page wrote it: structural beside the band from 5 to 60 occurrences took these for its numbers of rows.
    band = {"low": 5.0, "high": 60.0}
    recipe = Recipe(
        corpus=corpus.id, choice=FeatureSettings.of(band).as_dict(), strategy="structural", strategy_version=1,
        parameters={"types": "token n-grams", "shortest": 3, "longest": 4, "low": 5, "high": 60}, size=20,
        features={"tokens": "53792b357cc5a1fb"}, ids_digest="b6fa6f7913c60411", rows=20,
    )  # fmt: skip
    path = tmp_path / "old.recipe.json"
    path.write_bytes(recipe.as_json())
    built = build(workspace, Recipe.read(path))
    assert built.recipe.ids_digest == recipe.ids_digest
    (said,) = built.warnings
    assert "Another version of Structural coverage made this recipe. It gives the same rows now." in said
    assert "mid band" in said
    assert built.recipe.strategy_version == 2
    assert not build(workspace, built.recipe).warnings
    other = build(workspace, replace(recipe, ids_digest="0123456789abcdef"))
    assert len(other.warnings) == 2
    assert "same rows" not in " ".join(other.warnings)
