"""A press on a page's link opens the page, also when Streamlit lets the first press go."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser]

# Streamlit never hears of the next press on a link.
LET_GO = """() => document.addEventListener("click", (event) => {
  if (event.target.closest("a")) { event.stopImmediatePropagation(); event.preventDefault(); window.letGo = true; }
}, { capture: true, once: true })"""


def test_a_link_whose_press_was_let_go_is_pressed_again(page: Page, app: str) -> None:
    desk = Desk(page, app)
    desk.open("subsets?low=2&high=60")
    entries = page.evaluate("history.length")
    page.evaluate(LET_GO)
    page.get_by_role("link", name="Compare", exact=True).first.click()
    page.get_by_role("heading", level=1, name="Compare").wait_for(timeout=30_000)
    desk.settle()
    assert page.evaluate("window.letGo") is True
    assert page.evaluate("history.length") == entries + 1
    page.go_back()
    page.get_by_role("heading", level=1, name="Subsets").wait_for()
    desk.no_errors()


def test_a_link_is_pressed_again_only_while_its_page_is_wanted(page: Page, app: str) -> None:
    desk = Desk(page, app)
    desk.open("measure")
    page.evaluate(LET_GO)
    page.get_by_role("link", name="Compare", exact=True).first.click()
    page.get_by_role("link", name="Inspect", exact=True).first.click()
    page.get_by_role("heading", level=1, name="Inspect").wait_for()
    page.wait_for_timeout(4000)
    assert page.get_by_role("heading", level=1).inner_text() == "Inspect"
