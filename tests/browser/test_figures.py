"""A figure is taken away as a picture, as a drawing and as its data, one after the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser]


def test_the_downloads_stay_open_from_one_to_the_next(page: Page, app: str) -> None:
    desk = Desk(page, app)
    desk.open()
    desk.choose("Section", "Report")
    page.locator(".js-plotly-plot").first.wait_for()
    page.get_by_test_id("stPopover").get_by_role("button").filter(has_text="download").first.click()
    heads = {"PNG": b"\x89PNG", "SVG": b"<svg", "CSV of its data": b""}
    for name, head in heads.items():
        caught = desk.download(re.compile(f"^{name}$"))
        assert caught.suggested_filename == f"lengths.{name[:3].lower()}"
        assert Path(caught.path()).read_bytes().startswith(head)
    desk.settle()
    desk.no_errors()
