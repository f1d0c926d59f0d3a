"""Rows in training count, wherever the pool's filters would put them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.features.embedders import CARRIED
from core.features.embedding import embeddings_key
from core.selection.registry import strategies
from core.selection.strategy import Preparation
from core.workbench import plans
from core.workbench.build import build, open_recipe
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from tests.corpora import corpus_of, records

CHOICE = {"component": "response", "low": 2, "high": 60, "embedder": CARRIED}
MICRO = {"low": 2, "high": 60}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    """A corpus with tokens and vectors, and a saved subset that holds every row of one category."""
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), records())
    vectors = np.random.default_rng(2).normal(size=(len(corpus), 12)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    manifest = {"feature": "embeddings", "corpus": corpus.id, "component": "response", "distinct_texts": len(corpus)}
    with workspace.create("features", embeddings_key(corpus.id, "response", CARRIED), manifest) as folder:
        np.save(folder / "embeddings.npy", vectors)
    pool = {"categories": ["poem"]}
    rows = len(open_recipe(workspace, Recipe(corpus=corpus.id, choice=CHOICE, pool=pool)).pool)
    trained = Recipe(corpus=corpus.id, choice=CHOICE, strategy="random", size=rows, pool=pool)
    return workspace, corpus, save(workspace, build(workspace, trained), name="in training")


@pytest.mark.parametrize(
    ("strategy", "parameters"),
    [("micro", MICRO), ("kcenter", {}), ("facility_location", {}), ("log_det", {}), ("novelselect", {})],
)
def test_rows_given_outside_the_pool_cover_as_they_do_inside(made, strategy: str, parameters: dict) -> None:
    workspace, corpus, subset = made
    others = {"categories": ["list", "note"]}
    asked = {"corpus": corpus.id, "choice": CHOICE, "strategy": strategy, "parameters": parameters, "size": 20}
    outside = build(workspace, Recipe(**asked, pool=others, given=subset.key))
    inside = build(workspace, Recipe(**asked, given=subset.key))
    without = build(workspace, Recipe(**asked, pool=others))
    assert np.array_equal(outside.ids, inside.ids)
    assert not np.isin(outside.ids, subset.ids).any()
    assert set(outside.ids.tolist()) != set(without.ids.tolist())


def test_a_subset_of_another_corpus_is_refused(made, tmp_path: Path) -> None:
    workspace, _, subset = made
    _, other = corpus_of(workspace.home, records(60, seed=9), name="other")
    with pytest.raises(InputError, match="of another corpus"):
        build(workspace, Recipe(corpus=other.id, choice=CHOICE, strategy="random", size=5, given=subset.key))


def test_every_strategy_is_prepared_on_the_device_of_this_machine(made, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, corpus, _ = made
    monkeypatch.setattr(plans.device, "pick", lambda: "some-gpu")
    seen: list[str] = []

    def stop(preparation: Preparation) -> None:
        seen.append(preparation.device)
        raise InputError("enough")

    for name in ("kcenter", "novelselect", "facility_location"):
        monkeypatch.setattr(plans, "strategy", lambda name: replace(strategies()[name], prepare=stop))
        with pytest.raises(InputError, match="enough"):
            build(workspace, Recipe(corpus=corpus.id, choice=CHOICE, strategy=name, size=7, seed=99))
    assert seen == ["some-gpu"] * 3


def test_work_of_more_than_seconds_waits_for_a_job(made, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, corpus, _ = made
    recipe = Recipe(corpus=corpus.id, choice=CHOICE, strategy="kcenter", size=7, seed=123)
    corpus_view = open_recipe(workspace, recipe)
    whole = plans.completed(recipe, corpus_view)
    assert not plans.waits(corpus_view, whole)  # a few hundred rows take no time

    long = replace(strategies()["kcenter"], job_from=lambda parameters: len(corpus_view.pool))
    monkeypatch.setattr(plans, "strategy", lambda name: long)
    assert plans.waits(corpus_view, whole)
    build(workspace, recipe)
    assert not plans.waits(corpus_view, whole)  # prepared already
