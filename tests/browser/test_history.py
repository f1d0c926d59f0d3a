"""One step of the reader is one entry in the browser's history: Back and Forward show the view before, whole."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.desk import Desk
from tests.browser.test_map import AROUND, draw, open_clusters, selected

pytestmark = [pytest.mark.browser]

View = tuple[str, ...]


@pytest.fixture
def desk(page: Page, app: str) -> Desk:
    desk = Desk(page, app)
    desk.open("subsets?low=2&high=60")
    desk.sees("Types reached")
    return desk


def view(desk: Desk) -> View:
    """The page, its chosen segments, and on Subsets slider, size and strategy."""
    title = desk.page.get_by_role("heading", level=1).inner_text()
    segments = desk.page.locator("[data-testid=stMain] [role=radio][aria-checked=true]").all_inner_texts()
    if title != "Subsets":
        return (title, *segments)
    size = desk.page.get_by_role("spinbutton", name="How many").input_value()
    strategy = desk.page.get_by_role("combobox", name="Strategy").first.input_value()
    return (title, *segments, str(desk.position()), size, strategy)


def comes_to(desk: Desk, wanted: View) -> None:
    """Wait until the page shows ``wanted``."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        desk.settle(120_000)
        if view(desk) == wanted:
            return
    assert view(desk) == wanted


def asked_for(desk: Desk, rows: str) -> None:
    size = desk.page.get_by_role("spinbutton", name="How many")
    size.fill(rows)
    size.press("Enter")


def test_back_and_forward_walk_over_all_steps_one_entry_each(desk: Desk) -> None:
    steps: list[Callable[[], None]] = [
        lambda: desk.drag(0.4),
        lambda: asked_for(desk, "31"),
        lambda: desk.select("Strategy", "Ranked: Longest"),
        lambda: desk.drag(0.7),
        lambda: desk.turn_to("Measure"),
        lambda: desk.choose("View", "Curves"),
        lambda: desk.turn_to("Inspect"),
        lambda: desk.choose("Component", "Instruction"),
    ]
    views, entries = [view(desk)], desk.page.evaluate("history.length")
    for number, step in enumerate(steps, start=1):
        step()
        desk.settle(120_000)
        views.append(view(desk))
        assert views[-1] != views[-2]
        assert desk.page.evaluate("history.length") == entries + number, views[-1]
    for before in reversed(views[:-1]):
        desk.page.go_back()
        comes_to(desk, before)
    for after in views[1:]:
        desk.page.go_forward()
        comes_to(desk, after)
    desk.no_errors()


def test_after_back_the_session_goes_on_from_the_view_before(desk: Desk) -> None:
    desk.drag(0.4)
    desk.turn_to("Measure")
    desk.page.go_back()
    desk.page.get_by_role("heading", level=1, name="Subsets").wait_for()
    desk.settle()
    at = desk.position()
    assert 30 < at < 50
    desk.drag(0.8)
    desk.page.go_back()
    deadline = time.monotonic() + 60
    while desk.position() != at and time.monotonic() < deadline:
        time.sleep(0.2)
    assert desk.position() == at
    desk.no_errors()


def test_back_and_forward_bring_back_the_rows_that_were_selected(page: Page, app: str) -> None:
    desk = Desk(page, app)
    open_clusters(desk)
    entries = page.evaluate("history.length")
    draw(desk, AROUND)
    rows = selected(desk)
    desk.press("Clear")
    none = page.get_by_text(re.compile("rows? selected"))
    none.wait_for(state="detached")
    desk.settle()
    assert page.evaluate("history.length") == entries + 2
    page.go_back()
    assert selected(desk) == rows
    page.go_back()
    none.wait_for(state="detached")
    page.go_forward()
    assert selected(desk) == rows
    desk.turn_to("Measure")
    page.go_back()
    assert selected(desk) == rows
    desk.no_errors()
