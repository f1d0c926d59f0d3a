"""Why a row is out where one value, a draw or tags decide: said with the value and the cut-off."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import get_args

import numpy as np
import orjson
import pytest

from core.corpus.corpus_text import CorpusText
from core.features.own_vectors import attach_vectors
from core.features.tags import store
from core.features.tags.own import attach_tags, read_tags
from core.features.vector_files import read_vectors
from core.selection.reason import Fact, FactKind, Reason
from core.workbench.build import build
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.why import nearest, nearness, rules_on, why
from core.workbench.inspections.why_words import told
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from tests.corpora import WORDS, corpus_of, records

TAGGED = {"tagger": "own", "tag_model": "mine", "tag_min_rows": 1, "tag_synonyms": "none", "tag_support": 0}

OWN = """
from __future__ import annotations

import numpy as np

from core.selection.plan import Reason
from core.selection.ranked_plan import RankedPlan
from core.selection.strategy import Preparation, Strategy


class Lunar(RankedPlan):
    def why(self, row, answer):
        reason = super().why(row, answer)
        own = (("moon", "new"), ("covered by", int(answer.rows[0])))
        return Reason(chosen=reason.chosen, facts=(*reason.facts, *own))


def prepare(preparation: Preparation) -> Lunar:
    rows = len(preparation.view.ids)
    return Lunar(order=np.arange(rows), rows=rows, tail="the rest")


STRATEGY = Strategy(
    name="mine", title="Mine", level="ranked", kind="ranked", summary="s", formula="f", source="an example",
    tail="t", prepare=prepare,
)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), records())
    lines = [
        {"id": f"{int(row):016x}", "tags": sorted(set(text.split()) & set(WORDS))}
        for row, text in zip(corpus.ids, corpus.text("response"))
    ]
    data = b"\n".join(orjson.dumps(line) for line in lines)
    attach_tags(CorpusText(corpus, "response"), read_tags(data, name="tags.jsonl"), label="mine", join="id")
    store.compute_decisions(CorpusText(corpus, "response"), FeatureSettings(**TAGGED).tagging)
    return workspace, Recipe(corpus=corpus.id, choice=TAGGED, size=20)


def left_out(built) -> list[int]:
    rows = sorted(set(range(len(built.corpus_view.pool))) - set(built.answer.rows.tolist()))
    assert built.left_out.tolist() == rows
    return rows


def words(built, row: int) -> dict[str, str]:
    return dict(told(built, why(built, row)))


@pytest.mark.parametrize("first", ["longest", "shortest"])
def test_a_row_out_by_length_is_told_its_length_and_the_last_kept_rows(made, first: str) -> None:
    workspace, recipe = made
    built = build(workspace, replace(recipe, strategy="length", parameters={"first": first}))
    lengths = built.corpus_view.pool.tokens.lengths
    cut = lengths[built.answer.rows].min() if first == "longest" else lengths[built.answer.rows].max()
    for row in left_out(built)[::40]:
        reason = why(built, row)
        assert reason.fact("own_value").values == (lengths[row],)
        assert reason.fact("last_kept_value").values == (cut,)
        assert reason.fact("gain") is None  # it is the same value
        said = words(built, row)
        assert said["decided by"] == "length in tokens alone; ties by row id"
        assert said["length in tokens"] == str(lengths[row])
        assert said["the last kept row has"] == str(cut)


def test_a_row_out_by_a_window_of_a_score_is_told_both_ends(made) -> None:
    workspace, recipe = made
    built = build(workspace, replace(recipe, strategy="score", parameters={"column": "score"}, position=0.5))
    kept = built.corpus_view.pool.column("score")[built.answer.rows]
    row = left_out(built)[0]
    assert why(built, row).fact("kept_values").values == (kept.max(), kept.min())
    said = words(built, row)
    assert said["kept rows go from"] == f"{kept.max():g} to {kept.min():g}"
    assert "score" in said


def test_a_row_out_of_a_random_draw_is_told_that_nothing_else_decided(made) -> None:
    workspace, recipe = made
    built = build(workspace, replace(recipe, strategy="random", seed=5))
    reasons = [why(built, row) for row in left_out(built)]
    assert all(reason.fact("last_draw_place").places == (20,) for reason in reasons)
    places = sorted(reason.fact("draw_place").places for reason in reasons)
    assert places == [(place,) for place in range(21, len(built.corpus_view.pool) + 1)]
    assert words(built, left_out(built)[0])["decided by"] == "a draw with seed 5; nothing about the row itself"


def test_rules_are_named_before_the_value(made) -> None:
    workspace, recipe = made
    plain = replace(recipe, strategy="length")
    best = build(workspace, plain)
    row = f"{int(best.ids[0]):016x}"
    excluded = build(workspace, replace(plain, excluded=(row,)))
    at = int(np.searchsorted(excluded.corpus_view.pool.ids, best.ids[0]))
    assert why(excluded, at).facts[0] == Fact(kind="excluded")
    assert told(excluded, why(excluded, at))[0] == ("kept out by", "a rule: this row is excluded")
    trained = save(workspace, best, name="trained")
    after = build(workspace, replace(plain, given=trained.key))
    at = int(np.searchsorted(after.corpus_view.pool.ids, best.ids[0]))
    assert why(after, at).facts[0] == Fact(kind="in_training")
    assert told(after, why(after, at))[0] == ("kept out by", "it is in training already")
    kinds = best.corpus_view.pool.column("category")
    rule = {"column": "category", "minimum": {}, "maximum": {str(kinds[best.answer.rows[0]]): 0}}
    limited = build(workspace, replace(plain, quotas=(rule,), size=80))
    alike = best.answer.rows[1:][kinds[best.answer.rows[1:]] == kinds[best.answer.rows[0]]]
    assert why(limited, int(alike[0])).fact("passed_over_by_quota")
    assert "a quota kept this one out" in words(limited, int(alike[0]))["passed over"]
    budget = build(workspace, replace(plain, unit="tokens", size=260, strategy="random"))
    over = [why(budget, row).fact("passed_over_by_budget") for row in left_out(budget)]
    assert any(over)


def test_instag_names_the_kept_rows_that_brought_the_tags_of_a_row_left_out(made) -> None:
    workspace, recipe = made
    built = build(workspace, replace(recipe, strategy="instag"))
    tags = built.corpus_view.pool.tags
    row = next(row for row in left_out(built) if tags.matrix[row].nnz > 2)
    fact = why(built, row).fact("bringers")
    expected = []
    for tag in np.sort(tags.matrix[row].indices).tolist():
        bringer = next((kept for kept in built.answer.rows.tolist() if tag in tags.matrix[kept].indices), None)
        if bringer is not None:
            expected.append((tags.names[tag], bringer))
    assert list(zip(fact.types, fact.rows, strict=True)) == expected
    assert expected
    said = words(built, row)["its tags, and the kept row that brought each"]
    kind, bringer = expected[0]
    assert said.startswith(f"{kind} (row {int(built.corpus_view.pool.ids[bringer]):016x})")


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
    assert reason.facts[0] == Fact(kind="pinned")


def test_rules_on_rows_are_those_of_the_recipe_row_by_row(made) -> None:
    workspace, recipe = made
    trained = save(workspace, build(workspace, replace(recipe, strategy="length")), name="trained too")
    plainly = replace(recipe, strategy="random", given=trained.key)
    ids = [f"{int(row):016x}" for row in build(workspace, plainly).corpus_view.pool.ids]
    given = {f"{int(row):016x}" for row in trained.ids}
    free = [row for row in ids if row not in given]
    ruled = replace(plainly, pinned=(free[3], free[9]), excluded=(free[5], "f" * 16))
    built = build(workspace, ruled)
    expected = [
        "pinned" if row in ruled.pinned else "excluded" if row in ruled.excluded else "in_training" if row in given
        else None for row in ids
    ]  # fmt: skip
    assert rules_on(built, built.corpus_view.pool_rows) == expected


def test_every_kind_of_fact_has_words(made) -> None:
    workspace, recipe = made
    built = build(workspace, replace(recipe, strategy="random"))
    row = int(built.answer.rows[0])
    for kind in get_args(FactKind):
        values = (0.5, 2.0, 0.25, 0.4) if kind == "factor" else (2.0,)
        fact = Fact(kind=kind, places=(1,), values=values, rows=(row,), types=("a",), text="called so", other=3)
        ((heading, value),) = told(built, Reason(chosen=True, facts=[fact]))
        assert heading and value
        assert (heading == "called so") == (kind in ("types", "own_value", "other", "factor"))


def test_facts_that_a_strategy_of_ones_own_gives_as_pairs_are_drawn_as_they_stand(made) -> None:
    workspace, recipe = made
    built = build(workspace, replace(recipe, strategy="random"))
    row = int(built.answer.rows[0])
    pairs = (("my score", 0.123456), ("its words", ["b", "a"]), ("none of them", []), ("covered by", row), ("note", 7))
    reason = Reason(chosen=False, facts=(*pairs, Fact(kind="rank", places=(1200,))))
    assert reason.covered_by == row
    assert told(built, reason) == [
        ("my score", "0.123"),
        ("its words", "b, a"),
        ("none of them", "none"),
        ("covered by", f"row {int(built.ids[0]):016x}"),
        ("note", "7"),
        ("rank", "1,200"),
    ]
    assert nearest(built, row) is None  # the rows are not embedded


def test_a_plan_of_a_users_own_may_still_say_why_in_pairs(made, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    monkeypatch.setenv("DIVERSCOPE_STRATEGIES", str(tmp_path))
    workspace, recipe = made
    built = build(workspace, replace(recipe, strategy="mine"))
    row = left_out(built)[0]
    said = told(built, why(built, row))
    assert ("moon", "new") in said and ("covered by", f"row {int(built.ids[0]):016x}") in said
    assert said[0] == ("place in the order", str(row + 1))
    assert why(built, row).covered_by == built.answer.rows[0]


def test_the_nearest_kept_row_is_found_in_the_vectors_that_the_plan_read(tmp_path) -> None:
    workspace, corpus = corpus_of(tmp_path, records(60))
    spread = np.r_[9.0, 3.0, np.ones(4), 0.4, 0.3]  # the last directions hardly count before whitening
    given = np.random.default_rng(0).normal(size=(60, 8)) * spread + 4.0
    data = io.BytesIO()
    np.save(data, given.astype(np.float32))
    attach_vectors(workspace, corpus, "response", read_vectors(data.getvalue(), name="v.npy"), label="mine")
    recipe = Recipe(corpus=corpus.id, choice={"embedder": "own:mine"}, size=20, strategy="kcenter")
    plain = build(workspace, recipe)
    built = build(workspace, replace(recipe, parameters={"whiten": True}))
    vectors = np.asarray(built.corpus_view.pool.embeddings, dtype=np.float64)
    change = np.linalg.inv(np.linalg.cholesky(np.cov(vectors.T))).T  # any whitening: they differ by a rotation
    other = (vectors - vectors.mean(axis=0)) @ change
    other /= np.linalg.norm(other, axis=1, keepdims=True)

    def slow(rows: np.ndarray, row: int, among: np.ndarray) -> tuple[int, float]:
        return min(((int(kept), 1 - rows[row] @ rows[kept]) for kept in among if kept != row), key=lambda at: at[1])

    moved = 0
    for row in range(len(vectors)):
        place, distance = nearest(built, row)
        expected, apart = slow(other, row, built.answer.rows)
        assert (place, distance) == (expected, pytest.approx(apart, abs=1e-4))
        moved += expected != slow(vectors, row, built.answer.rows)[0]
        assert nearest(plain, row)[0] == slow(vectors, row, plain.answer.rows)[0]
    assert moved > 10 and nearness(built) == "cosine distance of the whitened vectors"
    assert nearness(plain) == "cosine distance"
