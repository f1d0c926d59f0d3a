"""From a file of conversations to a row that is read, stepped from, compared and labelled, in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import serving
from tests.browser.desk import Desk
from tests.browser.hostile_texts import addresses_elsewhere, made_of_text
from tests.browser.test_corpus_rows import open_rows

pytestmark = [pytest.mark.browser]

HOSTILE = "<img src=x onerror=alert(1)> **bold** [a](https://evil.example) $x$ \u202egnp"


def conversations(folder: Path) -> Path:
    """60 conversations with a system turn, an earlier exchange, a call, its result, thinking, code, hostile text."""
    call = {"function": {"name": "find_town", "arguments": json.dumps({"name": "Köln"})}}
    rows = [
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": f"Hello, I am guest {place}."},
                {"role": "assistant", "content": "Hello."},
                {"role": "user", "content": f"Where is town {place}? {HOSTILE}"},
                {"role": "assistant", "content": "", "tool_calls": [call]},
                {"role": "tool", "content": '{"river": "Rhine"}'},
                {"role": "assistant", "content": f"<think>By the river.</think>There:\n```py\nmap({place})\n```"},
            ]
        }
        for place in range(60)
    ]
    path = folder / "towns.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


@pytest.fixture
def towns(tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path / "workspace") as address:
        yield address


def test_a_conversation_is_read_stepped_from_compared_and_labelled(towns: str, page: Page, tmp_path: Path) -> None:
    desk = Desk(page, towns)
    open_rows(desk, conversations(tmp_path))
    rows = page.locator("tr[data-row]")
    rows.nth(2).click()
    expect(page.get_by_text("3 of 60", exact=True)).to_be_visible(timeout=30_000)
    desk.settle()
    card = page.locator(".reading").first
    titles = ["System", "User", "Assistant", "User", "Tool call", "Tool result", "Assistant"]
    assert card.locator("header b").all_inner_texts() == titles
    shown = card.inner_text()
    assert "find_town" in shown and '"name": "Köln"' in shown and "\\u202egnp" in shown
    assert HOSTILE.split(" \u202e")[0] in shown and made_of_text(page, ".reading") == []
    thinking = card.get_by_text("By the river.")
    expect(thinking).to_be_hidden()
    card.locator("summary").filter(has_text="Thinking").click()
    expect(thinking).to_be_visible()
    assert re.fullmatch(r"py\nmap\(\d+\)", card.locator("pre.code").inner_text())

    for key, place in (("j", 4), ("ArrowRight", 5), ("k", 4), ("ArrowLeft", 3), ("ArrowRight", 4)):
        page.keyboard.press(key)
        expect(page.get_by_text(f"{place} of 60", exact=True)).to_be_visible(timeout=30_000)
        desk.settle()
    address = page.url
    page.go_back()
    expect(page.get_by_text("3 of 60", exact=True)).to_be_visible(timeout=30_000)
    desk.settle()
    page.go_forward()
    expect(page.get_by_text("4 of 60", exact=True)).to_be_visible(timeout=30_000)
    desk.settle()
    assert page.url == address

    page.get_by_role("textbox", name="Search").focus()
    page.keyboard.press("j")  # a letter of the search, not a step
    desk.settle()
    expect(page.get_by_text("4 of 60", exact=True)).to_be_visible()
    page.get_by_role("textbox", name="Search").fill("")

    desk.press("Compare")
    field = page.get_by_role("dialog").get_by_role("textbox", name="or the row")
    field.fill("towns.jsonl:1")
    field.press("Enter")
    marks = page.get_by_role("dialog").locator("mark")
    expect(marks).to_have_count(6, timeout=30_000)
    assert all(re.fullmatch(r"\d+", text) for text in marks.all_inner_texts())
    desk.shot("reading-compared")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    desk.settle()

    desk.press(re.compile("Label"))
    box = page.get_by_role("combobox", name=re.compile("Labels"))
    box.fill("look again")
    box.press("Enter")
    desk.settle()
    expect(page.get_by_text("look again", exact=True).first).to_be_visible(timeout=30_000)
    page.reload()
    desk.settle()
    expect(page.get_by_text("4 of 60", exact=True)).to_be_visible(timeout=30_000)
    expect(page.get_by_text("look again", exact=True).first).to_be_visible()
    assert addresses_elsewhere(page) == []
    desk.no_errors()
