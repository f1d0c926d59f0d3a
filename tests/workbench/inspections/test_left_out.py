"""Every row of the corpus is in the subset or left out for a reason, and the reason is true of the row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest

from core.corpus.row_ids import show_id
from core.row_positions import PoolRow
from core.workbench.build import Built, build
from core.workbench.inspections.left_out import dropped_lines, left_out, left_out_of
from core.workbench.inspections.why import why
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workspace import trash
from tests.corpora import corpus_of, records

CHOICE = {"component": "response", "low": 2, "high": 60}
MICRO = {"low": 2, "high": 60}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    rows = [*records(), *({"instruction": f"say {number}", "output": "zzz"} for number in range(5))]
    return corpus_of(tmp_path_factory.mktemp("home"), rows)


def recipes(corpus: Any) -> Iterator[Recipe]:
    base = Recipe(corpus=corpus.id, choice=CHOICE, parameters=MICRO, size=20, position=0.5)
    pool = {"categories": ["poem", "note"], "columns": [{"column": "score", "minimum": 2.0}], "text": "about"}
    yield base
    yield replace(base, pool=pool)
    yield replace(base, position=0.0, size=8)
    yield replace(base, quotas=({"column": "category", "minimum": {}, "maximum": {"poem": 3}},))
    yield replace(base, excluded=tuple(show_id(row) for row in corpus.ids[:9].tolist()))
    yield Recipe(corpus=corpus.id, choice=CHOICE, strategy="random", size=15, seed=3)


def true_of(built: Built, position: int, kind: str, detail: str, covering: str) -> bool:
    """Whether a reason is true of the corpus's row, by looking at that row alone."""
    view, corpus = built.corpus_view, built.corpus_view.corpus
    (record,) = corpus.rows([position])
    if kind == "held_out":
        return bool(record["holdout"])
    if kind == "filtered":
        if detail == "category":
            return record["category"] not in view.spec.categories
        if detail == "score":
            return not record["original"].get("score", -1.0) >= 2.0
        return detail == "text" and "about" not in record["instruction"] + record["response"]
    place = view.pool_position(position)
    assert place is not None
    if kind == "excluded":
        return show_id(record["id"]) in built.recipe.excluded
    if kind == "over_quota":
        kept = [row["category"] for row in corpus.rows(built.positions)]
        return record["category"] == "poem" and kept.count("poem") == 3 and detail == "category"
    reason = why(built, PoolRow(place))
    if kind == "covered":
        by = reason.covered_by
        return by is not None and covering == show_id(view.pool.ids[by])
    if kind == "uncovered":
        return reason.covered_by is None and reason.fact("missing_types") is not None
    if kind == "not_drawn":
        return reason.fact("drawn") is not None
    return kind == "outside" and reason.fact("outside") is not None


@pytest.mark.parametrize("number", range(6))
def test_the_file_of_dropped_rows_holds_every_row_that_the_subset_does_not_with_a_true_reason(
    made, number: int
) -> None:
    workspace, corpus = made
    built = build(workspace, list(recipes(corpus))[number])
    left = left_out(built)
    lines = [orjson.loads(line) for line in dropped_lines(corpus, left).splitlines()]
    kept = {show_id(row) for row in built.ids.tolist()}
    assert [line["id"] for line in lines] == [show_id(row) for row in corpus.ids.tolist() if show_id(row) not in kept]
    assert sum(left.counts.values()) == len(lines) == len(corpus) - len(kept)
    for line in lines:
        position = corpus.position_of(int(line["id"], 16))
        assert true_of(built, position, line["reason"], line.get("detail", ""), line.get("covered_by", "")), line
        first = corpus.rows([position])[0]["positions"][0]
        assert line["at"] == f"{first['file']}:{first['line'] or first['record']}"


def test_a_filter_a_quota_an_exclusion_and_the_plan_each_name_their_rows(made) -> None:
    workspace, corpus = made
    kinds = [{kind for kind, _ in _pairs(left_out(build(workspace, recipe)))} for recipe in recipes(corpus)]
    assert {"held_out", "covered", "outside"} <= kinds[0]
    assert {"filtered", "covered"} <= kinds[1]
    assert "uncovered" in kinds[2]
    assert "over_quota" in kinds[3]
    assert "excluded" in kinds[4]
    assert kinds[5] == {"held_out", "not_drawn"}


def test_rows_in_training_stand_as_such_and_texts_come_when_asked_for(made) -> None:
    workspace, corpus = made
    trained = save(workspace, build(workspace, Recipe(corpus=corpus.id, strategy="random", size=12)), name="trained")
    built = build(workspace, Recipe(corpus=corpus.id, choice=CHOICE, parameters=MICRO, size=10, given=trained.key))
    lines = [orjson.loads(line) for line in dropped_lines(corpus, left_out(built), text=True).splitlines()]
    stand = {line["id"] for line in lines if line["reason"] == "in_training"}
    assert stand == {show_id(row) for row in np.asarray(trained.ids).tolist()}
    assert all(line["response"] for line in lines)
    assert {line["instruction"] for line in lines} <= set(corpus.text("instruction"))


def test_a_saved_subset_keeps_its_reasons_and_says_so_where_they_are_lost(made) -> None:
    workspace, corpus = made
    built = build(workspace, Recipe(corpus=corpus.id, choice=CHOICE, parameters=MICRO, size=10))
    subset = save(workspace, built, name="kept")
    assert left_out_of(workspace, subset).words() == left_out(built).words()
    gone = [trash.discard(workspace, "features", key) for key in workspace.keys("features")]
    lost = left_out_of(workspace, subset)
    for deletion in gone:
        trash.restore(workspace, deletion.stamp)
    assert len(lost) == len(corpus) - 10
    assert "are not known" in lost.note
    assert set(lost.counts) == {"held out", "left out by the strategy"}


def _pairs(left: Any) -> set[tuple[str, str]]:
    return {left.reasons[which] for which in left.which.tolist()}
