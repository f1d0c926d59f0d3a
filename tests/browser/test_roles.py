"""A file whose roles nobody knows becomes a corpus by answering one question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import serving
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser]


def test_a_file_with_foreign_roles_is_loaded_by_answering_who_they_are(page: Page, tmp_path: Path) -> None:
    turns = [("UTILISATEUR", "Où dort le chat ?"), ("ASSISTANTE", "Sur le mur."), ("NARRATRICE", "Il ronronne.")]
    record = {"conversations": [{"from": who, "value": text} for who, text in turns]}
    path = tmp_path / "français.jsonl"
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps({"dialog": [{"author": who, "text": f"{text} Bis."} for who, text in turns[:2]]}))
    with serving(tmp_path / "workspace") as address:
        desk = Desk(page, address)
        desk.open()
        page.locator("input[type=file]").first.set_input_files([str(path), str(other)])
        desk.sees("What will be read of")
        desk.settle()
        page.get_by_role("button", name="Make the corpus").first.click()
        desk.sees("Who is this?")
        desk.sees("Où dort le chat ?")
        desk.select("Who is UTILISATEUR", "user")
        desk.select("Who is ASSISTANTE", "assistant")
        desk.select("Who is NARRATRICE", "nobody")
        desk.shot("roles")
        desk.press("Make the corpus")
        desk.sees("The corpus is made.")
        desk.sees("NARRATRICE = leave out")
        desk.choose("Section", "Rows")
        desk.sees("Sur le mur.")
        desk.sees("Sur le mur. Bis.")
        assert page.get_by_text("Il ronronne.").count() == 0
        assert page.get_by_text("That press did nothing").count() == 0
        desk.no_errors()
