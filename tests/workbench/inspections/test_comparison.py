"""The table of saved subsets and readings: what was measured, when it is measured again, what has a scale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.corpus.row_ids import show_id
from core.evidence import ledger
from core.metrics.registry import instant_names, metric
from core.workbench.build import build, open_recipe
from core.workbench.inspections import comparison
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workbench.saving import build_series, save, saved_before
from core.workbench.subsets import list_subsets
from core.workspace import trash
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest_ids
from tests.evidence import seeded


def test_readings_are_those_of_the_rows(tmp_path: Path) -> None:
    subsets = seeded.subsets(tmp_path)
    table = comparison.readings_table(Workspace(tmp_path), subsets)
    assert table["level"].tolist() == pytest.approx([100 * i / 6 for i in range(7)])
    assert set(table["component"]) == {"response"} and set(table["strategy"]) == {"micro"}
    subset = subsets[3]
    corpus_view = open_recipe(Workspace(tmp_path), subset.recipe)
    rows = np.flatnonzero(np.isin(corpus_view.pool.ids, subset.ids))
    for component in comparison.MEASURED_ON:
        expected = Measurer(corpus_view, component).measured(rows, ["ie"])["ie"].value
        assert table.loc[3, f"{component}.ie@mistral-32k"] == expected


def test_what_was_measured_is_not_missing_until_a_version_changes(tmp_path: Path) -> None:
    workspace, names = Workspace(tmp_path), instant_names()
    subsets = seeded.subsets(tmp_path, measured=False)
    keys = sorted(subset.key for subset in subsets)
    assert comparison.missing(workspace, subsets, names) == keys
    assert "response.ie@mistral-32k" not in comparison.readings_table(workspace, subsets)
    comparison.measure(workspace, {"subsets": keys})
    assert comparison.missing(workspace, subsets, names) == []
    raised = metric("ie").version + 1
    object.__setattr__(metric("ie"), "version", raised)
    try:
        assert comparison.missing(workspace, subsets, ["ie"]) == keys
        assert "response.ie@mistral-32k" not in comparison.readings_table(workspace, subsets)
    finally:
        object.__setattr__(metric("ie"), "version", raised - 1)


def test_seven_random_subsets_are_seven_seeds_and_no_scale(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    recipe = seeded.subsets(tmp_path, measured=False)[0].recipe
    drawn = build_series(workspace, Recipe(corpus=recipe.corpus, strategy="random", size=20, seed=3), name="random")
    assert [subset.recipe.seed for subset in drawn] == [3, 4, 5, 6, 7, 8, 9]
    assert len({subset.digest for subset in drawn}) == len({subset.recipe.series for subset in drawn}) == 7
    assert drawn[0].name == "random · seed 3"
    again = build_series(workspace, Recipe(corpus=recipe.corpus, strategy="random", size=20, seed=3), name="random")
    assert [subset.key for subset in again] == [subset.key for subset in drawn]
    table = comparison.readings_table(workspace, list_subsets(workspace))
    assert table[table["strategy"] == "random"]["level"].isna().all()
    assert table[table["strategy"] == "micro"]["level"].notna().all()


def test_a_second_save_of_the_same_rows_names_the_first(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    corpus = seeded.subsets(tmp_path, measured=False)[0].recipe.corpus
    recipe = Recipe(corpus=corpus, strategy="random", size=20)
    first = save(workspace, build(workspace, recipe), name="first")
    assert saved_before(workspace, first) is None
    # The position changes nothing for Random: the same rows by another recipe.
    second = save(workspace, build(workspace, replace(recipe, position=0.5)), name="second")
    found = saved_before(workspace, second)
    assert second.key != first.key and found is not None and found.name == "first"


def test_a_subset_that_is_gone_is_named_and_the_others_are_measured(tmp_path: Path) -> None:
    subsets = seeded.subsets(tmp_path, measured=False)
    done = comparison.measure(Workspace(tmp_path), {"subsets": [subsets[0].key, "0" * 16]})
    assert done["measured"] == 1 and list(done["failed"]) == ["0" * 16]


def test_a_subset_is_measured_when_its_corpus_is_back_from_the_trash(tmp_path: Path) -> None:
    workspace, subsets = Workspace(tmp_path), seeded.subsets(tmp_path, measured=False)
    keys = sorted(subset.key for subset in subsets)
    comparison.measure(workspace, {"subsets": keys[:1], "metrics": ["ie"]})
    corpus = subsets[0].recipe.corpus
    gone = trash.discard(workspace, "corpora", corpus, along=trash.dependents(workspace, corpus))
    assert comparison.missing(workspace, subsets, instant_names()) == []
    assert comparison.without_corpus(workspace, subsets) == set(keys)
    table = comparison.readings_table(workspace, subsets).set_index("key")
    assert table["response.ie@mistral-32k"].notna().sum() == table.loc[keys[0]].notna()["response.ie@mistral-32k"] == 1
    trash.restore(workspace, gone.stamp)
    assert comparison.without_corpus(workspace, subsets) == set()
    assert comparison.missing(workspace, subsets, ["ie"]) == keys[1:]
    assert comparison.measure(workspace, {"subsets": keys[1:]})["failed"] == {}
    assert comparison.missing(workspace, subsets, ["ie"]) == []


def test_a_whole_corpus_becomes_a_dataset_in_the_ledger(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    corpus = seeded.subsets(tmp_path, measured=False)[0].recipe.corpus
    done = comparison.measure_corpus(workspace, {"corpus": corpus, "tokenizer": "mistral-32k"})
    row = ledger.read(workspace).subsets().iloc[0]
    from core.corpus.store import open_corpus

    assert row["subset"] == done["dataset"] == digest_ids(open_corpus(workspace, corpus).ids)
    assert row["response.ie@mistral-32k"] > 0


def test_a_metric_that_reads_no_text_is_listed_once(tmp_path: Path) -> None:
    subsets = seeded.subsets(tmp_path)
    table = comparison.readings_table(Workspace(tmp_path), subsets)
    sources = [name for name in table.columns if "source_entropy" in name]
    assert sources == ["rows.source_entropy"] and table[sources[0]].notna().all()
    assert {f"{component}.ie@mistral-32k" for component in comparison.MEASURED_ON} <= set(table.columns)
    # Values of an earlier time carry the component they were measured beside.
    entry = ledger.LoggedSubset(digest="0" * 16, name="a", metrics={"response.source_entropy": 0.5, "response.ie": 7.0})
    ledger.append(Workspace(tmp_path), [entry], title="by hand")
    logged = ledger.read(Workspace(tmp_path)).subsets().iloc[0]
    assert logged["rows.source_entropy"] == 0.5 and "response.source_entropy" not in logged
    assert comparison.title("rows.source_entropy") == metric("source_entropy").title


def test_addresses_have_titles_and_directions() -> None:
    names = ["response.ie@mistral-32k", "instruction.gini@mistral-32k", "response.sl@mistral-32k", "by hand", "ie"]
    assert comparison.directions(names) == dict(zip(names, (1, -1, 0, 0, 1)))
    assert comparison.title(names[0]).endswith("response · mistral-32k") and comparison.title("by hand") == "by hand"


def test_levels_chosen_under_other_pins_are_another_series(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    free = seeded.subsets(tmp_path, measured=False)[0].recipe
    pool = open_recipe(workspace, free).pool.ids
    plain = replace(free, position=1.0, ids_digest="", rows=0)
    ruled = replace(plain, pinned=(show_id(pool[0]), show_id(pool[1])), excluded=(show_id(pool[2]),))
    build_series(workspace, ruled, name="ruled")
    table = comparison.readings_table(workspace, list_subsets(workspace))
    assert [len(levels) for _, levels in table.groupby("series")] == [7, 7]
    assert {name.partition(" · ")[0] for name in table[table["series"] == ruled.series]["name"]} == {"ruled"}
    for _, levels in table.groupby("series"):
        assert sorted(levels["level"]) == pytest.approx([100 * level / 6 for level in range(7)])


def test_a_series_is_all_but_the_position_and_keeps_the_keys_it_had() -> None:
    quota = {"column": "category", "minimum": {"poem": 3}, "maximum": {}}
    recipe = Recipe(
        corpus="c", pool={"sources": ["a"]}, choice={"component": "response"}, parameters={"low": 2, "high": 60},
        size=40, position=0.5, seed=3, given="g", quotas=(quota,),
    )  # fmt: skip
    assert recipe.series == "c8c5e6cc308c1b64"  # as it was before pins and exclusions counted
    assert Recipe(corpus="c").series == "4fa9e13adf270337"
    same = {
        "position": 0.1,
        "ids_digest": "d",
        "rows": 40,
        "thresholds": ({"name": "low"},),
        "features": {"tokens": "k"},
    }
    assert replace(recipe, **same).series == recipe.series
    ruled = replace(recipe, pinned=("0c", "A"), excluded=("b",))
    assert ruled.series == replace(recipe, pinned=(show_id(10), show_id(12)), excluded=(show_id(11),)).series
    others = {
        "size": 41, "unit": "tokens", "seed": 4, "given": "", "quotas": (), "pool": {}, "strategy": "macro",
        "parameters": {}, "choice": {}, "corpus": "d", "target": "t", "strategy_version": 2,
        "pinned": ("a",), "excluded": ("a",),
    }  # fmt: skip
    keys = [recipe.series, *(replace(recipe, **{name: value}).series for name, value in others.items())]
    assert len(set(keys)) == len(others) + 1
