"""The threshold passport: measured, kept, shown newest first, and carried by the export."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import orjson
import pytest

from core.errors import InputError, WorkspaceError
from core.export.bundle import bundle
from core.export.formats import FORMATS
from core.figures.stability import threshold_curve
from core.progress import silent
from core.workbench.build import build
from core.workbench.inspections.overlap import jaccard
from core.workbench.inspections.passport import entries, keep, record, stamped, withdraw
from core.workbench.inspections.thresholds import Threshold, thresholds_of, with_value
from core.workbench.recipe import Recipe
from tests.corpora import corpus_of, records

BAND = {"low": 2, "high": 60}


@pytest.fixture
def made(tmp_path_factory: pytest.TempPathFactory):
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), records())
    recipe = Recipe(corpus=corpus.id, choice=BAND, strategy="micro", parameters=BAND, size=40, position=0.5)
    return workspace, recipe


def request(recipe: Recipe, **changes: str) -> dict[str, object]:
    told = {"threshold": "high", "who": "Ada", "why": "function words end here"}
    return {"recipe": recipe.as_dict(), **told, **changes}


def test_moving_a_threshold_keeps_it_in_bounds_and_moves_whole_numbers_by_one_at_least() -> None:
    assert Threshold("low", "Low", "strategy", 3, True, 0).moved(1.1) == 4
    assert Threshold("low", "Low", "strategy", 1, True, 1).moved(0.9) == 1
    assert Threshold("high", "High", "strategy", 60, True).moved(0.9) == 54
    assert Threshold("share", "λ", "strategy", 0.95, False, 0, 1).moved(1.1) == 1


def test_the_thresholds_are_the_numbers_of_the_strategy_and_of_the_clusters_it_reads(made) -> None:
    _, recipe = made
    assert {"low", "high"} <= {threshold.name for threshold in thresholds_of(recipe)}
    macro = replace(recipe, strategy="macro", parameters={}, choice={"min_cluster_size": 33})
    (size,) = thresholds_of(macro)
    assert (size.name, size.value, size.where) == ("min_cluster_size", 33, "choice")
    assert with_value(macro, size, 36).choice["min_cluster_size"] == 36


def test_the_sensitivity_is_that_of_the_subsets_built_by_hand(made) -> None:
    workspace, recipe = made
    record(workspace, request(recipe), silent)
    (entry,) = entries(workspace, recipe.corpus)
    base = build(workspace, recipe).ids
    for move in entry.sensitivity:
        by_hand = build(workspace, replace(recipe, parameters={**BAND, "high": move["value"]})).ids
        assert move["jaccard"] == pytest.approx(jaccard(by_hand, base))
    assert [move["value"] for move in entry.sensitivity] == [54, 66]
    assert (entry.who, entry.why, entry.value) == ("Ada", "function words end here", 60)
    assert entry.made_at > 0
    assert len(entry.curve["x"]) == len(entry.curve["y"]) <= 60
    assert entry.curve["y"] == sorted(entry.curve["y"], reverse=True)
    assert threshold_curve(entry.curve, value=60, moves=[54, 66], title="High").data


def test_the_same_statement_is_one_entry_and_another_reason_a_second(made) -> None:
    workspace, recipe = made
    record(workspace, request(recipe), silent)
    record(workspace, request(recipe), silent)
    assert len(entries(workspace, recipe.corpus)) == 1
    record(workspace, request(recipe, why="a second look"), silent)
    result = entries(workspace, recipe.corpus)
    assert [entry.why for entry in result] == ["a second look", "function words end here"]
    withdraw(workspace, result[0])
    assert [entry.why for entry in entries(workspace, recipe.corpus)] == ["function words end here"]
    keep(workspace, result[0])
    assert len(entries(workspace, recipe.corpus)) == 2


def test_an_export_carries_the_newest_entry_of_each_threshold_that_still_has_its_value(made) -> None:
    workspace, recipe = made
    record(workspace, request(recipe), silent)
    record(workspace, request(recipe, why="newer"), silent)
    record(workspace, request(recipe, threshold="low"), silent)
    built = build(workspace, stamped(workspace, recipe))
    assert [line["name"] for line in built.recipe.thresholds] == ["high", "low"]
    assert built.recipe.thresholds[0]["why"] == "newer"
    rows = built.corpus_view.corpus.rows(built.positions)
    made_of = bundle(rows, format=FORMATS["parquet"], recipe=built.recipe.as_json(), stem="it")
    packed = zipfile.ZipFile(io.BytesIO(made_of))
    import pyarrow.parquet as pq

    footer = pq.read_schema(io.BytesIO(packed.read("it.parquet"))).metadata[b"diverscope_recipe"]
    for kept in (footer, packed.read("it.recipe.json")):
        assert Recipe.of(orjson.loads(kept)).thresholds[0]["sensitivity"][0]["share"] == 0.9
    moved = replace(recipe, parameters={"low": 2, "high": 61})
    assert [line["name"] for line in stamped(workspace, moved).thresholds] == ["low"]
    assert stamped(workspace, replace(recipe, choice={**BAND, "component": "instruction"})).thresholds == ()


def test_a_move_that_the_pool_cannot_answer_is_kept_with_the_reason(made) -> None:
    workspace, recipe = made
    frequency = build(workspace, recipe).corpus_view.whole.tokens.frequency
    only = int(frequency[frequency >= 20].min())
    narrow = replace(recipe, parameters={"low": only, "high": only}, size=1)
    record(workspace, request(narrow, threshold="low"), silent)
    (entry,) = entries(workspace, recipe.corpus)
    assert any(move["reason"] for move in entry.sensitivity)


def test_an_unknown_threshold_and_an_endless_reason_are_refused(made) -> None:
    workspace, recipe = made
    with pytest.raises(InputError, match="no threshold 'tau'"):
        record(workspace, request(recipe, threshold="tau"), silent)
    with pytest.raises(InputError, match="2,000 characters"):
        record(workspace, request(recipe, why="x" * 2001), silent)
    assert entries(workspace, recipe.corpus) == []


def test_a_damaged_entry_is_named(made) -> None:
    workspace, recipe = made
    record(workspace, request(recipe), silent)
    (path,) = (workspace.home / "passports" / recipe.corpus).glob("*.json")
    path.write_text("{broken")
    with pytest.raises(WorkspaceError, match=path.name):
        entries(workspace, recipe.corpus)
