"""Rows, names, tags and messages of hostile text lead nowhere, on every page and in every view of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import serving
from tests.browser.desk import Desk
from tests.browser.hostile_texts import TEXTS, addresses_elsewhere
from tests.browser.hostile_workspace import LINES, hostile_workspace
from tests.browser.test_requests import PAGES, Requests

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def hostile_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A running app over a workspace of hostile texts, and the query that opens its features."""
    home = tmp_path_factory.mktemp("hostile") / "workspace"
    _, query = hostile_workspace(home)
    with serving(home) as address:
        yield address, query


def unfold(desk: Desk) -> None:
    """Open every expander, so that what it holds is drawn."""
    for _ in range(40):
        closed = desk.page.locator("[data-testid=stExpander] details:not([open]) > summary").filter(visible=True)
        if not closed.count():
            return
        closed.first.click()
        desk.settle()


def check(desk: Desk, requests: Requests) -> None:
    page = desk.page
    assert addresses_elsewhere(page) == []
    assert page.locator("[aria-label='home icon'], .katex, img[alt='Streamlit logo']").count() == 0
    assert requests.elsewhere(desk.address) == []
    assert requests.refused == []
    desk.no_errors()


@pytest.mark.parametrize("name", PAGES)
def test_hostile_texts_lead_nowhere(hostile_app: tuple[str, str], page: Page, name: str) -> None:
    address, query = hostile_app
    requests = Requests(page)
    desk = Desk(page, address)
    desk.open(f"{name}?{query}")
    unfold(desk)
    desk.shot(f"hostile-{name or 'corpus'}")
    fields = page.evaluate("() => [...document.querySelectorAll('input')].map(field => field.value).join()")
    assert "evil.example" in fields + page.locator("body").inner_text()
    check(desk, requests)
    views = page.locator("[data-testid=stButtonGroup] button").filter(visible=True)
    for number in range(views.count()):  # every view and option that a press opens
        desk.settle(120_000)  # a press before may have drawn other views
        if number < views.count() and views.nth(number).is_enabled():
            views.nth(number).click()
            desk.settle(120_000)
            unfold(desk)
            check(desk, requests)


@pytest.mark.parametrize("kind", ["roles", "columns", "broken"])
def test_hostile_files_lead_nowhere_while_they_are_asked_about(
    hostile_app: tuple[str, str], page: Page, tmp_path: Path, kind: str
) -> None:
    address, _ = hostile_app
    rows: list[object] = {
        "roles": [
            {"messages": [{"role": LINES[0], "content": first}, {"role": LINES[2], "content": second}] * 2}
            for first, second in zip(TEXTS, reversed(TEXTS), strict=True)
        ],
        "columns": [{LINES[0]: first, LINES[4]: second, LINES[7]: 1} for first, second in pairwise(TEXTS)],
        "broken": [{"instruction": f"{text} {number}", "output": text, text: 1} for number, text in enumerate(TEXTS)],
    }[kind]
    path = tmp_path / "www.evil.example a@b.example [x](y) :material_home:.jsonl"
    cut = [b'{"https://evil.example": "www.evil.example'] if kind == "broken" else []
    path.write_bytes(b"\n".join([*map(orjson.dumps, rows), *cut]))
    requests = Requests(page)
    desk = Desk(page, address)
    desk.open()
    page.get_by_role("radio", name="Add a corpus").or_(page.get_by_role("button", name="Add a corpus")).first.click()
    desk.settle()
    page.locator("input[type=file]").first.set_input_files(str(path))
    desk.settle()
    unfold(desk)
    check(desk, requests)
    page.get_by_role("button", name="Make the corpus").first.click()
    # The corpus is made by a job: the page may stand still before its report, which names the file, is there.
    page.wait_for_function("() => document.body.innerText.includes('evil.example')", timeout=120_000)
    desk.settle(120_000)
    unfold(desk)
    desk.shot(f"hostile-file-{kind}")
    check(desk, requests)
