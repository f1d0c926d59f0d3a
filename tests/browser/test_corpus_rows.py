"""From a file to its filtered rows: a press on a histogram, hits marked, an address that opens the same view."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import serving
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser]

HOSTILE = "<img src=x onerror=alert(1)> **bold** [link](http://example.invalid) :red[x] <mark>quick</mark> fox"


def file(folder: Path) -> Path:
    """60 rows of three sources, with a score from 0 to 59; one text is hostile."""
    rows = [
        {
            "instruction": f"Tell me of the quick fox number {place}.",
            "output": HOSTILE
            if place == 7
            else f"The quick brown fox, number {place}. " + "Then it rests. " * (place % 9),
            "source": ("field", "wood", "hill")[place % 3],
            "score": place,
        }
        for place in range(60)
    ]
    path = folder / "foxes.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    return path


@pytest.fixture
def foxes(tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path / "workspace") as address:
        yield address


def said(desk: Desk, rows: int) -> None:
    expect(desk.page.get_by_text(re.compile(rf"^{rows} of 60 rows"))).to_be_visible(timeout=60_000)
    desk.settle()


def bars(page: Page, column: str) -> dict[str, float]:
    """The box of the histogram of a column of numbers."""
    box = page.get_by_role("group", name=f"Histogram of {column}").bounding_box()
    assert box is not None
    return dict(box)


def open_rows(desk: Desk, path: Path) -> None:
    """Make the corpus of a file of 60 rows and turn to its rows."""
    desk.open()
    desk.page.locator("input[type=file]").first.wait_for(state="attached")
    desk.page.locator("input[type=file]").first.set_input_files(str(path))
    desk.settle()
    desk.press("Make the corpus")
    desk.sees(re.compile("60"), timeout=120_000)
    desk.settle()
    desk.choose("Section", "Rows")


def test_a_press_on_a_histogram_filters_and_the_address_opens_the_same_view(
    foxes: str, page: Page, browser: Browser, tmp_path: Path
) -> None:
    desk = Desk(page, foxes)
    open_rows(desk, file(tmp_path))
    said(desk, 60)
    page.get_by_role("button", name=re.compile(r"^source: wood")).click()
    said(desk, 20)
    box = bars(page, "score")
    page.mouse.move(box["x"] + 2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 20, steps=4)
    page.mouse.move(box["x"] + box["width"] / 2 - 2, box["y"] + 20, steps=4)
    page.mouse.up()
    said(desk, 10)  # of the scores 0 to 29, a third is of the wood
    field = page.get_by_role("textbox", name="Search")
    field.fill("quick")
    field.press("Enter")
    said(desk, 10)
    cells = page.locator("tbody tr")
    expect(cells).to_have_count(10)
    assert page.locator("tbody mark").first.inner_text() == "quick"
    chosen = cells.filter(has_text=re.compile("number 4\\."))
    chosen.click()
    desk.sees(re.compile(r"foxes\.jsonl:5\b"))
    desk.no_errors()
    desk.shot("corpus-rows")

    other = Desk(browser.new_context(viewport={"width": 1280, "height": 800}).new_page(), foxes)
    other.page.goto(page.url)
    said(other, 10)
    assert other.page.locator("tbody tr").all_inner_texts() == cells.all_inner_texts()
    assert other.page.get_by_role("textbox", name="Search").input_value() == "quick"
    page.get_by_role("button", name="Clear the filter of source").click()
    said(desk, 30)
    page.go_back()
    said(desk, 10)


def test_hostile_texts_are_marked_as_text(foxes: str, page: Page, tmp_path: Path) -> None:
    desk = Desk(page, foxes)
    open_rows(desk, file(tmp_path))
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    field = page.get_by_role("textbox", name="Search")
    field.fill("<mark>quick")
    field.press("Enter")
    said(desk, 1)
    row = page.locator("tbody tr").first
    assert row.locator("mark").all_inner_texts() == ["<mark>quick"]
    assert row.locator("td").nth(1).inner_text().strip() == HOSTILE
    assert not row.locator("img, a, strong, b").count()
    assert not dialogs
