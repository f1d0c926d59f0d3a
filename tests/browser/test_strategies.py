"""A strategy is chosen from the list, by the adviser and by an old link, in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.desk import Desk


def chosen(page: Page) -> str:
    return page.get_by_role("combobox", name="Strategy").first.input_value()


def test_the_list_the_adviser_and_a_link_choose_a_strategy(app: str, page: Page) -> None:
    desk = Desk(page, app)
    desk.open("subsets?strategy=length")
    assert chosen(page) == "Ranked: Longest / shortest"

    desk.press("Browse")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("heading", name="Longest / shortest").wait_for()
    dialog.get_by_placeholder("Find: diversity").fill("quality")
    dialog.get_by_placeholder("Find: diversity").press("Enter")
    dialog.get_by_role("button", name="QDIT").click()
    dialog.get_by_role("heading", name="QDIT").wait_for()
    expect(dialog.get_by_text("Points above a random draw of the same size")).to_be_visible()
    expect(dialog.get_by_text("Not yet known to beat random here.").first).to_be_visible()

    desk.choose("Strategies", "Ask three questions")
    dialog.get_by_role("combobox", name="What do you want?").click()
    page.get_by_role("option", name="A baseline to compare with").click()
    dialog.get_by_text("what every other strategy must beat").wait_for()
    dialog.get_by_role("button", name="Take it").click()
    dialog.wait_for(state="hidden")
    desk.settle()
    assert chosen(page) == "Random"
    page.wait_for_url("**strategy=random**")
