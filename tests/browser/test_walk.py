"""The six steps of a first visit, on the demo corpus and on an uploaded file."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from playwright.sync_api import Page

from core.workbench.recipe import Recipe
from tests.browser.desk import LONG, Desk
from tests.prose import prose

pytestmark = [pytest.mark.browser, pytest.mark.timeout(2400)]


def questions(rows: int) -> list[dict[str, object]]:
    """Records with a history, as LIMA has them, of text that people wrote; a few turns go before every 30th."""
    return [
        {
            "instruction": f"Explain this, number {row}: {text.splitlines()[0]}",
            "input": "",
            "output": f"{text}\n\nThat was number {row}.",
            "history": [["Who are you?", "A library."]] if row % 30 == 0 else [],
        }
        for row, text in enumerate(prose(rows))
    ]


def walk(desk: Desk, name: str, *, clusters: bool) -> None:
    """Tokens, ``clusters`` where they are wanted, subsets, compare: from a corpus that is open to a saved series."""
    desk.turn_to("Tokens")
    tokenise = desk.page.get_by_role("button", name=re.compile("Tokenise|Count"))
    if tokenise.count():
        tokenise.first.click()
    desk.sees("Mid-band types a row", timeout=180_000)
    desk.settle()
    desk.no_errors()
    desk.shot(f"{name}-tokens")

    if clusters:
        desk.turn_to("Clusters")
        desk.press("Embed and cluster")
        desk.sees(re.compile("rows on average"), timeout=LONG)
        desk.settle(LONG)
        desk.no_errors()
        desk.shot(f"{name}-clusters")

    desk.turn_to("Subsets")
    desk.sees("Types reached", timeout=180_000)
    desk.settle(180_000)
    desk.no_errors()
    desk.shot(f"{name}-subsets-micro")
    before = desk.page.locator(".st-key-slider-box").inner_text()
    desk.drag(0.4)
    assert desk.page.locator(".st-key-slider-box").inner_text() != before
    box = desk.position()
    assert 30 < box < 50
    query = parse_qs(urlsplit(desk.page.url).query)
    assert float(query["d"][0]) == pytest.approx(box)
    desk.shot(f"{name}-subsets-dragged")

    desk.turn_to("Measure")
    desk.back_to("Subsets")
    assert desk.position() == pytest.approx(box)

    check_export(desk)
    desk.page.locator(".st-key-series-popover button").first.click()
    desk.press(re.compile("Build the series"))
    desk.sees(re.compile("7 subsets saved"), timeout=180_000)
    desk.settle()

    desk.select("Strategy", "Ranked: Longest")
    desk.sees("Ranks taken", timeout=120_000)
    desk.drag(0.8)
    desk.no_errors()
    assert 70 < desk.position() < 90
    desk.shot(f"{name}-subsets-ranked")

    if clusters:
        desk.select("Strategy", "Macro: topics")
        desk.sees("Types reached", timeout=180_000)
        desk.settle(120_000)
        desk.no_errors()
        desk.press(re.compile("^Save$"))
        desk.sees(re.compile("Saved as"))
        desk.shot(f"{name}-subsets-macro")

    desk.turn_to("Compare")
    desk.settle(120_000)
    desk.no_errors()
    desk.shot(f"{name}-compare")


def check_export(desk: Desk) -> None:
    """What is downloaded holds as many rows as the page says, and a recipe that names them."""
    url = desk.page.url
    desk.press("Export")
    caught = desk.download(re.compile("^Download .* rows"))
    with zipfile.ZipFile(io.BytesIO(Path(caught.path()).read_bytes())) as archive:
        (made_of,) = (name for name in archive.namelist() if name.endswith(".recipe.json"))
        recipe = Recipe.of(orjson.loads(archive.read(made_of)))
        files = [name for name in archive.namelist() if name.endswith(".jsonl")]
        (data,) = (name for name in files if not name.endswith((".left_out.jsonl", ".dropped.jsonl")))
        lines = archive.read(data).splitlines()
    assert len(lines) == recipe.rows
    assert all(orjson.loads(line) for line in lines)
    assert recipe.ids_digest
    # The address restores the view: another tab shows the same position and the same number of rows.
    browser = desk.page.context.browser
    assert browser is not None
    again = browser.new_page(viewport={"width": 1280, "height": 800})
    again.goto(url)
    other = Desk(again, desk.address)
    other.sees("Types reached", timeout=120_000)
    other.settle(120_000)
    other.press("Export")
    again.get_by_role("button", name=re.compile(f"^Download {recipe.rows:,} rows")).wait_for(timeout=120_000)
    assert other.position() == desk.position()
    other.settle(120_000)
    again.close()


def test_the_demo_corpus_from_nothing_to_a_series(empty_app: str, page: Page) -> None:
    desk = Desk(page, empty_app)
    desk.open()
    desk.shot("demo-empty")
    desk.press(re.compile("Try the demo corpus"))
    desk.sees("All corpora", timeout=180_000)
    desk.settle(180_000)
    desk.no_errors()
    desk.shot("demo-corpus")
    desk.turn_to("Activity")
    desk.sees(re.compile("Full map of"), timeout=180_000)
    page.get_by_role("button", name="Cancel").last.click()  # embedding thousands of rows is no work for a test
    desk.settle(180_000)
    walk(desk, "demo", clusters=False)
    desk.turn_to("Clusters")
    desk.sees(re.compile("rows on average"), timeout=LONG)
    desk.sees(re.compile("Preview"))
    desk.settle(LONG)
    desk.no_errors()
    desk.shot("demo-clusters")


def test_a_file_from_upload_to_a_series(empty_app: str, page: Page, tmp_path: Path) -> None:
    path = tmp_path / "questions.json"
    path.write_bytes(orjson.dumps(questions(310)))
    desk = Desk(page, empty_app)
    desk.open()
    add = page.get_by_role("radio", name="Add a corpus").or_(page.get_by_role("button", name="Add a corpus"))
    page.locator("input[type=file]").or_(add).first.wait_for(state="attached")
    if add.count():
        add.first.click()
        desk.settle()
    page.locator("input[type=file]").first.set_input_files(str(path))
    desk.settle()
    desk.press("Make the corpus")
    desk.sees(re.compile("310"), timeout=120_000)
    desk.settle()
    desk.no_errors()
    desk.shot("file-corpus")
    walk(desk, "file", clusters=True)
