"""Light, dark and present in the app: at once, remembered, from the first byte; and the skip link to the slider."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser]

DARK, LIGHT = "rgb(18, 22, 29)", "rgb(255, 255, 255)"
GROUND = "place => getComputedStyle(document.querySelector(place)).backgroundColor"
PAPER = "() => document.querySelector('.js-plotly-plot')._fullLayout.paper_bgcolor.toLowerCase()"
TYPE = "() => document.querySelector('.js-plotly-plot')._fullLayout.font.size"


@pytest.fixture
def light_page(browser: Browser) -> Iterator[Page]:
    """A page of a browser that wishes for light pages, as one that never saw the app."""
    opened = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()


@pytest.fixture
def desk(light_page: Page, app: str) -> Desk:
    desk = Desk(light_page, app)
    desk.open("subsets?low=2&high=60")
    desk.sees("Types reached")
    return desk


def test_dark_comes_at_once_and_is_remembered_on_every_page_from_its_first_byte(desk: Desk) -> None:
    page = desk.page
    assert page.evaluate(GROUND, "[data-testid=stApp]") == LIGHT
    page.evaluate("window.stayed = true")
    desk.press("Dark")
    page.wait_for_function(f"() => ({GROUND})('[data-testid=stApp]') === '{DARK}'")
    page.wait_for_function(f"() => ({PAPER})() === '#12161d'")  # the figure follows
    assert page.evaluate("window.stayed") is True  # without a reload
    assert page.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "true"
    for path in ("", "measure", "train"):
        page.goto(f"{desk.address}/{path}", wait_until="commit")
        page.wait_for_function("() => document.body")
        assert page.evaluate(GROUND, "body") == DARK
        page.get_by_role("heading", level=1).wait_for()
        assert page.evaluate(GROUND, "[data-testid=stApp]") == DARK
    desk.settle()
    desk.press("As the system has it")
    page.wait_for_function(f"() => ({GROUND})('[data-testid=stApp]') === '{LIGHT}'")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"() => ({GROUND})('[data-testid=stApp]') === '{DARK}'")
    desk.no_errors()


def test_present_makes_type_and_figures_larger_and_is_remembered(desk: Desk) -> None:
    page = desk.page
    size, figure = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)"), page.evaluate(TYPE)
    desk.press("Present")
    page.wait_for_function(f"() => ({TYPE})() > 1.2 * {figure}")
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") > 1.2 * size
    desk.open("subsets?low=2&high=60")
    desk.sees("Types reached")
    assert page.evaluate(TYPE) > 1.2 * figure
    desk.press("Present")
    page.wait_for_function(f"() => ({TYPE})() === {figure}")
    desk.no_errors()


def test_the_first_tab_reaches_a_link_to_the_slider(desk: Desk) -> None:
    page = desk.page
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "To the slider"
    box = skip.bounding_box()
    assert box is not None and box["x"] >= 0 and box["y"] >= 0
    before = desk.position()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowLeft")
    desk.settle()
    assert desk.position() == pytest.approx(before - 0.1)
    entries = page.evaluate("history.length")
    page.keyboard.press("ArrowLeft")
    desk.settle()
    assert page.evaluate("history.length") == entries + 1
    desk.no_errors()


def test_without_a_slider_the_link_leads_to_the_content(desk: Desk) -> None:
    desk.open("measure")
    desk.page.evaluate("document.activeElement.blur()")
    desk.page.keyboard.press("Tab")
    assert desk.page.locator(":focus").inner_text() == "To the content"
    desk.page.keyboard.press("Enter")
    assert desk.page.evaluate("document.querySelector('[data-testid=stMain]').contains(document.activeElement)")


def test_the_tour_is_remembered_by_the_browser(desk: Desk) -> None:
    desk.open()
    desk.press("Show me")
    desk.sees("Tour, 1 of 5")
    desk.settle()
    desk.page.get_by_role("link", name="Next: Clusters").click()
    desk.page.get_by_role("heading", level=1, name="Clusters").wait_for()
    desk.page.wait_for_function("() => document.cookie.includes('diverscope_tour=on')")
    desk.open("measure")  # a new session
    desk.sees("Tour, 4 of 5")
    desk.press("Skip")
    desk.page.get_by_text("Tour, 4 of 5").wait_for(state="detached")
    desk.page.wait_for_function("() => document.cookie.includes('diverscope_tour=over')")
    desk.open()
    assert desk.page.get_by_role("button", name="Show me").count() == 0
    assert desk.page.get_by_text("Tour, 1 of 5").count() == 0
    desk.no_errors()
