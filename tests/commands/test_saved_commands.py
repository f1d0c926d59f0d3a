"""Saved subsets on the command line: listed, renamed, deleted, brought back, and written as they were saved."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest

from core.__main__ import main
from core.corpus.row_ids import show_id
from core.workbench.recipe import Recipe
from core.workbench.subsets import list_subsets, subset_named
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    workspace, corpus = corpus_of(tmp_path / "home", records())
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    monkeypatch.chdir(tmp_path)
    band = ["--set", "low=2", "--set", "high=60", "--feature", "low=2", "--feature", "high=60"]
    assert main(["series", corpus.id, "--size", "20", "--name", "mine", *band]) == 0
    return workspace


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_a_saved_level_leaves_with_the_rows_that_were_saved_not_with_those_of_its_rounded_position(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    subset = subset_named(workspace, "mine · 66.7 %")
    said = printed(capsys, "export", "mine · 66.7 %", "--out", "out/rows.parquet")
    assert subset.digest in said
    table = pq.read_table("out/rows.parquet")
    assert Recipe.read(Path("out/rows.parquet")).ids_digest == subset.digest
    assert table.num_rows == 20
    built = printed(capsys, "build", "out/rows.recipe.json", "--ids").split()
    assert built == [show_id(row) for row in subset.ids.tolist()]


def test_a_series_leaves_as_a_folder_that_a_trainer_reads_and_says_what_was_dropped(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    said = printed(capsys, "export", "mine", "--format", "alpaca", "--out", "out")
    members = list_subsets(workspace)
    info = orjson.loads(Path("out/dataset_info.json").read_bytes())
    assert len(info) == len({subset.digest for subset in members})
    for subset in members:
        stem = f"micro-{subset.digest[:8]}-alpaca"
        assert len(json.loads(Path(f"out/{stem}.json").read_text())) == 20
        dropped = [orjson.loads(line) for line in Path(f"out/{stem}.dropped.jsonl").read_bytes().splitlines()]
        counts = orjson.loads(Path(f"out/{stem}.dropped.json").read_bytes())
        assert len(dropped) == 220 == counts["rows"] == sum(counts["by_reason"].values())
        assert {line["id"] for line in dropped}.isdisjoint(show_id(row) for row in subset.ids.tolist())
    assert said.count("dropped: ") == len(members)


def test_one_subset_leaves_as_a_zip_with_everything_in_it(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    printed(capsys, "export", "mine · 0 %", "--out", "one.zip", "--format", "jsonl", "--text")
    with zipfile.ZipFile(io.BytesIO(Path("one.zip").read_bytes())) as archive:
        assert set(archive.namelist()) == {"one.jsonl", "one.recipe.json", "one.dropped.jsonl", "one.dropped.json"}
        assert b'"response":' in archive.read("one.dropped.jsonl").splitlines()[0]
    assert main(["export", "mine", "--out", "all.zip"]) == 1
    assert "cannot be one file" in capsys.readouterr().err


def test_the_list_names_every_fact_and_is_searched_by_any_of_them(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [orjson.loads(line) for line in printed(capsys, "subsets", "--json").splitlines()]
    assert len(lines) == 7
    assert {(line["strategy"], line["component"], line["rows"]) for line in lines} == {("micro", "response", 20)}
    assert all(line["tokens"] > 0 and len(line["series"]) == 16 for line in lines)
    assert printed(capsys, "subsets", "--search", "mine 50").count("mine · 50 %") == 1
    printed(capsys, "subsets", "--note", "mine · 50 %", "the middle one")
    assert "the middle one" in printed(capsys, "subsets", "--search", "middle")
    assert "mine" not in printed(capsys, "subsets", "--search", "nothing like it")


def test_a_subset_is_renamed_deleted_and_brought_back(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, "subsets", "--rename", "mine · 0 %", "the least")
    key = subset_named(workspace, "the least").key
    printed(capsys, "subsets", "--delete", "the least", "mine · 100 %")
    assert len(list_subsets(workspace)) == 5
    assert main(["export", "the least"]) == 1
    assert "is not a saved subset" in capsys.readouterr().err
    assert "the least" in printed(capsys, "subsets", "--restore", "the least")
    assert subset_named(workspace, "the least").key == key
    assert len(list_subsets(workspace)) == 7
    assert main(["subsets", "--restore", "the least"]) == 1
    assert "holds no subset" in capsys.readouterr().err
