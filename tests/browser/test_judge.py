"""Judging in the browser: files of answers, the cost, the judge, the report, the ledger."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from core.evidence import ledger
from core.workbench.subsets import list_subsets
from core.workspace.artefacts import Workspace
from tests.browser.conftest import copied, serving
from tests.browser.desk import Desk
from tests.endpoint.stand_in import KEY, endpoint
from tests.judging.stand_in_judge import judging, outputs_file, prompts_of

pytestmark = [pytest.mark.browser]


def test_files_of_answers_are_judged_and_their_scores_are_on_compare(
    page: Page, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = copied(prepared, tmp_path)
    workspace = Workspace(home)
    subset = next(subset for subset in list_subsets(workspace) if subset.recipe.position == 1)
    prompts = prompts_of(Workspace(tmp_path / "elsewhere"), 30)
    files = [
        outputs_file(tmp_path / f"{subset.digest}.json", prompts, "trained on deep", [1.0] * 18 + [0.0] * 12),
        outputs_file(tmp_path / "baseline.json", prompts, "a baseline", [0.0] * 30),
    ]
    monkeypatch.setenv("DIVERSCOPE_JUDGE_KEY", KEY)
    with endpoint(judging(place=0.3), key=KEY) as (url, seen), serving(home) as address:
        desk = Desk(page, address)
        desk.open("judge")
        desk.sees("No answers yet")
        desk.shot("judge-empty")
        for number, file in enumerate(files):
            if number and not page.get_by_role("button", name="Add the answers").filter(visible=True).count():
                page.get_by_text("Add answers from a file").click()
                desk.settle()
            desk.page.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(file)
            desk.settle()
            desk.press("Add the answers")
            desk.sees(f"30 answers to {subset.digest}")
            desk.settle()
        desk.press("Judge them")
        desk.sees("8B model scores about 1.0")
        page.get_by_role("textbox", name="Address").fill(url)
        page.keyboard.press("Enter")
        desk.settle()
        page.get_by_role("textbox", name="Judge", exact=True).fill("stand-in")
        page.keyboard.press("Enter")
        desk.sees("60 calls")
        desk.settle()
        desk.shot("judge-cost")
        assert not seen.bodies
        desk.press("Judge 60 games")
        desk.page.get_by_role("button", name="See the report").click(timeout=120_000)
        desk.settle()
        desk.sees("Win score")
        desk.sees("80.0")
        desk.shot("judge-report")
        assert len(seen.bodies) == 60
        download = desk.download("JSONL")
        assert len(Path(download.path()).read_text().splitlines()) == 30
        page.get_by_role("link", name="Logged: see them on Compare").click()
        page.get_by_role("heading", level=1, name="Compare").wait_for()
        desk.settle()
        desk.no_errors()
        score = ledger.read(workspace).scores().set_index("measure").loc["win score"]
        assert score["value"] == pytest.approx(80.0) and score["subset"] == subset.digest
    written = [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert written == []
