"""The first screen of Subsets: curve, slider, map, numbers, Save and Export; the map follows the slider."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
THROUGH = "embedder=own:mine&partition=column&cluster_column=category&low=2&high=60"


def drawn_map(desk: Desk) -> Locator:
    """The map, once its points are drawn."""
    drawn = desk.page.locator("[data-rows][data-ready]").first
    drawn.wait_for()
    desk.settle()
    return drawn


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1440, 900)])
def test_slider_map_numbers_save_and_export_stand_on_the_first_screen(
    page: Page, app: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    desk = Desk(page, app)
    desk.open(f"subsets?{THROUGH}")
    parts = {
        "map": drawn_map(desk),
        "slider": page.locator(".st-key-slider-box").first,
        "curve": page.locator(".st-key-curve-figure-box .js-plotly-plot").first,
        "save": page.get_by_role("button", name="Save", exact=True).first,
        "export": page.get_by_role("button", name="Export", exact=True).first,
        "last number": page.locator(".st-key-number-4-box").first,
    }
    places = {name: part.bounding_box() for name, part in parts.items()}
    for name, place in places.items():
        assert place is not None, name
        assert place["x"] >= 0 and place["y"] >= 0, (name, place)
        assert place["x"] + place["width"] <= width and place["y"] + place["height"] <= height, (name, place)
    on_map, slider = places["map"], places["slider"]
    assert on_map is not None and slider is not None
    assert on_map["height"] >= 250 and on_map["width"] >= 450
    assert slider["x"] + slider["width"] < on_map["x"]  # the slider left, the map right
    assert page.evaluate("window.scrollY") == 0
    desk.no_errors()


def recoloured(page: Page, before: str | None) -> str:
    """Wait until the map has other colours than ``before``; what it has then."""
    other = page.locator(f"[data-rows][data-ready]:not([data-ready='{before}'])").first
    other.wait_for()
    return str(other.get_attribute("data-ready"))


def test_a_drag_recolours_the_map_and_moves_nothing_else(page: Page, app: str) -> None:
    desk = Desk(page, app)
    desk.open(f"subsets?{THROUGH}")
    shown = drawn_map(desk)
    first, place = shown.get_attribute("data-ready"), shown.bounding_box()
    desk.drag(0.3)
    second = recoloured(page, first)
    assert 20 < desk.position() < 40
    assert drawn_map(desk).bounding_box() == place
    desk.drag(1.0)
    assert recoloured(page, second) == first  # the same rows as at first, so the same bytes
    desk.no_errors()


def test_without_a_map_its_place_says_what_to_press(page: Page, app: str) -> None:
    desk = Desk(page, app)
    desk.open("subsets?low=2&high=60")
    desk.sees("No map of the response yet")
    button = page.get_by_role("button", name="Instant map").first.bounding_box()
    assert button is not None and button["y"] + button["height"] <= 800 and button["x"] > 640
    desk.no_errors()
