"""The map as a hand meets it: a lasso selects rows on every page, until the selection is cleared or undone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route

from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
THROUGH = "embedder=own:mine&partition=column&cluster_column=category"


AROUND = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75), (0.25, 0.25))  # the middle of the map, by its corners
ACROSS = ((0.25, 0.25), (0.75, 0.75))


def drawn_map(desk: Desk) -> Locator:
    """The map, once its points are drawn."""
    found = desk.page.locator("[data-rows][data-ready]").first
    found.wait_for()
    desk.box(found)
    desk.settle()
    return found


def open_clusters(desk: Desk) -> None:
    """Open the Clusters page, and wait until its clusters have keywords: the page is then drawn anew."""
    desk.open(f"clusters?{THROUGH}")
    desk.sees("Tick clusters to select their rows")
    drawn_map(desk)


def draw(desk: Desk, corners: tuple[tuple[float, float], ...], key: str = "") -> None:
    """Draw with the mouse over the map, holding ``key``; corners are shares of its sides."""
    place = desk.box(drawn_map(desk))
    first, *others = [(place["x"] + x * place["width"], place["y"] + y * place["height"]) for x, y in corners]
    if key:
        desk.page.keyboard.down(key)
    desk.page.mouse.move(*first)
    desk.page.mouse.down()
    for corner in others:
        desk.page.mouse.move(*corner, steps=8)
    desk.page.mouse.up()
    if key:
        desk.page.keyboard.up(key)
    desk.settle()


def selected(desk: Desk) -> int:
    """The rows that the bar says are selected; the map says the same."""
    said = desk.sees(re.compile(r"[\d,]+ rows? selected")).inner_text()
    rows = int(re.findall(r"[\d,]+", said)[0].replace(",", ""))
    desk.page.locator(f"[data-selected='{rows}']").first.wait_for()
    return rows


def test_a_lasso_or_a_box_selects_rows_which_the_table_counts_until_it_is_cleared(page: Page, app: str) -> None:
    desk = Desk(page, app)
    open_clusters(desk)
    assert page.get_by_role("button", name="Clear").count() == 0
    draw(desk, AROUND)
    rows = selected(desk)
    assert 5 < rows < 235
    draw(desk, ((0.02, 0.1), (0.24, 0.1), (0.24, 0.9), (0.02, 0.9)), key="Shift")
    more = selected(desk)
    assert more > rows
    draw(desk, AROUND, key="Alt")
    assert selected(desk) == more - rows
    desk.press("Clear")
    page.get_by_text(re.compile("rows? selected")).wait_for(state="detached")
    page.get_by_role("radio", name="Box").click()
    draw(desk, ACROSS)
    assert abs(selected(desk) - rows) <= 2  # the same square, but for its edges
    desk.no_errors()


def test_a_ticked_cluster_is_selected_on_the_map_and_undo_takes_it_back(page: Page, app: str) -> None:
    desk = Desk(page, app)
    open_clusters(desk)
    table = page.get_by_test_id("stDataFrame").first
    place = desk.box(table)
    page.mouse.click(place["x"] + 18, place["y"] + 54)  # the first row's tick, drawn on a canvas
    desk.settle()
    rows = selected(desk)
    assert 0 < rows < 240
    page.locator(".st-key-clusters-undo button").first.click()
    page.get_by_text(re.compile("rows? selected")).wait_for(state="detached")
    page.locator(".st-key-clusters-redo button").first.click()
    desk.settle()
    assert selected(desk) == rows
    desk.no_errors()


def test_the_cursor_is_told_of_a_row_and_a_click_selects_it(page: Page, app: str) -> None:
    desk = Desk(page, app)
    open_clusters(desk)
    place = desk.box(drawn_map(desk))
    card = page.locator(".card").first
    for step in range(60):  # until the cursor is over a point
        x, y = place["x"] + place["width"] * (0.3 + 0.007 * step), place["y"] + place["height"] * 0.5
        page.mouse.move(x, y)
        page.wait_for_timeout(220)
        if card.is_visible():
            break
    assert len(card.inner_text().splitlines()) >= 2  # the cluster and the text, at least
    page.mouse.click(x, y)
    desk.settle()
    assert selected(desk) == 1
    desk.no_errors()


def test_zoom_stays_when_colours_and_selection_change(page: Page, app: str) -> None:
    desk = Desk(page, app)
    open_clusters(desk)
    on_map = drawn_map(desk)
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    page.locator("[data-zoom='2.56']").first.wait_for()
    desk.select("Colour by", "length")
    draw(desk, AROUND)
    assert selected(desk) > 0
    assert drawn_map(desk).get_attribute("data-zoom") == "2.56"
    on_map.locator("canvas.front").focus()
    page.keyboard.press("0")
    page.locator("[data-zoom='1.00']").first.wait_for()
    page.keyboard.press("Escape")
    page.get_by_text(re.compile("rows? selected")).wait_for(state="detached")
    desk.no_errors()


def test_bytes_that_are_missed_are_sent_anew(page: Page, app: str) -> None:
    missed: list[str] = []

    def miss_the_first(route: Route) -> None:
        if len(missed) < 2:
            missed.append(route.request.url)
            route.fulfill(status=404)
        else:
            route.continue_()

    page.route("**/_map/data/*", miss_the_first)
    desk = Desk(page, app)
    desk.open(f"clusters?{THROUGH}")
    assert drawn_map(desk).get_attribute("data-rows") == "240"
    assert len(missed) == 2
    desk.no_errors()


def test_the_map_is_taken_away_as_a_picture_a_drawing_and_its_data(page: Page, app: str) -> None:
    desk = Desk(page, app)
    open_clusters(desk)
    heads = {"PNG": b"\x89PNG", "SVG": b"<svg", "CSV of its data": b"row,"}
    for name, head in heads.items():
        page.get_by_role("button", name="Download this map").click()
        caught = desk.download(re.compile(f"^{name}$"))
        assert caught.suggested_filename == f"clusters.{name[:3].lower()}"
        assert Path(caught.path()).read_bytes().startswith(head)
    desk.no_errors()


def test_a_lasso_becomes_the_pool_from_which_a_subset_is_taken(page: Page, own_app: str) -> None:
    desk = Desk(page, own_app)
    open_clusters(desk)
    draw(desk, AROUND)
    rows = selected(desk)
    desk.press("Use as the pool")
    desk.sees("The pool is the selection")
    desk.sees(re.compile(r"selection “1”, [\d,]+ rows?"))
    desk.turn_to("Subsets")
    held = desk.sees(re.compile(r"of [\d,]+ in the pool")).inner_text()
    assert 0 < int(re.findall(r"[\d,]+", held)[0].replace(",", "")) <= rows
    assert selected(desk) == rows  # the same selection, on this page's map
    desk.no_errors()


def test_a_lasso_on_the_map_of_the_subset_lists_the_rows_inside(page: Page, app: str) -> None:
    desk = Desk(page, app)
    desk.open(f"subsets?{THROUGH}&strategy=random")
    draw(desk, AROUND)
    assert 5 < selected(desk) < 235
    desk.sees(re.compile("of the subset"))
    desk.press("Clear")
    page.get_by_text(re.compile("rows? selected")).wait_for(state="detached")
    desk.no_errors()
