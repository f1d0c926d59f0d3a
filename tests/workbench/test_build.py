"""From a recipe to its rows: the same everywhere, explained when it cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.budgets.sizing import default_size
from core.errors import FeatureMissing, Infeasible, InputError
from core.workbench.build import build
from core.workbench.recipe import Recipe
from core.workbench.saving import build_series, save
from core.workbench.subsets import default_name, levels, list_subsets, open_subset, rename, series_name
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

CHOICE = {"component": "response", "low": 2, "high": 60}
MICRO = {"strategy": "micro", "parameters": {"low": 2, "high": 60}}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    return corpus_of(tmp_path_factory.mktemp("home"), records())


def recipe_for(corpus_id: str, **changes) -> Recipe:
    return Recipe(**{"corpus": corpus_id, "choice": CHOICE, "size": 30, "position": 0.5, **MICRO, **changes})


def test_a_recipe_gives_the_same_ids_again_from_its_file(made, tmp_path: Path) -> None:
    workspace, corpus = made
    first = build(workspace, recipe_for(corpus.id))
    path = tmp_path / "recipe.json"
    path.write_bytes(first.recipe.as_json())
    again = build(workspace, Recipe.read(path))
    assert np.array_equal(first.ids, again.ids)
    assert not again.warnings
    assert again.recipe.ids_digest == first.recipe.ids_digest


def test_the_order_of_the_upload_does_not_matter(made, tmp_path: Path) -> None:
    workspace, corpus = made
    _, shuffled = corpus_of(tmp_path, list(reversed(records())))
    assert shuffled.id == corpus.id
    ours = build(workspace, recipe_for(corpus.id))
    theirs = build(shuffled.workspace, recipe_for(shuffled.id))
    assert np.array_equal(ours.ids, theirs.ids)


def test_a_rebuild_that_differs_says_so(made) -> None:
    workspace, corpus = made
    built = build(workspace, replace(recipe_for(corpus.id), ids_digest="0123456789abcdef"))
    assert any("other rows" in warning for warning in built.warnings)


def test_a_digest_of_any_length_is_told_in_short(made) -> None:
    workspace, corpus = made
    (warning,) = build(workspace, replace(recipe_for(corpus.id), ids_digest="x" * 100_000)).warnings
    assert "other rows" in warning and len(warning) < 300


def test_no_subset_holds_a_holdout_row(made) -> None:
    workspace, corpus = made
    built = build(workspace, recipe_for(corpus.id, strategy="random", parameters={}, size=235))
    assert not np.isin(built.ids, corpus.ids[corpus.holdout]).any()


def test_more_rows_than_the_pool_holds_is_explained_with_numbers(made) -> None:
    workspace, corpus = made
    with pytest.raises(Infeasible, match=r"\d"):
        build(workspace, recipe_for(corpus.id, size=10_000))


def test_a_missing_feature_is_named(made) -> None:
    workspace, corpus = made
    with pytest.raises(FeatureMissing, match="clusters"):
        build(workspace, recipe_for(corpus.id, strategy="macro", parameters={}))


def test_an_unknown_strategy_knob_or_column_is_refused(made) -> None:
    workspace, corpus = made
    with pytest.raises(InputError, match="no strategy"):
        build(workspace, recipe_for(corpus.id, strategy="nonsense"))
    with pytest.raises(InputError, match="no parameter"):
        build(workspace, recipe_for(corpus.id, parameters={"nonsense": 1}))
    with pytest.raises(InputError, match="column"):
        build(workspace, recipe_for(corpus.id, strategy="balanced", parameters={"column": "nonsense"}))


def test_pins_exclusions_and_quotas_are_kept(made) -> None:
    workspace, corpus = made
    free = build(workspace, recipe_for(corpus.id))
    pool_ids = [f"{int(row):016x}" for row in free.corpus_view.pool.ids]
    kept = {f"{int(row):016x}" for row in free.ids}
    pin = next(row for row in pool_ids if row not in kept)
    ban = next(iter(sorted(kept)))
    rule = {"column": "category", "minimum": {"poem": 12}, "maximum": {"note": 5}}
    built = build(workspace, recipe_for(corpus.id, pinned=(pin,), excluded=(ban,), quotas=(rule,)))
    ids = {f"{int(row):016x}" for row in built.ids}
    assert pin in ids
    assert ban not in ids
    assert len(ids) == 30
    labels = list(built.corpus_view.pool.column("category")[built.answer.rows])
    assert labels.count("poem") >= 12
    assert labels.count("note") <= 5


def test_a_token_budget_is_not_exceeded(made) -> None:
    workspace, corpus = made
    built = build(workspace, recipe_for(corpus.id, size=600, unit="tokens"))
    spent = int(built.corpus_view.pool.tokens.lengths[built.answer.rows].sum())
    assert 0.9 * 600 <= spent <= 600


def test_rows_in_training_are_never_chosen_again(made) -> None:
    workspace, corpus = made
    first = save(workspace, build(workspace, recipe_for(corpus.id)), name="in training")
    more = build(workspace, recipe_for(corpus.id, given=first.key))
    assert not np.isin(more.ids, np.asarray(first.ids)).any()


def test_a_series_has_the_papers_levels_and_one_series_digest(made) -> None:
    workspace, corpus = made
    saved = build_series(workspace, recipe_for(corpus.id, size=40), name="levels")
    assert [round(100 * subset.recipe.position, 1) for subset in saved] == [0, 16.7, 33.3, 50, 66.7, 83.3, 100]
    assert len({subset.recipe.series for subset in saved}) == 1
    assert {subset.rows for subset in saved} == {40}
    assert {subset.key for subset in saved} <= {subset.key for subset in list_subsets(workspace, corpus.id)}


def test_a_saved_subset_can_be_renamed_and_keeps_its_ids(made) -> None:
    workspace, corpus = made
    built = build(workspace, recipe_for(corpus.id, size=25))
    kept = save(workspace, built, name="one name")
    rename(workspace, kept.key, "another name")
    subset = open_subset(workspace, kept.key)
    assert subset.name == "another name"
    assert np.array_equal(np.asarray(subset.ids), built.ids)


def test_a_plan_is_stored_and_found_again(made) -> None:
    workspace, corpus = made
    recipe = recipe_for(corpus.id, seed=11)
    before = set(workspace.keys("plans"))
    first = build(workspace, recipe)
    (added,) = set(workspace.keys("plans")) - before
    again = build(Workspace(workspace.home), replace(recipe, position=0.5))
    assert set(workspace.keys("plans")) - before == {added}
    assert np.array_equal(first.ids, again.ids)


def test_default_sizes_and_levels() -> None:
    assert default_size(2_000_000) == 10_000
    assert default_size(55) == 5
    assert default_size(3) == 1
    assert levels(1) == [1.0]
    assert levels(3) == [0.0, 0.5, 1.0]


def test_a_name_that_nobody_gave_says_the_rules() -> None:
    recipe = Recipe(corpus="c", size=500, position=0.2, pinned=("1",), quotas=({"column": "category"},))
    assert default_name(recipe) == "micro response 500 · 20 % · 1 pinned · quota category"
    assert series_name(recipe) == "micro response 500 · 1 pinned · quota category"
