"""How strategies stand to a corpus and how long each takes: what is lacking, what is missing, and the time here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.features.languages.columns import compute_languages
from core.jobs import durations, job_names
from core.selection.registry import strategies, strategy
from core.workbench import plans
from core.workbench.build import open_recipe, prepared
from core.workbench.recipe import Recipe
from core.workbench.strategy_offers import STANDINGS, columns_give, computing_seconds, lacks, strategy_offers
from core.workbench.strategy_time import amount_of_work, kind_of_work, preparing_seconds
from core.workbench.tasks.time_left import expected_seconds
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, corpus_with_every_feature, records

BARE = ("instruction", "input", "output")


TOWARD = {"tsds", "gio", "gip", "rds", "less"}


def recipe_of(corpus: str, **more: object) -> Recipe:
    return Recipe(corpus=corpus, **more)  # type: ignore[arg-type]


def test_every_strategy_says_what_it_cannot_do_without() -> None:
    lacking = {name: lacks(known) for name, known in strategies().items() if lacks(known)}
    assert lacking == {
        "balanced": ["categories"], "b2nerd": ["categories"], "car": ["scores"], "mods": ["scores"],
        "qdit": ["scores"], "score": ["scores"], "bids": ["scores"], "tsds": ["examples"], "gio": ["examples"],
        "gip": ["examples"], "rds": ["examples"], "less": ["examples"],
        "select2reason": ["scores"],
    }  # fmt: skip


def test_a_bare_corpus_lacks_columns_and_a_full_one_has_everything(tmp_path: Path) -> None:
    workspace, bare = corpus_of(tmp_path / "bare", [{key: row[key] for key in BARE} for row in records()])
    offers = strategy_offers(open_recipe(workspace, recipe_of(bare.id)), size=20)
    stand = {offer.strategy.name: offer.standing for offer in offers}
    assert (stand["score"], stand["b2nerd"], stand["tsds"]) == ("scores", "categories", "examples")
    assert (stand["micro"], stand["kcenter"]) == ("now", "soon")
    assert [list(STANDINGS).index(offer.standing) for offer in offers] == sorted(
        list(STANDINGS).index(offer.standing) for offer in offers
    )
    compute_languages(bare)  # what is told of the rows' writing is no category
    assert columns_give(bare) == []

    workspace, corpus, choice = corpus_with_every_feature(tmp_path / "full")
    view = open_recipe(workspace, recipe_of(corpus.id, choice=choice.as_dict()))
    stand = {offer.strategy.name: offer.standing for offer in strategy_offers(view, size=20)}
    assert {name for name, standing in stand.items() if standing == "examples"} == TOWARD
    assert {standing for name, standing in stand.items() if name not in TOWARD} == {"now"}
    assert set(columns_give(corpus)) == {"scores", "categories"}


def test_tags_of_an_endpoint_are_no_computation(tmp_path: Path) -> None:
    workspace, corpus = corpus_of(tmp_path, records())
    view = open_recipe(workspace, recipe_of(corpus.id, choice={"tagger": "endpoint"}))
    stand = {offer.strategy.name: offer.standing for offer in strategy_offers(view, size=20)}
    assert (stand["meso"], stand["instag"]) == ("model", "model")


def test_what_is_missing_is_timed_once_with_what_its_job_does_first(tmp_path: Path) -> None:
    workspace, corpus = corpus_of(tmp_path, records())
    view = open_recipe(workspace, recipe_of(corpus.id))
    both = computing_seconds(view, [("response", "embeddings"), ("response", "clusters")])
    assert both == computing_seconds(view, [("response", "clusters")])
    embedding = computing_seconds(view, [("response", "embeddings")])
    assert both is not None and embedding is not None and both > embedding > 0
    (macro,) = [offer for offer in strategy_offers(view, size=20) if offer.strategy.name == "macro"]
    assert macro.seconds == both
    (joined,) = [offer for offer in strategy_offers(view, size=20) if offer.strategy.name == "joined"]
    assert joined.missing == (("instruction", "clusters"),)


def test_less_is_ordered_in_less_time_and_strategies_that_do_not_stop_take_the_pool() -> None:
    def amount(name: str, rows: int, ordered: int | None) -> int:
        chosen = strategy(name)
        parameters = {parameter.name: parameter.default for parameter in chosen.parameters}
        return amount_of_work(chosen, parameters, rows=rows, ordered=ordered)

    assert amount("kcenter", 117_000, None) == 117_000
    assert amount("kcenter", 117_000, 1_000) == 11_700
    assert amount("kcenter", 5_000, None) == 2_500
    assert amount("facility_location", 117_000, 1_000) == 117_000
    assert amount("micro", 117_000, None) == 117_000


@pytest.mark.parametrize(
    ("name", "rows", "seconds"),
    # Measured on 2 cores beside other work (processor time): the whole order, of 20,000 rows 10,000 of it.
    [("kcenter", 5_000, 2.4), ("kcenter", 20_000, 28.9), ("novelselect", 5_000, 9.9), ("novelselect", 20_000, 78.8),
     ("log_det", 20_000, 20.3), ("composite", 20_000, 27.4), ("facility_location", 20_000, 4.4), ("gio", 20_000, 55.5),
     ("daar", 20_000, 28.4), ("core_set", 20_000, 11.8), ("car", 20_000, 14.0), ("tsds", 20_000, 12.5)],
)  # fmt: skip
def test_shipped_times_are_within_a_factor_of_two_of_what_was_measured(
    workspace: Workspace, name: str, rows: int, seconds: float
) -> None:
    chosen = strategy(name)
    parameters = {parameter.name: parameter.default for parameter in chosen.parameters}
    told = preparing_seconds(workspace, chosen, parameters, rows=rows)
    assert told is not None
    assert 0.5 < told / seconds < 2


def test_every_strategy_whose_preparing_is_a_job_has_a_shipped_time() -> None:
    for name, chosen in strategies().items():
        values = {parameter.name: parameter.default for parameter in chosen.parameters}
        if chosen.job_from(values) < 1_000_000:
            assert kind_of_work(name) in durations.USUAL, name


def test_a_run_here_counts_and_going_on_from_a_part_does_not(tmp_path: Path) -> None:
    workspace, corpus, choice = corpus_with_every_feature(tmp_path)
    recipe = recipe_of(corpus.id, choice=choice.as_dict(), strategy="novelselect", size=20)
    view = open_recipe(workspace, recipe)
    durations.record(workspace, kind_of_work("novelselect"), rows=1_000, seconds=40.0)
    told = preparing_seconds(workspace, strategy("novelselect"), {"prefix": 10_000}, rows=10_000, ordered=1_000)
    assert told == pytest.approx(40.0)
    job = expected_seconds(workspace, job_names.PREPARE, {"recipe": replace(recipe, size=20).as_dict()})
    assert job is not None and 0 < job < 40
    prepared(view, recipe)
    assert plans.load_plan(workspace, plans.completed(recipe, view)) is not None
