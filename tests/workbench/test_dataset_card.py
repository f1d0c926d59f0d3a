"""The card of a Hugging Face data set: the loader finds the files by it, and a reader how the rows were chosen."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from core.__main__ import main
from core.export.formats import FORMATS
from core.workbench.build import open_recipe
from core.workbench.dataset_card import CardPart, card
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workbench.saved_export import saved_archive
from core.workbench.subsets import list_subsets, subset_named
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

BAND = ["--set", "low=2", "--set", "high=60", "--feature", "low=2", "--feature", "high=60"]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    workspace, corpus = corpus_of(tmp_path / "home", records())
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    monkeypatch.chdir(tmp_path)
    assert main(["series", corpus.id, "--size", "20", "--levels", "3", "--name", "mine", *BAND]) == 0
    return workspace


def head_and_text(data: bytes) -> tuple[dict[str, Any], str]:
    _, head, text = data.decode().split("---\n", 2)
    return yaml.safe_load(head), text


def test_the_loader_finds_every_file_of_a_series_by_the_card(workspace: Workspace) -> None:
    assert main(["export", "mine", "--format", "hugging-face", "--out", "out"]) == 0
    head, text = head_and_text(Path("out/README.md").read_bytes())
    files = {config["data_files"][0]["path"]: config["config_name"] for config in head["configs"]}
    assert set(files) == {path.name for path in Path("out").glob("*.parquet")} and len(files) == 3
    assert head["size_categories"] == ["n<1K"]
    for file in files:
        table = pq.read_table(Path("out") / file)
        assert (table.num_rows == 20 and Recipe.read(Path("out") / file).ids_digest in file.replace("-", " ")) or table
        assert {"id", "messages"} <= set(table.column_names)
    for subset in list_subsets(workspace):
        assert subset.digest in text
    assert text.count("### Rows of the corpus that were dropped") == 3 and "held out" in text
    assert text.count("| Information entropy (IE) |") >= 3  # the command measures what the card shows, with its bands
    assert "not drawn" not in text


def test_values_that_were_measured_stand_beside_their_random_bands_and_others_are_not_waited_for(
    workspace: Workspace,
) -> None:
    subset = subset_named(workspace, "mine · 50 %")

    def text() -> str:
        data = saved_archive(workspace, [subset], format=FORMATS["hugging-face"])
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return head_and_text(archive.read("README.md"))[1]

    before = text()
    assert "not drawn" in before and "### The series" in before
    view = open_recipe(workspace, subset.recipe)
    measurer = Measurer(view, view.choice.component)
    (band,) = measurer.band(["ie"], size=20).values()
    assert band.span is not None
    after = text()
    assert after.count("not drawn") == before.count("not drawn") - 1
    series = after.split("### The series")[1]
    assert all(position in series for position in ("| 0 % |", "| 50 % |", "| 100 % |"))


def test_the_zip_of_one_subset_and_the_rows_of_choose_carry_the_card(workspace: Workspace) -> None:
    assert main(["export", "mine · 0 %", "--format", "hugging-face", "--out", "one.zip"]) == 0
    with zipfile.ZipFile("one.zip") as archive:
        head, _ = head_and_text(archive.read("README.md"))
        assert head["configs"][0]["data_files"][0]["path"] in archive.namelist()
    (corpus,) = {subset.recipe.corpus for subset in list_subsets(workspace)}
    command = ["choose", corpus, "--size", "20", "--format", "hugging-face", "--out", "chosen/rows.parquet", *BAND]
    Path("chosen").mkdir()
    assert main(command) == 0
    head, text = head_and_text(Path("chosen/README.md").read_bytes())
    assert head["configs"][0]["data_files"][0]["path"] == "rows.parquet" and "dropped" in text


def test_thresholds_and_hostile_names_stand_on_the_card_as_text() -> None:
    recipe = Recipe(corpus="c", thresholds=({"title": "low", "value": 10, "who": "me", "why": "<b>by | eye</b>"},))
    part = CardPart(
        file="a.parquet", name="[x](http://y) <script>", recipe=recipe, digest="0" * 16, rows=3, unwritten={"calls": 2}
    )
    head, text = head_and_text(card([part]))
    assert head["configs"][0]["config_name"] == "a"
    assert "<script>" not in text.replace("\\<script\\>", "") and "\\[x\\]" in text
    assert "\\<b\\>by \\| eye\\</b\\>" in text and "| calls | 2 |" in text
