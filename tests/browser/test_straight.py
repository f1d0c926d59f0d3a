"""The first link after the start leads straight to a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import serving
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser]


def test_a_link_opened_right_after_the_start_draws_the_app_around_its_page(page: Page, tmp_path: Path) -> None:
    with serving(tmp_path / "workspace") as address:
        desk = Desk(page, address)
        desk.open("compare?tokenizer=nobody/nothing")
        desk.sees("The link's tokenizer is not used")
        page.get_by_role("link", name="Activity").first.wait_for()  # app.py's title; Streamlit's own would be "jobs"
        assert page.get_by_role("heading", level=1).all_inner_texts() == ["Compare"]
        desk.settle()
        desk.no_errors()
