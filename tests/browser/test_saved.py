"""Saved subsets in the browser: open one exactly, take away what was saved, rename, delete, bring back."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Page

from core.corpus.row_ids import show_id
from core.workbench.subsets import list_subsets, subset_named
from core.workspace.artefacts import Workspace
from tests.browser.conftest import copied, serving
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser]

ROW, HEAD = 35, 35  # pixels of a line of the table, and of its head


def tick(desk: Desk, line: int) -> None:
    """Tick the line, counted from 0, of the table of saved subsets."""
    table = desk.page.locator(".st-key-saved-drawer [data-testid=stDataFrame]").first
    box = desk.box(table)
    desk.page.mouse.click(box["x"] + 14, box["y"] + HEAD + ROW * line + ROW / 2)
    desk.settle()


def test_a_saved_level_is_opened_exactly_exported_renamed_deleted_and_brought_back(
    page: Page, prepared: Path, tmp_path: Path
) -> None:
    home = copied(prepared, tmp_path)
    workspace = Workspace(home)
    with serving(home) as address:
        desk = Desk(page, address)
        desk.open("subsets?strategy=random&subset_seed=5")
        desk.sees("Ranks taken")
        desk.page.get_by_text("Saved: 7 subsets").click()
        desk.settle()
        desk.page.get_by_role("textbox", name="Search").fill("66.7")
        desk.page.keyboard.press("Enter")
        desk.settle()
        tick(desk, 0)
        desk.shot("saved-drawer")
        subset = subset_named(workspace, "deep · 66.7 %")
        page.locator(".st-key-saved-open").get_by_role("button", name="Open", exact=True).first.click()
        desk.settle()
        desk.sees("Here stands the saved subset deep · 66.7 %.")
        assert desk.position() == 66.7
        assert desk.page.get_by_role("combobox", name="Strategy").first.input_value().startswith("Micro")
        desk.shot("saved-opened")
        desk.no_errors()

        # What the slider hands out, and what the drawer hands out, are the rows that were saved.
        for button in ("Download 30 rows", "Export"):
            if button == "Export":
                page.keyboard.press("Escape")
                names = files(desk, button, within=".st-key-saved-drawer")
            else:
                desk.press("Export")
                names = files(desk, button)
            recipe = orjson.loads(next(data for name, data in names.items() if name.endswith(".recipe.json")))
            assert recipe["ids_digest"] == subset.digest
            dropped = [
                orjson.loads(line)
                for name, data in names.items() if name.endswith(".dropped.jsonl")
                for line in data.splitlines()
            ]  # fmt: skip
            assert len(dropped) == 240 - 30
            assert {line["id"] for line in dropped}.isdisjoint(show_id(row) for row in subset.ids.tolist())

        desk.choose("Below", "Rows left out")
        desk.sees("covered")
        desk.shot("saved-left-out")

        desk.press("Name, note")
        form = page.locator("[data-testid=stPopoverBody] [data-testid=stForm]").first
        form.get_by_role("textbox", name="Name", exact=True).fill("two thirds")
        form.get_by_role("textbox", name="Note").fill("for the second run")
        desk.press("Keep")
        desk.settle()
        assert subset_named(workspace, "two thirds").key == subset.key

        page.locator(".st-key-saved-delete").get_by_role("button").first.click()
        desk.sees("Deleted two thirds")
        assert len(list_subsets(workspace)) == 6
        desk.press("Undo")
        desk.settle()
        desk.sees("Saved: 7 subsets")
        assert len(list_subsets(workspace)) == 7
        desk.no_errors()


def files(desk: Desk, button: str, *, within: str = "body") -> dict[str, bytes]:
    """The files of the zip that a press hands out."""
    with desk.page.expect_download(timeout=120_000) as caught:
        desk.page.locator(within).get_by_role("button", name=button).first.click()
    path = caught.value.path()
    with zipfile.ZipFile(io.BytesIO(Path(path).read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_saved_subsets_leave_for_a_trainer_after_it_has_asked_for_a_model_and_a_learning_rate(
    page: Page, prepared: Path, tmp_path: Path
) -> None:
    home = copied(prepared, tmp_path)
    with serving(home) as address:
        desk = Desk(page, address)
        desk.open("subsets?strategy=random&subset_seed=5")
        desk.page.get_by_text("Saved: 7 subsets").click()
        desk.settle()
        tick(desk, 0)
        tick(desk, 1)
        page.locator(".st-key-saved-format").get_by_role("combobox").first.click()
        page.keyboard.type("LLaMA-Factory")  # a long list draws only a part of itself
        page.get_by_role("option", name="Training: LLaMA-Factory").first.click()
        desk.settle()
        desk.sees("Give a base model and a learning rate.")
        for key, text in (("saved-model", "org/model-8b"), ("saved-rate", "0.00002")):
            field = page.locator(f".st-key-{key} input").first
            field.fill(text)
            field.press("Enter")
            desk.settle()
        desk.shot("saved-training")
        desk.no_errors()
        names = files(desk, "Export 2", within=".st-key-saved-drawer")
        configs = [data.decode() for name, data in names.items() if name.endswith(".yaml")]
        assert len(configs) == 2 and {"run.sh", "run_all.sh", "dataset_info.json"} <= set(names)
        assert all('model_name_or_path: "org/model-8b"' in config for config in configs)
        assert all("learning_rate: 2.0e-05" in config for config in configs)
