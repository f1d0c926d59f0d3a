"""What a browser itself does to a page's address: it writes what widgets are set to, and goes back and forward."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser]


@pytest.fixture
def desk(page: Page, app: str) -> Desk:
    """The Subsets page of a small corpus, at a band that it has tokens in."""
    desk = Desk(page, app)
    desk.open("subsets?low=2&high=60")
    return desk


def query_of(desk: Desk) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(desk.page.url).query).items()}


def shown(desk: Desk) -> tuple[float, str, str]:
    """Where the slider stands, how many rows are asked for, and the strategy."""
    size = desk.page.get_by_role("spinbutton", name="How many").input_value()
    return desk.position(), size, desk.page.get_by_role("combobox", name="Strategy").first.input_value()


def comes_to_show(desk: Desk, wanted: tuple[float, str, str]) -> None:
    """Wait until the page shows ``wanted``: a widget is drawn at its default before it takes what the URL says."""
    deadline = time.monotonic() + 30
    while shown(desk) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    assert shown(desk) == wanted


def test_an_address_goes_to_another_tab_and_back_and_forward(desk: Desk) -> None:
    desk.sees("Types reached")
    size = desk.page.get_by_role("spinbutton", name="How many")
    size.fill("31")
    size.press("Enter")
    desk.settle()
    desk.select("Strategy", "Ranked: Longest")
    desk.sees("Ranks taken")
    desk.drag(0.4)
    position, rows, strategy = left = shown(desk)
    assert 30 < position < 50 and rows == "31" and "Longest" in strategy
    query = query_of(desk)
    assert query["n"] == "31" and query["strategy"] == "length" and float(query["d"]) == pytest.approx(position)

    desk.turn_to("Measure")
    assert not {"n", "strategy", "d"} & set(query_of(desk))
    desk.back_to("Subsets")
    comes_to_show(desk, left)
    assert query_of(desk) == query
    desk.page.go_forward()
    desk.page.get_by_role("heading", level=1, name="Measure").wait_for()
    desk.settle()
    desk.turn_to("Subsets")
    comes_to_show(desk, left)
    assert query_of(desk) == query

    browser = desk.page.context.browser
    assert browser is not None
    again = Desk(browser.new_page(viewport={"width": 1280, "height": 800}), desk.address)
    again.open(f"subsets?{urlsplit(desk.page.url).query}")
    again.sees("Ranks taken")
    comes_to_show(again, left)
    again.page.close()
    desk.no_errors()


def test_a_link_that_asks_for_what_is_not_there_says_so(desk: Desk) -> None:
    desk.open("subsets?low=2&high=60&strategy=nope&tokenizer=nobody/nothing")
    desk.sees("The link's strategy is not used")
    desk.sees("The link's tokenizer is not used")
    desk.select("Strategy", "Random")
    assert not desk.page.get_by_text("The link's strategy is not used").count()
    assert query_of(desk)["strategy"] == "random" and "tokenizer" not in query_of(desk)
