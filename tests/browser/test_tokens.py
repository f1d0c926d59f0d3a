"""The curve of the Tokens page in a browser: its lines are dragged and moved by keys, its points are clicked on."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser]


@pytest.fixture
def desk(page: Page, app: str) -> Desk:
    desk = Desk(page, app)
    desk.open("tokens?low=3&high=60")
    page.locator(".curve[data-ready]").wait_for()
    return desk


def value(desk: Desk, end: str) -> int:
    return int(desk.page.locator(f".line[data-end={end}]").get_attribute("aria-valuenow") or 0)


def field(desk: Desk, label: str) -> int:
    return int(desk.page.get_by_label(label, exact=True).input_value())


def test_a_dragged_line_moves_the_band_and_the_field_beside_it(desk: Desk) -> None:
    page = desk.page
    grip = page.locator(".line[data-end=high] rect").nth(1).bounding_box()
    assert grip
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 25, steps=6)
    shown = page.locator(".curve svg").text_content() or ""
    assert re.search(r"mid band: [\d,]+ tokens", shown)  # it follows while the line is dragged
    during = value(desk, "high")
    assert 3 <= during < 60
    page.mouse.up()
    desk.settle()
    assert value(desk, "high") == field(desk, "Highest") == during
    assert float(parse_qs(urlsplit(page.url).query)["high"][0]) == during
    desk.sees(re.compile("left the mid band"))
    desk.no_errors()


def test_a_typed_end_moves_the_line_and_keys_on_the_line_move_the_field(desk: Desk) -> None:
    page = desk.page
    typed = page.get_by_label("Lowest", exact=True)
    typed.fill("7")
    typed.press("Enter")
    desk.settle()
    assert value(desk, "low") == 7
    page.locator(".line[data-end=low]").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(700)
    desk.settle()
    assert value(desk, "low") == field(desk, "Lowest") == 9
    page.keyboard.press("Home")  # the line has kept the focus
    page.wait_for_timeout(700)
    desk.settle()
    assert value(desk, "low") == field(desk, "Lowest") == 1


def test_a_click_on_the_curve_shows_the_tokens_there_and_the_rows_that_hold_them(desk: Desk) -> None:
    page = desk.page
    spot = page.locator(".spot")
    spot.focus()
    page.keyboard.press("PageDown")
    assert spot.get_attribute("aria-valuenow") == "2"
    ring, box = page.locator(".spot circle").bounding_box(), page.locator(".curve svg").bounding_box()
    assert ring and box
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.click(ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2)
    desk.sees(re.compile("tokens around rank 2, "))
    desk.sees(re.compile(r"rows? with one of these tokens"))
    assert parse_qs(urlsplit(page.url).query)["find-token"] == ["rank 2"]
    assert page.get_by_label("Search a token").input_value() == "rank 2"
    page.reload()
    desk.settle()
    desk.sees(re.compile("tokens around rank 2, "))


def test_the_curve_is_downloaded_as_picture_drawing_and_data(desk: Desk) -> None:
    page = desk.page
    page.locator(".st-key-tokens-curve-box").get_by_test_id("stPopover").get_by_role("button").first.click()
    picture = desk.download(re.compile("^PNG$"))
    assert picture.suggested_filename == "token-frequency.png"
    assert Path(picture.path()).read_bytes().startswith(b"\x89PNG")
    drawing = ElementTree.fromstring(Path(desk.download(re.compile("^SVG$")).path()).read_text(encoding="utf-8"))
    texts = [text.text or "" for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert {"high 60", "low 3", "rank (1 = the commonest token)"} <= set(texts)
    lines = Path(desk.download(re.compile("^CSV of its data$")).path()).read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",") == ["first_rank", "last_rank", "tokens", "occurrences", "band"] and len(lines) > 3
