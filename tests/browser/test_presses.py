"""A press that reaches a server which knows nothing of the page any more is answered, never dropped in silence."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import free_port, serving
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser]
CONNECTED = "() => document.querySelector('[data-testid=stApp]')?.dataset.testConnectionState === '{}'"


def await_connection(page: Page, state: str) -> None:
    page.wait_for_function(CONNECTED.format(state), timeout=60_000)


def test_a_press_after_the_server_started_again_is_done_or_refused_aloud(page: Page, tmp_path: Path) -> None:
    turns = [("UTILISATEUR", "Où dort le chat ?"), ("ASSISTANTE", "Sur le mur.")]
    record = {"conversations": [{"from": who, "value": text} for who, text in turns]}
    foreign, plain = tmp_path / "fr.jsonl", tmp_path / "plain.jsonl"
    foreign.write_text(json.dumps(record))
    plain.write_text(json.dumps({"instruction": "Name a cat.", "output": "Tom."}))
    port = free_port()
    desk = Desk(page, f"http://127.0.0.1:{port}")
    make = page.get_by_role("button", name="Make the corpus").filter(visible=True).first

    with serving(tmp_path / "workspace", port=port):
        desk.open()
        page.locator("input[type=file]").first.set_input_files(str(foreign))
        desk.settle()
        make.click()
        desk.sees("Who is this?")
    await_connection(page, "PINGING_SERVER")
    with serving(tmp_path / "workspace", port=port):
        await_connection(page, "CONNECTED")
        desk.press("Make the corpus")  # of a form that the new session never drew
        desk.sees(re.compile("That press did nothing|No file is here"))
        desk.settle()
        page.reload()
        desk.settle()
        page.locator("input[type=file]").first.set_input_files(str(plain))
        desk.sees("What will be read of")
    await_connection(page, "PINGING_SERVER")
    with serving(tmp_path / "workspace", port=port):
        await_connection(page, "CONNECTED")
        make.click()  # its file went with the old server
        desk.sees(re.compile("That press did nothing|No file is here"))
        page.get_by_role("tab", name="Path on the server").click()
        page.get_by_role("textbox", name="File or folder").fill(str(plain))
        page.keyboard.press("Enter")
        desk.sees("What will be read of")
        desk.settle()
    await_connection(page, "PINGING_SERVER")
    with serving(tmp_path / "workspace", port=port):
        await_connection(page, "CONNECTED")
        make.click()  # the path is still in its field: the press is done
        desk.sees("The corpus is made.")
        desk.no_errors()
