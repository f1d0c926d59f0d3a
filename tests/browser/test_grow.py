"""A shard is looked at, appended, and compared with the version before it: from a file to the screen."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import serving
from tests.browser.desk import Desk
from tests.corpora import corpus_of, records

pytestmark = [pytest.mark.browser]

ROWS = records(150)


def jsonl(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return path


def test_a_shard_is_looked_at_and_appended_and_its_version_compared(page: Page, tmp_path: Path) -> None:
    home = tmp_path / "workspace"
    corpus_of(home, ROWS[:100], name="rows")
    known = jsonl(tmp_path / "known.jsonl", ROWS[:20])
    changed = [{**row, "output": "Another answer."} for row in ROWS[:3]]
    shard = jsonl(tmp_path / "shard.jsonl", [*ROWS[95:150], *changed])
    with serving(home) as address:
        desk = Desk(page, address)
        desk.open("?section=grow")
        desk.sees("Append files")
        upload = page.locator("input[type=file]").first
        upload.set_input_files(known)
        page.get_by_role("button", name="What would they add?").click()
        desk.sees("20 rows read: 0 new, 20 in the corpus already", timeout=120_000)
        desk.open("?section=grow")  # an empty form
        page.locator("input[type=file]").first.set_input_files(shard)
        page.get_by_role("button", name="Append 1 file").click()
        desk.sees("53 new rows; 5 records were there already. 153 rows now.", timeout=120_000)
        page.get_by_role("button", name="Versions, and what to compute for the new rows").click()
        desk.settle()
        desk.sees("Of the older version rows")
        desk.sees("Tokens of the response (mistral-32k): new rows only")
        page.get_by_role("button", name="Compute 1 feature here").click()
        page.get_by_text("Of the older version rows").wait_for(state="hidden", timeout=120_000)
        desk.settle()
        page.get_by_text("Compare with another version").click()
        desk.sees("100 rows in both.")
        desk.sees("In · 53")
        page.get_by_role("button", name="Open rows", exact=True).click()
        desk.settle()
        desk.sees("Open rows (2)")
        desk.no_errors()
