"""A drag over a score's histogram selects its rows, in a browser."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from core.corpus.corpus_list import list_corpora
from core.corpus.store import open_corpus
from core.workbench.tasks.row_scoring import score_rows
from core.workspace.artefacts import Workspace
from tests.browser.conftest import copied, serving
from tests.browser.desk import Desk


def test_a_drag_over_the_histogram_selects_the_rows_between(prepared: Path, tmp_path: Path, page: Page) -> None:
    home = copied(prepared, tmp_path)
    workspace = Workspace(home)
    corpus = open_corpus(workspace, list_corpora(workspace)[0].id)
    request = {"corpus": corpus.id, "component": "response", "what": ["words"]}
    column = score_rows(workspace, request, lambda *_: None)["columns"]["words"]
    with serving(home) as address:
        desk = Desk(page, address)
        desk.open("scores")
        page.locator(".st-key-scores-histogram-box .bars").wait_for()
        plot = page.locator(".st-key-scores-histogram-box .nsewdrag").first
        box = desk.box(plot)
        height = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + 0.3 * box["width"], height)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.7 * box["width"], height + 3, steps=8)
        page.mouse.up()
        chosen = page.get_by_text(re.compile(r"^[\d,]+ rows selected|rows selected \("))
        expect(chosen.first).to_be_visible(timeout=20_000)
        desk.settle()
        low = float(page.get_by_role("spinbutton", name="From").input_value())
        high = float(page.get_by_role("spinbutton", name="To").input_value())
        values = open_corpus(workspace, corpus.id).column(column)
        within = int(np.sum((values >= low - 1e-4) & (values <= high + 1e-4)))
        assert 0 < within < len(values)
        expect(page.get_by_text(f"{within} rows selected").first).to_be_visible()
        desk.press("Use as the pool")
        desk.settle()
        expect(page.get_by_text("The pool is the selection")).to_be_visible()
