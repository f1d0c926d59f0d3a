"""Which numbers count as thresholds, how they move from zero, and the curve each of them cuts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import orjson
import pytest

from core.corpus.corpus_text import CorpusText
from core.features.own_vectors import attach_vectors
from core.features.tags import store
from core.features.tags.own import attach_tags, read_tags
from core.features.vector_files import VectorFile
from core.figures.stability import threshold_curve
from core.progress import silent
from core.selection.registry import strategies
from core.selection.whitening import whitening
from core.workbench.build import build, open_recipe
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections import passport
from core.workbench.inspections.overlap import jaccard
from core.workbench.inspections.passport import entries, record
from core.workbench.inspections.threshold_curves import curve_of
from core.workbench.inspections.thresholds import span_of, thresholds_of, with_value
from core.workbench.recipe import Recipe
from tests.corpora import WORDS, corpus_of, records

TAGGED = {"tagger": "own", "tag_model": "mine", "tag_min_rows": 12, "tag_synonyms": "none", "tag_support": 20}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    rows = records()
    for number, row in enumerate(rows):
        row["reward"] = float(number % 41 - 20) / 10  # around zero
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), rows)
    vectors = np.random.default_rng(3).normal(size=(len(corpus), 12)).astype(np.float32)
    attach_vectors(corpus.workspace, corpus, "response", _file(vectors, corpus.ids), label="mine", join="id")
    lines = [
        {"id": f"{int(row):016x}", "tags": sorted(set(text.split()) & set(WORDS))}
        for row, text in zip(corpus.ids, corpus.text("response"))
    ]
    data = b"\n".join(orjson.dumps(line) for line in lines)
    attach_tags(CorpusText(corpus, "response"), read_tags(data, name="tags.jsonl"), label="mine", join="id")
    choice = FeatureSettings(**TAGGED)
    store.compute_decisions(CorpusText(corpus, "response"), choice.tagging)
    return workspace, Recipe(corpus=corpus.id, choice={**TAGGED, "embedder": "own:mine"}, size=30, position=0.5)


def _file(vectors, ids) -> VectorFile:
    return VectorFile(vectors=vectors, ids=[f"{int(row):016x}" for row in ids], broken=np.empty(0, dtype=np.int64))


def meso(made) -> Recipe:
    return replace(made[1], strategy="meso")


def mods(made, threshold: float = 0.0) -> Recipe:
    return replace(made[1], strategy="mods", position=1.0, parameters={"quality": "reward", "threshold": threshold})


def named(recipe: Recipe) -> dict:
    return {threshold.name: threshold for threshold in thresholds_of(recipe)}


def moved(made, recipe: Recipe, name: str):
    workspace, _ = made
    record(workspace, {"recipe": recipe.as_dict(), "threshold": name, "who": "Ada", "why": name}, silent)
    return next(entry for entry in entries(workspace, recipe.corpus) if entry.why == name)


def test_tags_are_merged_anew_for_the_moved_value(made) -> None:
    workspace, _ = made
    recipe = meso(made)
    entry = moved(made, recipe, "tag_min_rows")
    base = build(workspace, recipe).ids
    assert [move["value"] for move in entry.sensitivity] == [11, 13]
    for move in entry.sensitivity:
        assert not move["reason"]
        by_hand = build(workspace, with_value(recipe, named(recipe)["tag_min_rows"], move["value"])).ids
        assert move["jaccard"] == pytest.approx(jaccard(by_hand, base))


@pytest.mark.parametrize("name", ["tag_support", "tag_confidence"])
def test_the_rule_that_joins_tags_is_a_threshold_too(made, name: str) -> None:
    entry = moved(made, meso(made), name)
    assert all(
        move["jaccard"] is not None or move["reason"] == "the threshold is at its bound" for move in entry.sensitivity
    )
    assert entry.curve["x"]


def test_the_tags_kept_are_those_of_the_decisions_at_each_number_of_rows(made) -> None:
    workspace, _ = made
    recipe = meso(made)
    corpus_view = open_recipe(workspace, recipe)
    curve = curve_of(corpus_view, recipe, named(recipe)["tag_min_rows"])
    for needed, kept in list(zip(curve["x"], curve["y"]))[::5]:
        choice = FeatureSettings.of({**recipe.choice, "tag_min_rows": int(needed), "tag_support": 0})
        decisions = store.compute_decisions(CorpusText(corpus_view.corpus, "response"), choice.tagging)
        raw = store.load_tags(CorpusText(corpus_view.corpus, "response"), choice.tagging)
        assert len(decisions.shown(raw.names)) == kept


def test_distance_of_tags_is_offered_only_where_tags_merge_by_it(made) -> None:
    recipe = meso(made)
    assert "tag_eps" not in named(recipe)
    assert "tag_eps" in named(replace(recipe, choice={**recipe.choice, "tag_synonyms": "dbscan"}))
    assert not {"tag_support", "tag_confidence"} & set(
        named(replace(recipe, choice={**recipe.choice, "tag_support": 0}))
    )


def test_a_threshold_at_zero_moves_by_a_tenth_of_its_columns_middle_half(made) -> None:
    workspace, _ = made
    recipe = mods(made)
    corpus_view = open_recipe(workspace, recipe)
    low, high = np.quantile(corpus_view.pool.column("reward"), (0.25, 0.75))
    entry = moved(made, recipe, "threshold")
    assert [move["value"] for move in entry.sensitivity] == pytest.approx([-(high - low) / 10, (high - low) / 10])
    assert all("interquartile" in move["by"] and not move["reason"] for move in entry.sensitivity)
    assert entry.sensitivity[1]["jaccard"] < 1


def test_a_threshold_at_zero_with_a_range_moves_by_a_tenth_of_the_range(made) -> None:
    workspace, recipe = made
    asked = replace(recipe, strategy="micro", parameters={"low": 2, "high": 60, "gamma": 0})
    gamma = named(asked)["gamma"]
    assert span_of(open_recipe(workspace, asked), gamma) == (2.0, "its range")
    entry = moved(made, asked, "gamma")
    down, up = entry.sensitivity
    assert down["reason"] == "the threshold is at its bound"  # 0 is the least there is
    assert up["value"] == pytest.approx(0.2)
    assert up["jaccard"] is not None


def test_numbers_that_let_nothing_in_or_out_are_no_thresholds() -> None:
    for name in strategies():
        names = set(named(Recipe(corpus="0" * 16, strategy=name)))
        assert not names & {"prefix", "start", "depth", "epochs", "seed", "candidates", "partition_seed", "probes"}, (
            name
        )
    assert "quota" not in named(Recipe(corpus="0" * 16, strategy="b2nerd"))
    assert "quota" in named(Recipe(corpus="0" * 16, strategy="b2nerd", parameters={"quota": 3}))


@pytest.mark.parametrize(("metric", "whiten"), [("cosine", False), ("manhattan", False), ("cosine", True)])
def test_a_largest_similarity_is_drawn_on_that_of_nearest_rows(made, metric: str, whiten: bool) -> None:
    workspace, recipe = made
    asked = replace(recipe, strategy="deita", parameters={"metric": metric, "whiten": whiten})
    corpus_view = open_recipe(workspace, asked)
    curve = curve_of(corpus_view, asked, named(asked)["ceiling"])
    vectors = np.asarray(corpus_view.pool.embeddings, dtype=np.float64)
    if whiten:
        change = whitening(vectors.astype(np.float32))
        vectors = change.of(vectors.astype(np.float32))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    if metric == "cosine":
        near = vectors @ vectors.T
    else:
        size = np.abs(vectors).sum(axis=1)
        near = 1 - np.abs(vectors[:, None] - vectors[None]).sum(axis=2) / (size[:, None] + size[None])
    np.fill_diagonal(near, -1)
    nearest = near.max(axis=1)
    for value, share in zip(curve["x"], curve["y"]):
        assert share == pytest.approx((nearest <= value + 1e-6).mean(), abs=0.01)


def test_within_categories_the_nearest_row_is_one_of_the_same_category(made) -> None:
    workspace, recipe = made
    asked = replace(recipe, strategy="b2nerd", parameters={"category": "category"})
    corpus_view = open_recipe(workspace, asked)
    curve = curve_of(corpus_view, asked, named(asked)["ceiling"])
    vectors, kind = np.asarray(corpus_view.pool.embeddings), corpus_view.pool.column("category")
    near = np.where(kind[:, None] == kind[None, :], vectors @ vectors.T, -1)
    np.fill_diagonal(near, -1)
    assert curve["x"][-1] == pytest.approx(near.max(axis=1).max(), abs=1e-6)
    assert curve["x"][0] == pytest.approx(near.max(axis=1).min(), abs=1e-6)


def test_a_threshold_on_a_column_is_drawn_on_the_columns_quantiles(made) -> None:
    workspace, _ = made
    recipe = mods(made, 0.5)
    corpus_view = open_recipe(workspace, recipe)
    curve = curve_of(corpus_view, recipe, named(recipe)["threshold"])
    values = corpus_view.pool.column("reward")
    assert curve["y"] == pytest.approx([(values <= value).mean() for value in curve["x"]])
    assert threshold_curve(curve, value=0.5, moves=[0.45, 0.55], title="α").layout.xaxis.type != "log"


@pytest.mark.parametrize("unit", ["tokens", "characters"])
def test_the_pools_windows_are_thresholds_that_move_the_pool(made, unit: str) -> None:
    workspace, recipe = made
    least = 40 if unit == "tokens" else 90
    pool = {
        "length": {"unit": unit, "component": "response", "minimum": least},
        "columns": [{"column": "score", "values": [], "minimum": 1.0, "maximum": 8.0}],
    }
    asked = replace(recipe, strategy="random", pool=pool, size=12)
    known = named(asked)
    assert set(known) == {f"pool.length.{unit}.minimum", "pool.column.score.minimum", "pool.column.score.maximum"}
    for name, threshold in known.items():
        entry = moved(made, asked, name)
        base = build(workspace, asked).ids
        for move in entry.sensitivity:
            by_hand = build(workspace, with_value(asked, threshold, move["value"])).ids
            assert move["jaccard"] == pytest.approx(jaccard(by_hand, base))
        assert entry.curve["axis"] == "x"
        assert threshold_curve(entry.curve, value=entry.value, moves=[1, 2], title=entry.title).data
    widened = with_value(asked, known["pool.column.score.minimum"], 0.9)
    assert widened.pool["columns"][0]["minimum"] == 0.9
    assert passport.stamped(workspace, asked).thresholds
    assert all(line["name"] != "pool.column.score.minimum" for line in passport.stamped(workspace, widened).thresholds)
