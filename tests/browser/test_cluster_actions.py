"""A bar of the cluster sizes selects its rows, on the map too, and what is selected is exported."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Page

from tests.browser.desk import Desk
from tests.browser.test_map import open_clusters, selected

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def press_bar(desk: Desk) -> None:
    """Press the first bar of the cluster sizes."""
    bar = desk.page.locator(".st-key-cluster-bars-box .bars .point").first
    place = desk.box(bar)
    desk.page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] * 0.7)
    desk.settle()


def test_a_bar_selects_its_cluster_on_the_map_and_the_rows_are_exported(page: Page, app: str) -> None:
    desk = Desk(page, app)
    open_clusters(desk)
    press_bar(desk)
    rows = selected(desk)
    assert 0 < rows < 240
    exported = desk.download(re.compile("^Export$"))
    lines = Path(exported.path()).read_bytes().splitlines()
    assert len(lines) == rows and all(orjson.loads(line) for line in lines)
    desk.no_errors()
