"""A training in the browser: from saved subsets to curves that grow and to scores on Compare."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from core.evidence import ledger
from core.workspace.artefacts import Workspace
from tests.browser.conftest import copied, serving
from tests.browser.desk import Desk
from tests.tiny_models import tiny_model

pytestmark = [pytest.mark.browser]


def test_saved_subsets_are_trained_on_and_their_scores_stand_on_compare(
    page: Page, prepared: Path, tmp_path: Path
) -> None:
    home = copied(prepared, tmp_path)
    workspace = Workspace(home)
    model = tiny_model(tmp_path / "model", layers=2)
    before = len(ledger.read(workspace).scores())
    with serving(home) as address:
        desk = Desk(page, address)
        desk.open("train")
        desk.sees("Nothing is trained yet")
        desk.shot("train-empty")
        desk.select("Train on", "deep · 0 %")
        page.keyboard.press("Escape")
        desk.select("Train on", "deep · 100 %")
        page.keyboard.press("Escape")
        desk.select("Base model", "Another model")
        page.get_by_role("textbox", name="Model", exact=True).fill(model)
        page.keyboard.press("Enter")
        desk.settle()
        tokens = page.get_by_role("spinbutton", name="Tokens of a run")
        tokens.fill("3000")
        tokens.press("Enter")
        desk.settle()
        desk.sees("6 runs of 3,000 tokens")
        desk.press("Estimate the time")
        desk.sees("6 of 6 runs are left", timeout=180_000)
        desk.shot("train-form")
        desk.press("Start the training")
        desk.sees("Set the scores beside the metrics", timeout=300_000)
        desk.settle()
        desk.shot("train-done")
        page.get_by_text("Set the scores beside the metrics").click()
        page.get_by_role("heading", level=1, name="Compare").wait_for()
        desk.sees("of a proxy")
        desk.settle()
        page.locator(".st-key-compare-notes button").first.click()
        desk.sees("marked proxy")
        page.keyboard.press("Escape")
        desk.settle()
        desk.shot("train-compare")
        desk.no_errors()
    frame = ledger.read(workspace).scores()
    added = frame[frame["proxy"]]
    assert (
        len(frame) > before and set(added["label"]) == {"deep · 0 %", "deep · 100 %"} and len(set(added["seed"])) == 3
    )
