"""From a file of test questions to a pool without them: added, read with the words marked, left out, taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Browser, expect

from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.workspace.artefacts import Workspace
from tests.browser.conftest import serving
from tests.browser.desk import Desk
from tests.curation.leaks.planted import filler, made_questions

pytestmark = [pytest.mark.browser]

HOSTILE = "<img src=x onerror=alert(1)> **bold** <mark>not ours</mark>"
EXAM = [*made_questions(3), f"{HOSTILE} {made_questions(1, seed=8)[0]}"]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[str, Corpus, Path]]:
    """An app over a corpus of which two rows hold a question, one of them hostile; and a folder with the questions."""
    rows = [{"instruction": text, "output": f"Yes, {number}."} for number, text in enumerate(filler(60, seed=2))]
    rows += [{"instruction": f"Exam:\n{EXAM[0]}", "output": "No."}, {"instruction": "Say.", "output": EXAM[3]}]
    workspace = Workspace(tmp_path / "workspace")
    corpus = ingest(workspace, [from_bytes("rows.jsonl", b"\n".join(map(orjson.dumps, rows)))], name="rows")
    folder = tmp_path / "exams"
    folder.mkdir()
    (folder / "exam.jsonl").write_bytes(b"\n".join(orjson.dumps({"question": text, "answer": "x"}) for text in EXAM))
    with serving(workspace.home) as address:
        yield address, corpus, folder


def test_leaks_are_found_marked_left_out_and_taken_back(place: tuple[str, Corpus, Path], browser: Browser) -> None:
    address, corpus, folder = place
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    desk = Desk(page, address)
    desk.open(f"corpus?corpus={corpus.id}&section=leaks")
    field = page.get_by_role("textbox", name="or a file or folder on the server")
    field.fill(str(folder))
    field.press("Enter")
    desk.settle()
    page.get_by_role("button", name="Add", exact=True).last.click()
    expect(page.get_by_text(re.compile(r"2 leaks, those that hold most"))).to_be_visible(timeout=60_000)
    desk.settle()
    marks = page.locator("tbody mark")
    expect(marks.first).to_be_visible()
    told = [text for text in marks.all_inner_texts() if text.strip()]
    assert len(told) == 4 and all(len(text.split()) >= 13 for text in told)  # a mark in each row, one in each question
    assert page.locator("tbody img").count() == 0
    page.get_by_role("button", name="Leave them out of the pool").click()
    expect(page.get_by_text("These leaks are left out of the pool")).to_be_visible(timeout=60_000)
    desk.settle()
    assert "leaks" in page.url
    expect(page.get_by_text(re.compile(r"without leaks \(1 benchmark, 13 words\)"))).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Leave them out of the pool")).to_be_visible(timeout=60_000)
    page.close()
