"""From three overlapping files to a pool without near-copies: the ladder, groups side by side, the rule, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import serving
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser]

HOSTILE = "<img src=x onerror=alert(1)> **bold** [link](http://example.invalid) :red[x]"
FRAME = "Write four lines about the {} that lives by the old river and tell us at the end what it eats in a cold winter"
ANIMALS = ["otter", "heron", "badger", "lynx", "raven", "marten", "beaver", "falcon"]


def files(folder: Path) -> list[str]:
    """Three models' answers to the same 20 questions, one answer hostile; in one file also rows of a template."""
    paths = []
    for number, model in enumerate(("small", "middle", "large")):
        rows = [
            {"instruction": f"Question number {place}: why?", "output": f"{model} says {place} " + "well " * number}
            for place in range(20)
        ]
        if not number:
            rows[3]["output"] = HOSTILE
            rows += [{"instruction": FRAME.format(animal), "output": f"An ode to the {animal}."} for animal in ANIMALS]
        path = folder / f"{model}.jsonl"
        path.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
        paths.append(str(path))
    return paths


@pytest.fixture
def app_of_files(tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path / "workspace") as address:
        yield address


def test_copies_are_looked_at_left_out_and_taken_in_again(app_of_files: str, page: Page, tmp_path: Path) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    desk = Desk(page, app_of_files)
    desk.open()
    desk.page.locator("input[type=file]").first.wait_for(state="attached")
    desk.page.locator("input[type=file]").first.set_input_files(files(tmp_path))
    desk.settle()
    desk.press("Make the corpus")
    desk.sees(re.compile("68"), timeout=120_000)
    desk.settle()
    desk.choose("Section", "Near-copies")
    desk.choose("Copies by", "Same instruction")
    desk.sees(re.compile("20 groups"))
    said = page.get_by_text(re.compile(r"\d+ of \d+ rows are left out")).inner_text()
    left, free = (int(number) for number in re.findall(r"(\d+) of (\d+) rows", said)[0])
    assert 36 <= left <= 40 and free >= 66
    expect(page.locator("section.stays").first).to_be_visible(timeout=60_000)
    expect(page.locator("section mark").first).to_be_visible()
    strip = page.locator(".st-key-context-strip").get_by_text(re.compile("without near-copies"))
    desk.press("Leave them out of the pool")
    expect(strip).to_be_visible(timeout=60_000)
    page.wait_for_url(re.compile("rung=same_instruction"))
    page.wait_for_url(re.compile("pool="))
    desk.press("Take them in again")
    expect(strip).to_have_count(0, timeout=60_000)

    desk.choose("Copies by", "Words in common")
    desk.press(re.compile("Find copies among"))
    expect(page.get_by_text(re.compile("rows are left out"))).to_be_visible(timeout=120_000)
    page.goto(page.url + "&jaccard=0.5&component=instruction")
    desk.settle()
    if page.get_by_role("button", name=re.compile("Find copies among")).count():
        desk.press(re.compile("Find copies among"))
    last = page.get_by_label(re.compile("^Page of "))  # groups that lose no row come last
    expect(last).to_be_visible(timeout=120_000)
    last.fill("3")
    last.press("Enter")
    expect(page.get_by_text(re.compile("8 rows of one template"))).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile(r"the \[…\] that lives"))).to_be_visible()
    assert not dialogs
