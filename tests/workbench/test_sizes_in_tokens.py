"""A size in tokens of whole rows, in minutes or in money: from what is asked to the rows, and back from the recipe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.budgets.profile_store import put_profile
from core.budgets.sizing import sized
from core.budgets.trainer_profile import TrainerProfile
from core.budgets.units import ALL_TOKENS, MINUTES, SUPERVISED
from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.errors import Infeasible, InputError
from core.features.tokens import compute_tokens
from core.workbench.build import Built, build
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workbench.studies.study_file import read_study, study_text
from core.workbench.studies.study_run import run_study, standings
from core.workbench.subsets import default_name, list_subsets
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

CHOICE = {"component": "instruction", "low": 2, "high": 60}
PROFILE = TrainerProfile(name="mine", tokens_a_second=50, price_an_hour=3, currency="EUR", epochs=2, cutoff=40)


def made_in(home: Path) -> tuple[Workspace, Corpus]:
    workspace, corpus = corpus_of(home, records())
    compute_tokens(CorpusText(corpus, "instruction"), "mistral-32k")
    return workspace, corpus


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Corpus]:
    return made_in(tmp_path_factory.mktemp("home"))


def recipe_for(corpus: Corpus, **changes: object) -> Recipe:
    return Recipe(**{"corpus": corpus.id, "choice": CHOICE, "strategy": "length", "size": 900, **changes})


def costs_of(built: Built) -> np.ndarray:
    costs = built.corpus_view.costs(built.recipe.unit, row_cutoff=built.recipe.row_cutoff)
    assert costs is not None
    return costs


def slow_admission(order: list[int], costs: list[int], *, size: int) -> list[int]:
    """The rows of an order that fit into what is left of the size, one after the other."""
    chosen, left = [], size
    for row in order:
        if left > 0 and costs[row] <= left:
            chosen.append(row)
            left -= costs[row]
    return chosen


@pytest.mark.parametrize("unit", [ALL_TOKENS, SUPERVISED])
@pytest.mark.parametrize("cutoff", [0, 30])
@pytest.mark.parametrize("first", ["longest", "shortest"])
def test_a_ranked_strategy_takes_rows_in_its_order_as_long_as_they_fit(
    made: tuple[Workspace, Corpus], unit: str, cutoff: int, first: str
) -> None:
    workspace, corpus = made
    for size in (1, 40, 900, 2_345):
        built = build(
            workspace, recipe_for(corpus, parameters={"first": first}, unit=unit, row_cutoff=cutoff, size=size)
        )
        costs = costs_of(built)
        slow = slow_admission(built.plan.order.tolist(), costs.tolist(), size=size)
        assert built.answer.rows.tolist() == slow
        assert costs[built.answer.rows].sum() <= size


@pytest.mark.parametrize("position", [0.0, 0.5, 1.0])
def test_a_typed_strategy_spends_the_budget_and_no_more(made: tuple[Workspace, Corpus], position: float) -> None:
    workspace, corpus = made
    asked = recipe_for(
        corpus, strategy="micro", parameters={"low": 2, "high": 60}, unit=ALL_TOKENS, size=1_500, position=position
    )
    built = build(workspace, asked)
    assert 1_400 <= costs_of(built)[built.answer.rows].sum() <= 1_500


def test_more_tokens_than_the_pool_has_are_refused(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made
    with pytest.raises(Infeasible, match="tokens can be chosen"):
        build(workspace, recipe_for(corpus, unit=ALL_TOKENS, size=10**7))


def test_a_recipe_in_minutes_gives_the_same_rows_where_nobody_knows_the_profile(
    made: tuple[Workspace, Corpus], tmp_path: Path
) -> None:
    workspace, corpus = made
    put_profile(workspace, PROFILE)
    size = sized(0.5, MINUTES, profile="mine", workspace=workspace)
    built = build(workspace, recipe_for(corpus, **size.as_fields()))
    assert (built.recipe.unit, built.recipe.size, built.recipe.row_cutoff) == (ALL_TOKENS, 750, 40)
    elsewhere, _ = made_in(tmp_path / "elsewhere")
    path = tmp_path / "recipe.json"
    path.write_bytes(built.recipe.as_json())
    again = build(elsewhere, Recipe.read(path))
    assert again.recipe.ids_digest == built.recipe.ids_digest and again.warnings == built.warnings
    assert dict(again.recipe.budget) == {"amount": 0.5, "unit": "minutes", "profile": PROFILE.as_dict()}


def test_where_tokens_came_from_names_no_series_and_no_subset_but_a_cutoff_does(
    made: tuple[Workspace, Corpus],
) -> None:
    workspace, corpus = made
    by_minutes = build(workspace, recipe_for(corpus, **sized(0.5, MINUTES, profile=PROFILE).as_fields()))
    typed = build(workspace, recipe_for(corpus, unit=ALL_TOKENS, size=750, row_cutoff=40))
    assert typed.recipe.series == by_minutes.recipe.series
    assert save(workspace, typed, name="typed").key == save(workspace, by_minutes, name="by minutes").key
    assert recipe_for(corpus, unit=ALL_TOKENS).series != recipe_for(corpus, unit=ALL_TOKENS, row_cutoff=40).series


def test_a_recipe_without_cutoff_and_budget_is_written_as_before(made: tuple[Workspace, Corpus]) -> None:
    recipe = recipe_for(made[1], unit="tokens")
    assert not {"row_cutoff", "budget"} & set(recipe.as_dict())
    assert replace(recipe, row_cutoff=3).as_dict()["row_cutoff"] == 3


def test_a_name_says_what_its_size_counts(made: tuple[Workspace, Corpus]) -> None:
    names = [default_name(recipe_for(made[1], unit=unit)) for unit in ("rows", "tokens", ALL_TOKENS, SUPERVISED)]
    assert [name.partition(" · ")[0] for name in names] == [
        "length instruction 900", "length instruction 900 tokens", "length instruction 900 all tokens",
        "length instruction 900 supervised tokens",
    ]  # fmt: skip


STUDY = """
name = "by time"
strategies = ["length"]
components = ["instruction"]
sizes = [0.5, 1]
unit = "minutes"
profile = "mine"
levels = 2
random = false
"""


def test_a_study_in_minutes_is_carried_out_and_written_in_tokens(
    made: tuple[Workspace, Corpus], tmp_path: Path
) -> None:
    workspace, corpus = made
    put_profile(workspace, PROFILE)
    (tmp_path / "study.toml").write_text(STUDY)
    study = read_study(workspace, tmp_path / "study.toml", corpus=corpus.id)
    assert (study.sizes, study.unit, study.row_cutoff) == ((750, 1500), ALL_TOKENS, 40)
    run_study(workspace, study, lambda *_: None)
    assert [standing.state for standing in standings(workspace, study)] == ["saved"] * 4
    budgets = {subset.recipe.size: subset.recipe.budget["amount"] for subset in list_subsets(workspace)
               if subset.name.startswith("by time")}  # fmt: skip
    assert budgets == {750: 0.5, 1500: 1.0}
    (tmp_path / "again.toml").write_text(study_text(study))
    elsewhere, _ = made_in(tmp_path / "elsewhere")
    again = read_study(elsewhere, tmp_path / "again.toml")
    assert again.key == study.key


def test_a_study_that_names_an_unknown_profile_says_so(made: tuple[Workspace, Corpus], tmp_path: Path) -> None:
    workspace, corpus = made
    (tmp_path / "study.toml").write_text(STUDY.replace('"mine"', '"nobody\'s"'))
    with pytest.raises(InputError, match="no trainer profile"):
        read_study(workspace, tmp_path / "study.toml", corpus=corpus.id)
