"""Text from anywhere is shown as it came: it becomes no link, picture, icon, formula or heading."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import serving
from tests.browser.hostile_texts import TEXTS, made_of_text

pytestmark = [pytest.mark.browser]
SHOWN = ("stMarkdown", "stCaptionContainer", "stAlert", "stCheckbox", "stButton", "stExpander", "stRadio")


def words(text: str) -> list[str]:
    """The text as HTML shows it: without the widths of its gaps."""
    return text.split()


def test_text_is_shown_as_it_came_wherever_a_page_reads_markdown(page: Page, tmp_path: Path) -> None:
    with serving(tmp_path / "workspace", "tests/browser/plain_text_page.py") as address:
        page.goto(address)
        page.locator(f".st-key-raw-{len(TEXTS) - 1}").wait_for()
        page.wait_for_timeout(2_000)  # Streamlit loads what it draws icons and formulas with after the page
        assert len(made_of_text(page)) > len(TEXTS) / 2  # those that are not escaped
        for number, text in enumerate(TEXTS):
            inside = f".st-key-text-{number}"
            assert made_of_text(page, inside) == [], text
            for kind in SHOWN:
                said = page.locator(f"{inside} [data-testid={kind}] [data-testid$=Container]").or_(
                    page.locator(f"{inside} [data-testid={kind}]")
                )
                assert any(words(each) == words(text) for each in said.all_text_contents()), (kind, text)
            assert page.locator(f"{inside} [data-testid=stTable] td").last.text_content().split() == words(text)
