"""Why a row is out where one value, a draw or tags decide: said with the value and the cut-off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import orjson
import pytest

from core.features.tags import store
from core.features.tags.own import attach_tags, read_tags
from core.workbench.build import build
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.why import why
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from tests.corpora import WORDS, corpus_of, records

TAGGED = {"tagger": "own", "tag_model": "mine", "tag_min_rows": 1, "tag_synonyms": "none", "tag_support": 0}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), records())
    lines = [
        {"id": f"{int(row):016x}", "tags": sorted(set(text.split()) & set(WORDS))}
        for row, text in zip(corpus.ids, corpus.text("response"))
    ]
    data = b"\n".join(orjson.dumps(line) for line in lines)
    attach_tags(workspace, corpus, "response", read_tags(data, name="tags.jsonl"), label="mine", join="id")
    store.compute_decisions(workspace, corpus, "response", FeatureSettings(**TAGGED).tagging)
    return workspace, Recipe(corpus=corpus.id, choice=TAGGED, size=20)


def left_out(built) -> list[int]:
    return sorted(set(range(len(built.corpus_view.pool))) - set(built.answer.rows.tolist()))


@pytest.mark.parametrize("first", ["longest", "shortest"])
def test_a_row_out_by_length_is_told_its_length_and_the_last_kept_rows(made, first: str) -> None:
    workspace, recipe = made
    built = build(workspace, replace(recipe, strategy="length", parameters={"first": first}))
    lengths = built.corpus_view.pool.tokens.lengths
    cut = lengths[built.answer.rows].min() if first == "longest" else lengths[built.answer.rows].max()
    for row in left_out(built)[::40]:
        facts = dict(why(built, row).facts)
        assert facts["decided by"].startswith("length in tokens alone")
        assert facts["length in tokens"] == str(lengths[row])
        assert facts["the last kept row has"] == str(cut)


def test_a_row_out_by_a_window_of_a_score_is_told_both_ends(made) -> None:
    workspace, recipe = made
    built = build(workspace, replace(recipe, strategy="score", parameters={"column": "score"}, position=0.5))
    kept = built.corpus_view.pool.column("score")[built.answer.rows]
    facts = dict(why(built, left_out(built)[0]).facts)
    assert facts["kept rows go from"] == f"{kept.max():g} to {kept.min():g}"
    assert "score" in facts


def test_a_row_out_of_a_random_draw_is_told_that_nothing_else_decided(made) -> None:
    workspace, recipe = made
    built = build(workspace, replace(recipe, strategy="random", seed=5))
    ranks = [dict(why(built, row).facts) for row in left_out(built)]
    assert all(facts["place of the last kept row"] == 20 for facts in ranks)
    assert sorted(facts["its place in the draw"] for facts in ranks) == list(range(21, len(built.corpus_view.pool) + 1))
    assert "seed 5" in ranks[0]["decided by"]


def test_rules_are_named_before_the_value(made) -> None:
    workspace, recipe = made
    plain = replace(recipe, strategy="length")
    best = build(workspace, plain)
    row = f"{int(best.ids[0]):016x}"
    excluded = build(workspace, replace(plain, excluded=(row,)))
    at = int(np.searchsorted(excluded.corpus_view.pool.ids, best.ids[0]))
    assert why(excluded, at).facts[0] == ("kept out by", "a rule: this row is excluded")
    trained = save(workspace, best, name="trained")
    after = build(workspace, replace(plain, given=trained.key))
    at = int(np.searchsorted(after.corpus_view.pool.ids, best.ids[0]))
    assert why(after, at).facts[0] == ("kept out by", "it is in training already")
    kinds = best.corpus_view.pool.column("category")
    rule = {"column": "category", "minimum": {}, "maximum": {str(kinds[best.answer.rows[0]]): 0}}
    limited = build(workspace, replace(plain, quotas=(rule,), size=80))
    facts = dict(
        why(limited, int(best.answer.rows[1:][kinds[best.answer.rows[1:]] == kinds[best.answer.rows[0]]][0])).facts
    )
    assert "a quota" in facts["passed over"]


def test_instag_names_the_kept_rows_that_brought_the_tags_of_a_row_left_out(made) -> None:
    workspace, recipe = made
    built = build(workspace, replace(recipe, strategy="instag"))
    tags = built.corpus_view.pool.tags
    row = next(row for row in left_out(built) if tags.matrix[row].nnz > 2)
    facts = dict(why(built, row).facts)
    told = facts["its tags, and the kept row that brought each"]
    expected = []
    for tag in np.sort(tags.matrix[row].indices).tolist():
        bringer = next((kept for kept in built.answer.rows.tolist() if tag in tags.matrix[kept].indices), None)
        if bringer is not None:
            expected.append(f"{tags.names[tag]} (row {int(built.corpus_view.pool.ids[bringer]):016x})")
    assert told == expected
    assert told


def test_a_row_that_is_in_is_told_what_the_plan_says(made) -> None:
    workspace, recipe = made
    built = build(workspace, replace(recipe, strategy="length"))
    row = int(built.answer.rows[0])
    assert why(built, row) == built.plan.why(row, built.answer)


@pytest.mark.parametrize("strategy", ["micro", "random"])
def test_a_pinned_row_is_told_first_that_it_was_pinned(made, strategy: str) -> None:
    workspace, recipe = made
    plainly = replace(recipe, strategy=strategy, choice={**TAGGED, "low": 2, "high": 60})
    row = left_out(build(workspace, plainly))[0]
    pinned = f"{int(build(workspace, plainly).corpus_view.pool.ids[row]):016x}"
    reason = why(build(workspace, replace(plainly, pinned=(pinned,))), row)
    assert reason.chosen
    assert reason.facts[0][0] == "pinned by you"
