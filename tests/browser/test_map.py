"""The map as a hand meets it: a lasso picks rows, they are read, and the pick is cleared."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
THROUGH = "embedder=own:mine&partition=column&cluster_column=category"


AROUND = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75), (0.25, 0.25))  # the middle of the map, by its corners
ACROSS = ((0.25, 0.25), (0.75, 0.75))


def draw(desk: Desk, box: str, corners: tuple[tuple[float, float], ...]) -> None:
    """Draw with the mouse over the map inside the element with the class ``box``; corners are shares of its sides."""
    plot = desk.page.locator(f"[class*='{box}'] .js-plotly-plot .nsewdrag").first
    plot.scroll_into_view_if_needed()
    desk.settle()
    place = plot.bounding_box()
    assert place is not None
    first, *others = [(place["x"] + x * place["width"], place["y"] + y * place["height"]) for x, y in corners]
    desk.page.mouse.move(*first)
    desk.page.mouse.down()
    for corner in others:
        desk.page.mouse.move(*corner, steps=8)
    desk.page.mouse.up()
    desk.settle()


def picked(desk: Desk) -> int:
    said = desk.sees(re.compile(r"\d+ rows? picked")).inner_text()
    return int(re.findall(r"\d+", said)[0])


def test_a_lasso_or_a_box_on_the_map_of_clusters_reads_rows_until_it_is_cleared(page: Page, app: str) -> None:
    desk = Desk(page, app)
    desk.open(f"clusters?{THROUGH}")
    desk.sees("Choose a cluster to read its rows")
    clear = page.get_by_role("button", name="Clear")
    assert clear.is_disabled()
    draw(desk, "clusters-map-lasso", AROUND)
    rows = picked(desk)
    assert 5 < rows < 235
    assert page.get_by_text("Choose a cluster to read its rows").count() == 0
    clear.click()
    desk.settle()
    desk.sees("Choose a cluster to read its rows")
    assert clear.is_disabled()
    desk.choose("Mouse", "Box")
    draw(desk, "clusters-map-select", ACROSS)
    assert abs(picked(desk) - rows) <= 2  # the same square, but for its edges
    desk.no_errors()


def test_a_lasso_on_the_map_of_the_subset_lists_the_rows_inside(page: Page, app: str) -> None:
    desk = Desk(page, app)
    desk.open(f"subsets?{THROUGH}&strategy=random")
    draw(desk, "subset-map", AROUND)
    said = desk.sees(re.compile("inside the selection")).inner_text()
    inside, chosen = (int(number) for number in re.findall(r"\d+", said)[:2])
    assert 5 < inside < 235 and chosen < inside
    desk.press("Clear selection")
    page.get_by_text("inside the selection").wait_for(state="detached")  # a press takes a moment on a busy machine
    desk.settle()
    assert page.get_by_text("inside the selection").count() == 0
    desk.no_errors()
