"""The whole experiment in the browser: a file, a study of two strategies, a training, scores, a report."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import orjson
import pytest
from playwright.sync_api import Page

from core.evidence import ledger
from core.workbench.subsets import list_subsets
from core.workspace.artefacts import Workspace
from tests.browser.conftest import serving
from tests.browser.desk import Desk
from tests.corpora import WORDS
from tests.tiny_models import tiny_model

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def corpus_file(path: Path) -> None:
    """400 rows whose answers have 4 to 30 words: enough for a holdout and for subsets of 40 rows."""
    random = np.random.default_rng(3)
    lines = []
    for number in range(400):
        words = random.choice(WORDS, size=int(random.integers(4, 30)))
        source = ("web", "book")[number % 2]
        lines.append({"instruction": f"Write line {number} of a {source}", "output": " ".join(words), "source": source})
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))


def test_from_a_file_by_a_study_and_a_training_to_the_report(page: Page, tmp_path: Path) -> None:
    corpus_file(tmp_path / "lines.jsonl")
    base = tmp_path / "base"
    tiny_model(base, layers=2)
    home = tmp_path / "workspace"
    with serving(home) as address:
        desk = Desk(page, address)
        desk.open()
        page.locator("input[type=file]").first.set_input_files(str(tmp_path / "lines.jsonl"))
        desk.sees("What will be read of")
        desk.settle()
        page.get_by_role("button", name="Make the corpus").first.click()
        desk.sees("The corpus is made.")

        desk.open("study?low=2&high=1000")
        desk.select("Strategies", "Longest")
        page.keyboard.press("Escape")
        page.get_by_role("textbox", name="Sizes", exact=True).fill("40")
        page.keyboard.press("Enter")
        desk.settle()
        levels = page.get_by_role("spinbutton", name="Levels")
        levels.fill("3")
        levels.press("Enter")
        desk.sees("9 subsets, 3 random draws among them.")
        desk.press("Start the study")
        desk.sees("9 of 9 subsets saved", timeout=240_000)
        desk.settle()
        desk.shot("experiment-study")

        desk.press("Train a small model on each")
        page.get_by_role("heading", level=1, name="Train").wait_for()
        desk.settle()
        desk.select("Base model", "Another model")
        page.get_by_role("textbox", name="Model", exact=True).fill(str(base))
        page.keyboard.press("Enter")
        desk.settle()
        tokens = page.get_by_role("spinbutton", name="Tokens of a run")
        tokens.fill("600")
        tokens.press("Enter")
        desk.settle()
        seeds = page.get_by_role("textbox", name="Seeds")
        seeds.fill("0")
        seeds.press("Enter")
        desk.sees("9 runs of 600 tokens")
        desk.shot("experiment-train-form")
        desk.press("Start the training")
        desk.sees("Set the scores beside the metrics", timeout=300_000)
        desk.settle()
        desk.no_errors()
        desk.shot("experiment-trained")

        workspace = Workspace(home)
        scores = ledger.read(workspace).scores()
        subsets = {subset.digest for subset in list_subsets(workspace)}
        assert set(scores["subset"]) == subsets
        assert scores["proxy"].all()

        page.get_by_text("Set the scores beside the metrics").click()
        page.get_by_role("heading", level=1, name="Compare").wait_for()
        desk.settle(120_000)
        desk.sees(re.compile(f"{len(subsets)} saved subsets"))
        desk.sees(re.compile("proxy"))
        desk.no_errors()
        desk.shot("experiment-compare")
        desk.choose("Question", "Scores")
        desk.choose("View", "Ledger")
        report = Path(desk.download(re.compile("Report")).path()).read_text()
        assert "Plotly.newPlot" in report
        assert "bits a byte" in report or "bits per byte" in report
        desk.no_errors()
