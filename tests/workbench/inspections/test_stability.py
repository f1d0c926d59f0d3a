"""Stability: what seeds, clusterings and the slider do to a choice, and what chance would."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import Cancelled
from core.figures.stability import agreement_strips, along_slider
from core.progress import silent
from core.workbench.build import build
from core.workbench.inspections.overlap import chance_jaccard, jaccard, prepare_all
from core.workbench.inspections.stability import agreement, measure_stability
from core.workbench.recipe import Recipe
from tests.corpora import corpus_of, records

BAND = {"low": 2, "high": 60}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), records())
    recipe = Recipe(corpus=corpus.id, choice=BAND, strategy="micro", parameters=BAND, size=40, position=0.5)
    return workspace, recipe


def test_agreement_counts_every_pair_once() -> None:
    sets = [np.array(ids, np.uint64) for ids in ([1, 2, 3], [2, 3, 4], [3, 9])]
    result = agreement(sets)
    assert result["pairs"] == pytest.approx([2 / 4, 1 / 4, 1 / 4])
    assert result["mean"] == pytest.approx(1 / 3)
    assert (result["least"], result["most"], result["in_all"]) == (0.25, 0.5, 1)
    assert agreement(sets[:1])["mean"] is None


def test_a_random_draw_agrees_with_its_reseeds_as_chance_says(made) -> None:
    workspace, recipe = made
    asked = replace(recipe, strategy="random", parameters={}, size=80)
    result = measure_stability(workspace, {"recipe": asked.as_dict(), "seeds": 6}, silent)
    assert result["chance"] == pytest.approx(chance_jaccard(80, result["pool"]))
    assert result["seeds"]["mean"] == pytest.approx(result["chance"], abs=0.08)
    assert result["neighbours"] == []  # the slider is fixed


def test_the_answers_are_those_of_the_recipes_built_one_by_one(made) -> None:
    workspace, recipe = made
    request = {"recipe": recipe.as_dict(), "seeds": 3, "clusterings": 2, "positions": [0, 0.5, 1]}
    result = measure_stability(workspace, request, silent)
    assert result["clusterings"] is None  # the strategy reads no clusters
    at = {place: build(workspace, replace(recipe, position=place)).ids for place in (0.0, 0.5, 1.0)}
    assert [step["jaccard"] for step in result["neighbours"]] == pytest.approx(
        [jaccard(at[0.0], at[0.5]), jaccard(at[0.5], at[1.0])]
    )
    assert [single["jaccard"] for single in result["to_this"]][1] == 1.0
    seeds = [build(workspace, replace(recipe, seed=seed)).ids for seed in range(3)]
    assert result["seeds"]["pairs"][0] == pytest.approx(jaccard(seeds[0], seeds[1]))
    assert agreement_strips({"seeds": result["seeds"]["pairs"]}, chance=result["chance"]).data
    assert along_slider(result["neighbours"], result["to_this"], position=0.5, chance=0.1, colour="#000000").data


def test_a_cancelled_job_stops_and_a_second_one_answers(made) -> None:
    workspace, recipe = made

    def stop(done: float, total: float, note: str = "") -> None:
        if done >= 2:
            raise Cancelled

    request = {"recipe": recipe.as_dict(), "seeds": 4, "positions": [0, 1]}
    with pytest.raises(Cancelled):
        measure_stability(workspace, request, stop)
    assert measure_stability(workspace, request, silent)["seeds"]["pairs"]


def test_preparing_several_strategies_keeps_what_works_and_names_what_does_not(made) -> None:
    workspace, recipe = made
    other = replace(recipe, strategy="macro", parameters={})
    result = prepare_all(workspace, {"recipes": [recipe.as_dict(), other.as_dict()]}, silent)
    assert len(result["artefacts"]) == 1
    assert "clusters" in result["refused"]["macro"]
