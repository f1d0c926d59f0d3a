"""Clusters are merged, renamed, split and named in the menu: each edit is a column that colours the map; Undo works."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.desk import Desk
from tests.browser.test_map import THROUGH, drawn_map
from tests.endpoint.stand_in import endpoint, ok, without_own_keys

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
EDITED = "clusters of the response, edited"


def open_menu(desk: Desk) -> Locator:
    """Open the menu of edits."""
    desk.settle(120_000)
    desk.press("Edit clusters")
    menu = desk.page.get_by_test_id("stPopoverBody")
    menu.wait_for()
    desk.settle()
    return menu


def pick(desk: Desk, menu: Locator, *names: str) -> None:
    """Pick clusters from the menu's list by hand."""
    menu.get_by_role("combobox", name="Clusters").click()
    for name in names:
        desk.page.get_by_role("option", name=name, exact=True).click()
        desk.settle()
    menu.click(position={"x": 8, "y": 8})  # closes the list, not the menu
    desk.settle()


def edit(desk: Desk, menu: Locator, button: str) -> None:
    """Press a button of the menu; the edit closes the menu."""
    menu.get_by_role("button", name=button, exact=True).click()
    desk.sees(f"The clusters are now the column “{EDITED}”.")
    menu.wait_for(state="detached")
    desk.settle(120_000)


def legend(desk: Desk, *clusters: str) -> None:
    """Wait until the map's legend names these clusters, each with its size."""
    for cluster in clusters:
        desk.sees(re.compile(cluster.replace(" ", r"\s*")))


def undo(desk: Desk, *clusters: int) -> None:
    """Press Undo as often as there are numbers, and see so many clusters each time."""
    for count in clusters:
        desk.page.locator(".st-key-clusters-undo button").first.click()
        desk.sees(f"{count} clusters of")
        desk.settle(120_000)


def open_clusters(desk: Desk) -> None:
    desk.open(f"clusters?{THROUGH}")
    drawn_map(desk)


def test_clusters_are_merged_split_and_renamed_into_a_column_until_it_is_undone(page: Page, own_app: str) -> None:
    desk = Desk(page, own_app)
    open_clusters(desk)
    legend(desk, "note 80", "list 80", "poem 80")
    menu = open_menu(desk)
    pick(desk, menu, "note", "poem")
    menu.get_by_label("Name", exact=True).fill("short and verse")
    edit(desk, menu, "Merge")  # at once: the name has not been through a run of the page
    legend(desk, "short and verse 160", "list 80")

    menu = open_menu(desk)
    assert menu.get_by_label("Name", exact=True).input_value() == ""
    pick(desk, menu, "list")
    menu.get_by_label("Name", exact=True).fill("short and verse")
    menu.get_by_role("button", name="Rename", exact=True).click()
    desk.sees("There is a cluster")  # a name that is taken: the menu stays for another one
    menu.get_by_label("Name", exact=True).fill("enumerations")
    edit(desk, menu, "Rename")
    legend(desk, "short and verse 160", "enumerations 80")

    menu = open_menu(desk)
    pick(desk, menu, "short and verse")
    edit(desk, menu, "Split")
    desk.sees("3 clusters of")
    legend(desk, "enumerations 80", "short and verse 1", "short and verse 2")

    undo(desk, 2, 2, 3)
    legend(desk, "note 80", "list 80", "poem 80")
    assert "cluster_column=category" in page.url
    page.locator(".st-key-clusters-redo button").first.click()
    desk.sees("2 clusters of")
    legend(desk, "short and verse 160", "list 80")
    drawn_map(desk)
    desk.no_errors()


def test_the_menu_stays_open_while_the_page_works_and_covers_no_control(page: Page, own_app: str) -> None:
    desk = Desk(page, own_app)
    open_clusters(desk)
    desk.press("Count their keywords")
    menu = open_menu(desk)
    menu.get_by_label("Name", exact=True).fill("half a na")
    desk.sees(re.compile("rare in others"), timeout=180_000)  # the keywords have come, and the page was drawn anew
    assert menu.get_by_label("Name", exact=True).input_value() == "half a na"
    box = menu.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800
    for control in ("Partition", "Noise rows"):
        place = page.get_by_role("combobox", name=re.compile(control)).first.bounding_box()
        assert place is not None and place["y"] + place["height"] <= box["y"], control
    desk.no_errors()


def test_a_model_names_clusters_by_a_job_whose_tokens_are_said_first(
    page: Page, own_app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_own_keys(monkeypatch)

    def reply(number: int, body: dict[str, Any]) -> Any:
        return "slow", 0.5, ok(content=f"Topic {number}")

    desk = Desk(page, own_app)
    open_clusters(desk)
    with endpoint(reply) as (url, asked):
        menu = open_menu(desk)
        menu.get_by_role("tab", name="Name by a model").click()
        menu.get_by_role("textbox", name="Address").fill(url)
        menu.get_by_role("textbox", name="Model").fill("namer")
        page.keyboard.press("Enter")
        desk.sees(re.compile(r"3 questions: about \d+ tokens in and \d+ out"))
        assert asked.bodies == []
        menu.get_by_role("button", name="Name all 3 clusters by namer").click()
        desk.sees("Named 3 clusters by namer", timeout=180_000)
        desk.settle(120_000)
        assert len(asked.bodies) == 3
    legend(desk, "Topic 0 80", "Topic 1 80", "Topic 2 80")
    undo(desk, 3)
    legend(desk, "note 80", "list 80", "poem 80")
    desk.no_errors()
