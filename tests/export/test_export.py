"""What leaves is what came: every field, the recipe beside it, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest

from core.corpus.ingest import Holdout, ingest
from core.corpus.sources import from_bytes
from core.errors import InputError
from core.export.bundle import bundle
from core.export.formats import FORMATS, format_named
from core.export.records import rows_to_export
from core.export.report import csv_bytes
from core.export.trainers.trainer import Trainer
from core.workbench.build import build
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory):
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), records())
    recipe = Recipe(corpus=corpus.id, choice={"component": "response"}, strategy="random", size=50, seed=3)
    return build(workspace, recipe)


def rows_of(built):
    return rows_to_export(built.corpus_view.corpus, built.positions)


def test_jsonl_holds_the_records_exactly_as_they_came(built) -> None:
    lines = FORMATS["jsonl"].write(rows_of(built), b"{}").splitlines()
    originals = {orjson.dumps(record, option=orjson.OPT_SORT_KEYS) for record in records()}
    assert len(lines) == 50
    assert {orjson.dumps(orjson.loads(line), option=orjson.OPT_SORT_KEYS) for line in lines} <= originals


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_an_export_loads_again_as_the_same_rows(built, name: str, tmp_path: Path) -> None:
    data = FORMATS[name].write(rows_of(built), built.recipe.as_json())
    again = ingest(Workspace(tmp_path), [from_bytes(f"x{FORMATS[name].suffix}", data)], holdout=Holdout(fraction=0.0))
    if isinstance(FORMATS[name], Trainer):  # the question is one text there, not instruction and input: another id
        for component in ("instruction", "response"):
            exported = [built.corpus_view.corpus.text(component)[position] for position in built.positions]
            assert sorted(again.text(component)) == sorted(exported)
    else:
        assert np.array_equal(again.ids, np.sort(built.ids))


def test_parquet_carries_every_field_and_the_recipe_in_its_footer(built, tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    path.write_bytes(FORMATS["parquet"].write(rows_of(built), built.recipe.as_json()))
    table = pq.read_table(path)
    assert {"score", "tags", "nested", "=danger", "output"} <= set(table.column_names)
    first = table.slice(0, 1).to_pylist()[0]
    original = next(record for record in records() if record["output"] == first["output"])
    assert first["score"] == original["score"]
    assert orjson.loads(first["nested"]) == original["nested"]
    assert Recipe.read(path) == built.recipe


def test_a_bundle_has_the_recipe_and_what_a_trainer_needs_and_is_reproducible(built) -> None:
    once = bundle(rows_of(built), format=FORMATS["alpaca"], recipe=built.recipe.as_json(), stem="subset")
    again = bundle(rows_of(built), format=FORMATS["alpaca"], recipe=built.recipe.as_json(), stem="subset")
    assert once == again
    with zipfile.ZipFile(io.BytesIO(once)) as archive:
        assert sorted(archive.namelist()) == ["dataset_info.json", "subset.json", "subset.recipe.json"]
        entry = orjson.loads(archive.read("dataset_info.json"))["subset"]
        data = orjson.loads(archive.read("subset.json"))
    assert entry["file_name"] == "subset.json"
    assert {entry["columns"]["prompt"], entry["columns"]["response"]} <= set(data[0])


def test_turns_survive_as_turns(tmp_path: Path) -> None:
    conversation = {
        "conversations": [
            {"from": "system", "value": "Be brief."},
            {"from": "human", "value": "Hi"},
            {"from": "gpt", "value": "Hello"},
            {"from": "human", "value": "Bye"},
            {"from": "gpt", "value": "Goodbye"},
        ],
        "tools": "[]",
        "extra": 5,
    }
    corpus = ingest(
        Workspace(tmp_path), [from_bytes("c.json", orjson.dumps([conversation]))], holdout=Holdout(fraction=0.0)
    )
    rows = corpus.rows([0])
    made = orjson.loads(FORMATS["sharegpt"].write(rows, b""))[0]
    assert [turn["value"] for turn in made["conversations"]] == ["Hi", "Hello", "Bye", "Goodbye"]
    assert made["system"] == "Be brief."
    assert made["extra"] == 5
    alpaca = orjson.loads(FORMATS["alpaca"].write(rows, b""))[0]
    assert alpaca["history"] == [["Hi", "Hello"]]
    assert (alpaca["instruction"], alpaca["output"]) == ("Bye", "Goodbye")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(InputError, match="no format"):
        format_named("docx")


def test_report_csv_disarms_formulas_and_keeps_numbers() -> None:
    table = pd.DataFrame({"=name": ["=1+1", "+x", "-y", "@z", "plain"], "value": [-1.5, 2, 3, 4, 5]})
    lines = list(csv.reader(io.StringIO(csv_bytes(table).decode())))
    assert lines[0][0] == "'=name"
    assert [line[0] for line in lines[1:]] == ["'=1+1", "'+x", "'-y", "'@z", "plain"]
    assert lines[1][1] == "-1.5"
